# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_mech_global_optspecs
    string join \n data= json q/quiet v/verbose color= lock-wait= h/help V/version
end

function __fish_mech_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_mech_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_mech_using_subcommand
    set -l cmd (__fish_mech_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c mech -n "__fish_mech_needs_command" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_needs_command" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_needs_command" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_needs_command" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_needs_command" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_needs_command" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_needs_command" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_needs_command" -f -a "add" -d 'Add a site'
complete -c mech -n "__fish_mech_needs_command" -f -a "update" -d 'Change some options of a site'
complete -c mech -n "__fish_mech_needs_command" -f -a "remove" -d 'Forget a site'
complete -c mech -n "__fish_mech_needs_command" -f -a "list" -d 'Print the commands that rebuild this registry'
complete -c mech -n "__fish_mech_needs_command" -f -a "show" -d 'Show one site'
complete -c mech -n "__fish_mech_needs_command" -f -a "set" -d 'Set a global setting, or show them'
complete -c mech -n "__fish_mech_needs_command" -f -a "unset" -d 'Unset a global setting'
complete -c mech -n "__fish_mech_needs_command" -f -a "auth" -d 'Add, remove and list the users of a site'
complete -c mech -n "__fish_mech_needs_command" -f -a "refresh" -d 'Take in what changed outside'
complete -c mech -n "__fish_mech_needs_command" -f -a "reset" -d 'Forget all sites and settings'
complete -c mech -n "__fish_mech_needs_command" -f -a "import" -d 'Take over from another tool'
complete -c mech -n "__fish_mech_needs_command" -f -a "history" -d 'List what was changed, newest first'
complete -c mech -n "__fish_mech_needs_command" -f -a "diff" -d 'Show what differs between the registry and what is live'
complete -c mech -n "__fish_mech_needs_command" -f -a "rollback" -d 'Go back to an earlier state'
complete -c mech -n "__fish_mech_needs_command" -f -a "completions" -d 'Print the completions of a shell'
complete -c mech -n "__fish_mech_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mech -n "__fish_mech_using_subcommand add" -l host -d 'Set the main host name of the site' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l aliases -d 'Set the other host names that the site answers to' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l backends -l backend -d 'Set where requests are passed to' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l canonical -d 'Redirect the aliases to the host' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l default -d 'Answer the requests that no site matches' -f -a "true\t''
false\t''
move\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l static -d 'Serve the files of a folder before asking the backends' -r -f -a "(__fish_complete_directories)"
complete -c mech -n "__fish_mech_using_subcommand add" -l autoindex -d 'Serve the index.html of a directory' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l https -d 'Serve TLS' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l redirect-to-https -d 'Redirect plain HTTP to HTTPS' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l http2 -d 'Speak HTTP/2 with clients that connect by TLS' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l https-upstream -d 'Speak TLS to the backends' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l websockets -l websocket -d 'Pass websockets to the backends' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l redirect -d 'Redirect every request to one URL' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l redirect-full -d 'Redirect every request to the same path elsewhere' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l permanent -d 'Redirect with status 301 instead of 302' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l balance -d 'Choose how requests are shared among backends' -r -f -a "least-conn\t''
round-robin\t''
random\t''
ip-hash\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l sticky -d 'Keep a client with the backend that it had first' -r -f -a "cookie\t''
ip\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l strip-prefix -d 'Take a path away before the backends see it' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l backend-protocol -d 'Speak another protocol with the backends' -r -f -a "http1\t''
h2c\t''
grpc\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l https-upstream-verify -d 'Verify the certificates of the backends' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l http3 -d 'Speak HTTP/3 with clients, too' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l static-path -d 'Serve the files of a folder below a path' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l app-first -d 'Ask the backends before the files' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l spa -d 'Serve index.html for what is no file' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l prerendered -d 'Look for pages that were rendered beforehand' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l immutable -d 'Let browsers keep what is below a path for a year' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l max-body -d 'Limit the body of a request' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l timeout -d 'Wait so long for a silent backend' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l buffering -d 'Take the answers of backends as fast as they come, whatever the client\'s pace' -r -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l rate -d 'Limit how often one client may ask' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l max-connections -d 'Limit how many requests of one client are answered at once' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l auth -d 'Ask for a user\'s name and password' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l auth-bypass -d 'Ask nobody from these networks for a password' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l forward-auth -d 'Ask another service whether a request may pass' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l allow -d 'Let in these networks alone' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l deny -d 'Keep these networks out' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l redirect-code -d 'Redirect with this status' -r -f -a "301\t''
302\t''
307\t''
308\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l www -d 'Redirect to the name with www., or to the one without' -r -f -a "add\t''
strip\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l redirect-map -d 'Redirect the paths that a file lists' -r -F
complete -c mech -n "__fish_mech_using_subcommand add" -l header -d 'Send a header with every answer' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l security-headers -d 'Send the headers that most sites should' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l hsts -d 'Have browsers ask for this site by TLS alone' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l error-page -d 'Show a page for errors' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l access-log -d 'Write a line for each request to the access log' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand add" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand add" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand add" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand add" -l upsert -d 'Update the site if it is there already'
complete -c mech -n "__fish_mech_using_subcommand add" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand add" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand add" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand add" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand add" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand add" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand add" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand add" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand update" -l host -d 'Set the main host name of the site' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l aliases -d 'Set the other host names that the site answers to' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l backends -l backend -d 'Set where requests are passed to' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l canonical -d 'Redirect the aliases to the host' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l default -d 'Answer the requests that no site matches' -f -a "true\t''
false\t''
move\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l static -d 'Serve the files of a folder before asking the backends' -r -f -a "(__fish_complete_directories)"
complete -c mech -n "__fish_mech_using_subcommand update" -l autoindex -d 'Serve the index.html of a directory' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l https -d 'Serve TLS' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l redirect-to-https -d 'Redirect plain HTTP to HTTPS' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l http2 -d 'Speak HTTP/2 with clients that connect by TLS' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l https-upstream -d 'Speak TLS to the backends' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l websockets -l websocket -d 'Pass websockets to the backends' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l redirect -d 'Redirect every request to one URL' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l redirect-full -d 'Redirect every request to the same path elsewhere' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l permanent -d 'Redirect with status 301 instead of 302' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l balance -d 'Choose how requests are shared among backends' -r -f -a "least-conn\t''
round-robin\t''
random\t''
ip-hash\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l sticky -d 'Keep a client with the backend that it had first' -r -f -a "cookie\t''
ip\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l strip-prefix -d 'Take a path away before the backends see it' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l backend-protocol -d 'Speak another protocol with the backends' -r -f -a "http1\t''
h2c\t''
grpc\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l https-upstream-verify -d 'Verify the certificates of the backends' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l http3 -d 'Speak HTTP/3 with clients, too' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l static-path -d 'Serve the files of a folder below a path' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l app-first -d 'Ask the backends before the files' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l spa -d 'Serve index.html for what is no file' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l prerendered -d 'Look for pages that were rendered beforehand' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l immutable -d 'Let browsers keep what is below a path for a year' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l max-body -d 'Limit the body of a request' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l timeout -d 'Wait so long for a silent backend' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l buffering -d 'Take the answers of backends as fast as they come, whatever the client\'s pace' -r -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l rate -d 'Limit how often one client may ask' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l max-connections -d 'Limit how many requests of one client are answered at once' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l auth -d 'Ask for a user\'s name and password' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l auth-bypass -d 'Ask nobody from these networks for a password' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l forward-auth -d 'Ask another service whether a request may pass' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l allow -d 'Let in these networks alone' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l deny -d 'Keep these networks out' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l redirect-code -d 'Redirect with this status' -r -f -a "301\t''
302\t''
307\t''
308\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l www -d 'Redirect to the name with www., or to the one without' -r -f -a "add\t''
strip\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l redirect-map -d 'Redirect the paths that a file lists' -r -F
complete -c mech -n "__fish_mech_using_subcommand update" -l header -d 'Send a header with every answer' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l security-headers -d 'Send the headers that most sites should' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l hsts -d 'Have browsers ask for this site by TLS alone' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l error-page -d 'Show a page for errors' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l access-log -d 'Write a line for each request to the access log' -f -a "true\t''
false\t''"
complete -c mech -n "__fish_mech_using_subcommand update" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand update" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand update" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand update" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand update" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand update" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand update" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand update" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand update" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand update" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand update" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand remove" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand remove" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand remove" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand remove" -l if-exists -d 'Accept that there is no such site'
complete -c mech -n "__fish_mech_using_subcommand remove" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand remove" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand remove" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand remove" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand remove" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand remove" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand remove" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand remove" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand list" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand list" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand list" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand list" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand list" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand list" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand list" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand show" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand show" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand show" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand show" -l nginx -d 'Print the rendered nginx text'
complete -c mech -n "__fish_mech_using_subcommand show" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand show" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand show" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand show" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand set" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand set" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand set" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand set" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand set" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand set" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand set" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand set" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand set" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand set" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand set" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand unset" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand unset" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand unset" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand unset" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand unset" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand unset" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand unset" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand unset" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand unset" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand unset" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand unset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand unset" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -f -a "add" -d 'Add a user, or change a user\'s password'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -f -a "remove" -d 'Forget a user'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -f -a "list" -d 'List the users of one site or of all'
complete -c mech -n "__fish_mech_using_subcommand auth; and not __fish_seen_subcommand_from add remove list help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from add" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l if-exists -d 'Accept that there is no such user'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from remove" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from list" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "add" -d 'Add a user, or change a user\'s password'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "remove" -d 'Forget a user'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "list" -d 'List the users of one site or of all'
complete -c mech -n "__fish_mech_using_subcommand auth; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mech -n "__fish_mech_using_subcommand refresh" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand refresh" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand refresh" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand refresh" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand refresh" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand refresh" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand refresh" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand refresh" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand refresh" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand refresh" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand refresh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand refresh" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand reset" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand reset" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand reset" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand reset" -s y -l yes -d 'Do not ask'
complete -c mech -n "__fish_mech_using_subcommand reset" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand reset" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand reset" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand reset" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand reset" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand reset" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand reset" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand reset" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -f -a "mechanic" -d 'Take over the sites of mechanic'
complete -c mech -n "__fish_mech_using_subcommand import; and not __fish_seen_subcommand_from mechanic help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l partial -d 'Leave out the served sites that cannot be carried'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from mechanic" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from help" -f -a "mechanic" -d 'Take over the sites of mechanic'
complete -c mech -n "__fish_mech_using_subcommand import; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mech -n "__fish_mech_using_subcommand history" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand history" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand history" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand history" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand history" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand history" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand history" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand history" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand diff" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand diff" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand diff" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand diff" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand diff" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand diff" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand diff" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand rollback" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand rollback" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand rollback" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand rollback" -l dry-run -d 'Show what would change and test it, and change nothing'
complete -c mech -n "__fish_mech_using_subcommand rollback" -l force -d 'Overwrite mech.conf even where a person has edited it'
complete -c mech -n "__fish_mech_using_subcommand rollback" -l reload -d 'Reload nginx even if nothing changed'
complete -c mech -n "__fish_mech_using_subcommand rollback" -l restart-nginx -d 'Stop and start nginx where a reload cannot apply the change'
complete -c mech -n "__fish_mech_using_subcommand rollback" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand rollback" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand rollback" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand rollback" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand completions" -l data -d 'Use this registry' -r -F
complete -c mech -n "__fish_mech_using_subcommand completions" -l color -d 'Colour the output: auto, always or never' -r -f -a "auto\t'On a terminal that wants it'
always\t'Everywhere'
never\t'Nowhere'"
complete -c mech -n "__fish_mech_using_subcommand completions" -l lock-wait -d 'Wait that long for another mech to finish' -r -f
complete -c mech -n "__fish_mech_using_subcommand completions" -l json -d 'Print JSON instead of text, also for errors'
complete -c mech -n "__fish_mech_using_subcommand completions" -s q -l quiet -d 'Say nothing but warnings and errors'
complete -c mech -n "__fish_mech_using_subcommand completions" -s v -l verbose -d 'Say what is done, step by step'
complete -c mech -n "__fish_mech_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c mech -n "__fish_mech_using_subcommand completions" -s V -l version -d 'Print version'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "add" -d 'Add a site'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "update" -d 'Change some options of a site'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "remove" -d 'Forget a site'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "list" -d 'Print the commands that rebuild this registry'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "show" -d 'Show one site'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "set" -d 'Set a global setting, or show them'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "unset" -d 'Unset a global setting'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "auth" -d 'Add, remove and list the users of a site'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "refresh" -d 'Take in what changed outside'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "reset" -d 'Forget all sites and settings'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "import" -d 'Take over from another tool'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "history" -d 'List what was changed, newest first'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "diff" -d 'Show what differs between the registry and what is live'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "rollback" -d 'Go back to an earlier state'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "completions" -d 'Print the completions of a shell'
complete -c mech -n "__fish_mech_using_subcommand help; and not __fish_seen_subcommand_from add update remove list show set unset auth refresh reset import history diff rollback completions help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c mech -n "__fish_mech_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "add" -d 'Add a user, or change a user\'s password'
complete -c mech -n "__fish_mech_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "remove" -d 'Forget a user'
complete -c mech -n "__fish_mech_using_subcommand help; and __fish_seen_subcommand_from auth" -f -a "list" -d 'List the users of one site or of all'
complete -c mech -n "__fish_mech_using_subcommand help; and __fish_seen_subcommand_from import" -f -a "mechanic" -d 'Take over the sites of mechanic'

# The words before the one that is being written, without options.
function __mech_words
    set -l words (commandline -opc)
    set -e words[1]
    set -l found
    set -l skip 0
    for word in $words
        if test $skip = 1
            set skip 0
            continue
        end
        switch $word
            case --host --aliases --backends --backend --static --redirect --redirect-full --balance --sticky --strip-prefix --backend-protocol --static-path --immutable --max-body --timeout --buffering --rate --max-connections --auth-bypass --forward-auth --allow --deny --redirect-code --www --redirect-map --header --hsts --error-page --data --color --lock-wait
                set skip 1
            case '-*'
                continue
            case '*'
                set -a found $word
        end
    end
    string join \n -- $found
end

# True where the command is one of the arguments and its own first argument is being written.
function __mech_completes_first
    set -l found (__mech_words)
    test (count $found) = 1; and contains -- $found[1] $argv
end

# True where the words before are the first argument and one of the others.
function __mech_completes_next
    set -l found (__mech_words)
    test (count $found) = 2; and test $found[1] = $argv[1]; and contains -- $found[2] $argv[2..]
end

# The shortnames of the registry that the command line names.
function __mech_sites
    set -l words (commandline -opc)
    set -l registry
    set -l expects 0
    for word in $words
        set -l value
        if test $expects = 1
            set expects 0
            set value $word
        else if test "$word" = --data
            set expects 1
            continue
        else if string match -q -- '--data=*' $word
            set value (string replace -- '--data=' '' $word)
        else
            continue
        end
        set registry --data (string replace -r -- '^~/' "$HOME/" $value)
    end
    command $words[1] __sites $registry 2>/dev/null
end

complete -c mech -n "__mech_completes_first update remove show" -f -a "(__mech_sites)"
complete -c mech -n "__mech_completes_next auth add remove list" -f -a "(__mech_sites)"
complete -c mech -n "__mech_completes_first completions" -f -a "bash zsh fish"
complete -c mech -n "__mech_completes_next set logs-shared" -f -a "true false"
complete -c mech -n "__mech_completes_next set http2" -f -a "true false"
complete -c mech -n "__mech_completes_next set restart" -f -a "false"
complete -c mech -n "__mech_completes_next set trust" -f -a "cloudflare proxy-protocol"
complete -c mech -n "__mech_completes_next set unknown-hosts" -f -a "reject default-site 404"
complete -c mech -n "__mech_completes_next set log-format" -f -a "combined json"
complete -c mech -n "__mech_completes_next set logrotate" -f -a "false"
complete -c mech -n "__mech_completes_first set unset" -f -a nginx -d 'the nginx command with its arguments'
complete -c mech -n "__mech_completes_first set unset" -f -a conf -d 'the folder that holds mech.conf; nginx.conf must include it'
complete -c mech -n "__mech_completes_first set unset" -f -a overrides -d 'the folder of the override files'
complete -c mech -n "__mech_completes_first set unset" -f -a logs -d 'the folder of the access and error logs'
complete -c mech -n "__mech_completes_first set unset" -f -a logs-shared -d 'one pair of log files for all sites instead of one pair a site'
complete -c mech -n "__mech_completes_first set unset" -f -a certs -d 'the folder of <name>.cer and <name>.key'
complete -c mech -n "__mech_completes_first set unset" -f -a bind -d 'the addresses to listen on; * is every address, IPv4 and IPv6'
complete -c mech -n "__mech_completes_first set unset" -f -a http-port -d 'the port of plain HTTP'
complete -c mech -n "__mech_completes_first set unset" -f -a https-port -d 'the port of HTTPS'
complete -c mech -n "__mech_completes_first set unset" -f -a http2 -d 'HTTP/2 for every https site that does not say otherwise'
complete -c mech -n "__mech_completes_first set unset" -f -a template -d 'a folder whose files replace the built-in templates of the same name'
complete -c mech -n "__mech_completes_first set unset" -f -a restart -d 'the reload command, run without a shell; false = never reload'
complete -c mech -n "__mech_completes_first set unset" -f -a prelaunch-host -d 'a second name for every site, such as {shortname}-prod.example.net'
complete -c mech -n "__mech_completes_first set unset" -f -a trust -d 'whose word on the address of a client is believed: networks, cloudflare, @/FILE or proxy-protocol'
complete -c mech -n "__mech_completes_first set unset" -f -a unknown-hosts -d 'what a name that no site has gets: reject, default-site or 404'
complete -c mech -n "__mech_completes_first set unset" -f -a log-format -d 'the form of a line in the access logs: combined or json'
complete -c mech -n "__mech_completes_first set unset" -f -a logrotate -d 'the folder of logrotate, where a rule is made if none covers the logs; false = never'
complete -c mech -n "__mech_completes_first set unset" -f -a history-max -d 'how many history entries are kept'
complete -c mech -n "__mech_completes_first set unset" -f -a history-age -d 'how long history entries are kept'

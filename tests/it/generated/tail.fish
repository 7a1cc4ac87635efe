
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
            case @VALUED@
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

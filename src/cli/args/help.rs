//! The parts of the help that stand below the options: examples, settings, exit codes.
//!
//! A test runs every example through the parser, so none can name an option that is not there.

pub(super) const TOP: &str = "\
Examples:
  mech add blog --host=blog.example.com --backends=3000
  mech update blog --https --redirect-to-https
  mech list

`mech COMMAND --help` tells all of a command.";

pub(super) const TOP_LONG: &str = "\
Examples:
  mech add blog --host=blog.example.com --backends=3000
  mech update blog --https --redirect-to-https
  mech list

Exit codes:
  0  done, or nothing to do
  1  refused: an unknown or duplicate site, an invalid value, a registry that
     cannot be read, a missing permission; nothing was changed
  2  the command line is not understood; nothing was changed
  3  the reload failed or had no effect; everything was restored
  4  `nginx -t` rejected the result; nothing was changed
  5  another mech holds the lock; nothing was changed
  6  restoring failed; the files that need a person are listed

Environment:
  MECH_DATA  the registry, where --data does not name it
  NO_COLOR   no colour, unless --color says otherwise";

pub(super) const ADD: &str = "\
Examples:
  mech add blog --host=blog.example.com --backends=3000
  mech add shop --host=shop.example.com --aliases=www.shop.example.com \\
      --canonical --backends=localhost:3000,localhost:3001 \\
      --https --redirect-to-https
  mech add docs --host=docs.example.com --static=/srv/docs
  mech add old --host=old.example.com --redirect-full=https://new.example.com
  mech add app --upsert --host=app.example.com --backends=@/srv/app/data/port";

pub(super) const UPDATE: &str = "\
Examples:
  mech update shop --backends=localhost:3000,localhost:3001
  mech update shop --https --redirect-to-https --dry-run
  mech update shop --static= --canonical=false
  mech update shop --default=move";

pub(super) const REMOVE: &str = "\
Examples:
  mech remove shop
  mech remove shop --if-exists";

pub(super) const LIST: &str = "\
Examples:
  mech list
  mech list --data /srv/mech/registry.json
  mech list --json";

pub(super) const SHOW: &str = "\
Examples:
  mech show shop
  mech show shop --nginx";

pub(super) const SET: &str = "\
Examples:
  mech set
  mech set http2
  mech set http2 true
  mech set logs /srv/logs
  mech set restart 'systemctl reload nginx'
  mech set prelaunch-host '{shortname}-prod.example.net'
  mech set trust cloudflare
  mech set unknown-hosts 404
  mech set log-format json";

pub(super) const SET_LONG: &str = "\
Settings and their defaults:
  nginx           the nginx command with its arguments, such as
                  nginx -p /srv/ng -c /srv/ng/nginx.conf (nginx)
  conf            the folder that holds mech.conf; nginx.conf must include it
                  (found from nginx -V, such as /etc/nginx/conf.d)
  overrides       the folder of the override files
                  (mech-overrides beside nginx.conf)
  logs            the folder of the access and error logs
                  (found from nginx -V, such as /var/log/nginx)
  logs-shared     one pair of log files for all sites instead of one pair a site
                  (false)
  certs           the folder of <name>.cer and <name>.key (../certs, seen from
                  conf)
  bind            the addresses to listen on; * is every address, IPv4 and IPv6
                  (*)
  http-port       the port of plain HTTP (80)
  https-port      the port of HTTPS (443)
  http2           HTTP/2 for every https site that does not say otherwise
                  (false)
  template        a folder whose files replace the built-in templates of the
                  same name (none)
  restart         the reload command, run without a shell; false = never reload
                  (none: the running nginx is signalled)
  prelaunch-host  a second name for every site, such as
                  {shortname}-prod.example.net (none)
  trust           whose word on the address of a client is believed: networks,
                  cloudflare, @/FILE or proxy-protocol (nobody's)
  unknown-hosts   what a name that no site has gets: reject, default-site or 404
                  (reject, once a site has a host and none is the default)
  log-format      the form of a line in the access logs: combined or json
                  (combined)
  logrotate       the folder of logrotate, where a rule is made if none covers
                  the logs; false = never (/etc/logrotate.d)
  history-max     how many history entries are kept (200)
  history-age     how long history entries are kept (365d)

Examples:
  mech set
  mech set http2
  mech set http2 true
  mech set logs /srv/logs
  mech set restart 'systemctl reload nginx'
  mech set prelaunch-host '{shortname}-prod.example.net'
  mech set trust cloudflare
  mech set unknown-hosts 404
  mech set log-format json";

pub(super) const UNSET: &str = "\
Examples:
  mech unset logs
  mech unset prelaunch-host --dry-run";

pub(super) const AUTH: &str = "\
Examples:
  mech auth add shop ada
  mech auth list shop
  mech auth remove shop ada";

pub(super) const AUTH_ADD: &str = "\
Examples:
  mech auth add shop ada
  mech auth add shop ada < /root/ada.txt";

pub(super) const AUTH_REMOVE: &str = "\
Examples:
  mech auth remove shop ada
  mech auth remove shop ada --if-exists";

pub(super) const AUTH_LIST: &str = "\
Examples:
  mech auth list
  mech auth list shop";

pub(super) const REFRESH: &str = "\
Examples:
  mech refresh
  mech refresh --reload
  mech refresh --dry-run";

pub(super) const RESET: &str = "\
Examples:
  mech reset
  mech reset --yes";

pub(super) const IMPORT: &str = "\
Examples:
  mech import mechanic --dry-run
  mech import mechanic";

pub(super) const IMPORT_MECHANIC: &str = "\
Examples:
  mech import mechanic --dry-run
  mech import mechanic
  mech import mechanic /root/mechanic.json --partial";

pub(super) const HISTORY: &str = "\
Examples:
  mech history
  mech history --json";

pub(super) const DIFF: &str = "\
Examples:
  mech diff
  mech diff 12";

pub(super) const ROLLBACK: &str = "\
Examples:
  mech rollback
  mech rollback 12 --dry-run
  mech rollback 12";

pub(super) const COMPLETIONS: &str = "\
Examples:
  mech completions bash > /etc/bash_completion.d/mech
  mech completions zsh > /usr/local/share/zsh/site-functions/_mech
  mech completions fish > ~/.config/fish/completions/mech.fish";

//! The options that the predecessor had too.

use clap::{Args, ValueHint};

use crate::model::SiteOption;

/// The predecessor's options, and what became of them.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Site options")]
pub struct Basics {
    /// Set the main host name of the site
    ///
    /// Takes one name, such as `shop.example.com`, a wildcard, such as `*.example.com`, or an
    /// international name. Without a host the site answers to its shortname. An empty value unsets
    /// it.
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub host: Option<String>,

    /// Set the other host names that the site answers to
    ///
    /// Takes names between commas; the list replaces the one that was there. May be repeated, then
    /// the names add up. Default: none. An empty value or `false` unsets it.
    #[arg(long, value_name = "NAMES", value_hint = ValueHint::Other)]
    pub aliases: Vec<String>,

    /// Set where requests are passed to
    ///
    /// Takes addresses between commas; the list replaces the one that was there. May be repeated,
    /// then the addresses add up. An address is one of: a port of this machine (`3000`), `HOST:PORT`,
    /// `[IPV6]:PORT`, a range of ports (`3000-3003`), a socket (`unix:/run/app.sock`) or a file that
    /// holds ports or addresses and is read again at each change (`@/srv/app/data/port`).
    ///
    /// A path may follow (`3001/ci-server`): then the backend gets only the requests below that
    /// path. nginx's own parameters may follow after a space: `weight=`, `max_conns=`, `max_fails=`,
    /// `fail_timeout=`, `backup` and `down`.
    ///
    /// Default: none, which is fine for a site with --static or a redirect. An empty value or `false`
    /// unsets it.
    #[arg(long, visible_alias = "backend", value_name = "ADDRESSES", value_hint = ValueHint::Other)]
    pub backends: Vec<String>,

    /// Redirect the aliases to the host
    ///
    /// Takes true or false, bare it means true. Default: false. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub canonical: Option<String>,

    /// Answer the requests that no site matches
    ///
    /// Takes true, false or `move`, bare it means true. One site of a registry can be the default:
    /// `move` takes it from the site that has it. Default: false. An empty value unsets it.
    #[arg(long, value_name = "BOOL|move", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub default: Option<String>,

    /// Serve the files of a folder before asking the backends
    ///
    /// Takes an absolute path. A request for a file that is there is answered by nginx, any other
    /// one goes to the backends. Default: none. An empty value or `false` unsets it.
    #[arg(long = "static", value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub static_root: Option<String>,

    /// Serve the index.html of a directory
    ///
    /// Never lists what a directory holds. Takes true or false, bare it means true. Default: true for
    /// a site without backends, else false. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub autoindex: Option<String>,

    /// Serve TLS
    ///
    /// The certificate and its key are `NAME.cer` and `NAME.key` in the folder of the setting `certs`.
    /// Takes true or false, bare it means true. Default: false. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub https: Option<String>,

    /// Redirect plain HTTP to HTTPS
    ///
    /// Holds while --https is on. Takes true or false, bare it means true. Default: false. An empty
    /// value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub redirect_to_https: Option<String>,

    /// Speak HTTP/2 with clients that connect by TLS
    ///
    /// Before nginx 1.25.1 HTTP/2 belongs to the socket, so there all sites have to agree. Takes true
    /// or false, bare it means true. Default: the setting `http2`. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub http2: Option<String>,

    /// Speak TLS to the backends
    ///
    /// The host name is sent along (SNI). Takes true or false, bare it means true. Default: false. An
    /// empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub https_upstream: Option<String>,

    /// Pass websockets to the backends
    ///
    /// Takes true or false, bare it means true. Default: true, for it costs nothing where it is not
    /// used. An empty value unsets it.
    #[arg(long, visible_alias = "websocket", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub websockets: Option<String>,

    /// Redirect every request to one URL
    ///
    /// Takes a whole URL. Clears --redirect-full. Default: none. An empty value or `false` unsets it.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub redirect: Option<String>,

    /// Redirect every request to the same path elsewhere
    ///
    /// Takes a URL, to which the path and the query of each request are appended. Clears --redirect.
    /// Default: none. An empty value or `false` unsets it.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub redirect_full: Option<String>,

    /// Redirect with status 301 instead of 302
    ///
    /// Holds for every redirect of the site. Takes true or false, bare it means true. Default: false.
    /// An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub permanent: Option<String>,

    /// Be ignored: the predecessor accepted this option and never used it
    #[arg(long, hide = true, value_name = "TEXT")]
    pub path: Option<String>,
}

impl Basics {
    /// The values of one option as they stand on the command line, if it is one of these.
    pub(super) fn given(&self, option: SiteOption) -> Option<&[String]> {
        let one = match option {
            SiteOption::Aliases => return Some(&self.aliases),
            SiteOption::Backends => return Some(&self.backends),
            SiteOption::Host => &self.host,
            SiteOption::Canonical => &self.canonical,
            SiteOption::Default => &self.default,
            SiteOption::Static => &self.static_root,
            SiteOption::Autoindex => &self.autoindex,
            SiteOption::Https => &self.https,
            SiteOption::RedirectToHttps => &self.redirect_to_https,
            SiteOption::Http2 => &self.http2,
            SiteOption::HttpsUpstream => &self.https_upstream,
            SiteOption::Websockets => &self.websockets,
            SiteOption::Redirect => &self.redirect,
            SiteOption::RedirectFull => &self.redirect_full,
            SiteOption::Permanent => &self.permanent,
            _ => return None,
        };
        Some(one.as_slice())
    }
}

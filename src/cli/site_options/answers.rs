//! Redirects, headers, errors, logs.

use clap::{Args, ValueHint};

use crate::model::SiteOption;

/// Redirects, headers, errors, logs.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Answers")]
pub struct AnswerOptions {
    /// Redirect with this status
    ///
    /// Takes 301, 302, 307 or 308. Holds for every redirect of the site and clears --permanent, which
    /// is the older word for 301. Default: 302. An empty value or `false` unsets it.
    #[arg(long, value_name = "CODE", value_hint = ValueHint::Other)]
    pub redirect_code: Option<String>,

    /// Redirect to the name with www., or to the one without
    ///
    /// With `add` a site whose host is example.com lives at www.example.com, and example.com is
    /// redirected there; with `strip` it is the other way. Default: none. An empty value or `false`
    /// unsets it.
    #[arg(long, value_name = "add|strip", value_hint = ValueHint::Other)]
    pub www: Option<String>,

    /// Redirect the paths that a file lists
    ///
    /// Takes a CSV file with a line `from,to,code` for each: a path, a path or URL, and perhaps a
    /// status. The query goes along. The file is read again at each change. Default: none. An empty
    /// value or `false` unsets it.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub redirect_map: Option<String>,

    /// Send a header with every answer
    ///
    /// Takes `Name: value`, perhaps with a path before it: `'/embed X-Frame-Options: ALLOWALL'`.
    /// Errors carry it as well, and the app's header of that name is replaced; without a value it is
    /// taken away. May be repeated. Default: none. An empty value or `false` unsets it.
    #[arg(long, value_name = "HEADER", value_hint = ValueHint::Other)]
    pub header: Vec<String>,

    /// Send the headers that most sites should
    ///
    /// These are X-Content-Type-Options, X-Frame-Options, Referrer-Policy, Cross-Origin-Opener-Policy
    /// and Permissions-Policy; --header replaces single ones. Takes true or false, bare it means true.
    /// Default: false. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_hint = ValueHint::Other)]
    pub security_headers: Option<String>,

    /// Have browsers ask for this site by TLS alone
    ///
    /// Takes how long: begin with `5m`, end with `730d`. `includeSubDomains` and `preload` may stand
    /// behind it. Wants --https. Default: none. An empty value or `false` unsets it.
    #[arg(long, value_name = "TIME", value_hint = ValueHint::Other)]
    pub hsts: Option<String>,

    /// Show a page for errors
    ///
    /// Takes statuses and a file of this machine, or else a path of the site:
    /// `502,504:/srv/errors/down.html`. Errors of nginx are replaced, not those that an app answers by
    /// itself. May be repeated. Default: a small page that asks again by itself while no backend
    /// answers. An empty value or `false` unsets it.
    #[arg(long, value_name = "CODES:PAGE", value_hint = ValueHint::Other)]
    pub error_page: Vec<String>,

    /// Write a line for each request to the access log
    ///
    /// Takes true or false, bare it means true. Default: true. An empty value unsets it.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", value_hint = ValueHint::Other)]
    pub access_log: Option<String>,
}

impl AnswerOptions {
    /// The values of one option as they stand on the command line, if it is one of these.
    pub(super) fn given(&self, option: SiteOption) -> Option<&[String]> {
        match option {
            SiteOption::RedirectCode => Some(self.redirect_code.as_slice()),
            SiteOption::Www => Some(self.www.as_slice()),
            SiteOption::RedirectMap => Some(self.redirect_map.as_slice()),
            SiteOption::Header => Some(&self.header),
            SiteOption::SecurityHeaders => Some(self.security_headers.as_slice()),
            SiteOption::Hsts => Some(self.hsts.as_slice()),
            SiteOption::ErrorPage => Some(&self.error_page),
            SiteOption::AccessLog => Some(self.access_log.as_slice()),
            _ => None,
        }
    }
}

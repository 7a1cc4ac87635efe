//! Who is let in.

use clap::{Args, ValueHint};

use crate::model::SiteOption;

/// Who is let in.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Access")]
pub struct AccessOptions {
    /// Ask for a user's name and password
    ///
    /// Bare it holds for the whole site; with paths between commas below these. Users are kept by
    /// `mech auth`. May be repeated, then the paths add up. Default: nobody is asked. An empty value or
    /// `false` unsets it.
    #[arg(long, value_name = "PATHS", num_args = 0..=1, require_equals = true, default_missing_value = "/", value_hint = ValueHint::Other)]
    pub auth: Vec<String>,

    /// Ask nobody from these networks for a password
    ///
    /// Takes networks between commas, such as `10.0.0.0/8`. Wants --auth. May be repeated, then the
    /// networks add up. Default: none. An empty value or `false` unsets it.
    #[arg(long, value_name = "NETWORKS", value_hint = ValueHint::Other)]
    pub auth_bypass: Vec<String>,

    /// Ask another service whether a request may pass
    ///
    /// Takes a URL that answers 2xx, 401 or 403, such as `http://127.0.0.1:9091/api/authz/auth-
    /// request`, perhaps with a path before it and `login=URL` behind it, where those are sent who are
    /// not logged in. May be repeated for several paths. Default: none. An empty value or `false`
    /// unsets it.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Other)]
    pub forward_auth: Vec<String>,

    /// Let in these networks alone
    ///
    /// Takes addresses and networks between commas, each perhaps with a path before it: `'/admin
    /// 10.0.0.0/8'`. All others get 403. With --auth both are needed. May be repeated, then the networks
    /// add up. Default: everybody is let in. An empty value or `false` unsets it.
    #[arg(long, value_name = "NETWORKS", value_hint = ValueHint::Other)]
    pub allow: Vec<String>,

    /// Keep these networks out
    ///
    /// Takes addresses and networks between commas, or `all`, each perhaps with a path before it.
    /// --deny comes before --allow. May be repeated, then the networks add up. Default: nobody is kept
    /// out. An empty value or `false` unsets it.
    #[arg(long, value_name = "NETWORKS", value_hint = ValueHint::Other)]
    pub deny: Vec<String>,
}

impl AccessOptions {
    /// The values of one option as they stand on the command line, if it is one of these.
    pub(super) fn given(&self, option: SiteOption) -> Option<&[String]> {
        match option {
            SiteOption::Auth => Some(&self.auth),
            SiteOption::AuthBypass => Some(&self.auth_bypass),
            SiteOption::ForwardAuth => Some(&self.forward_auth),
            SiteOption::Allow => Some(&self.allow),
            SiteOption::Deny => Some(&self.deny),
            _ => None,
        }
    }
}

//! The arguments of `auth`.

use clap::{Args, Subcommand, ValueHint};

use super::{Changing, help};

/// The arguments of `auth`.
#[derive(Args, Debug)]
pub struct Auth {
    /// What to do with users.
    #[command(subcommand)]
    pub command: AuthCommand,
}

/// What is done with users.
#[derive(Subcommand, Debug)]
pub enum AuthCommand {
    /// Add a user, or change a user's password
    ///
    /// On a terminal the password is asked for twice and not shown; else it is the one line of standard
    /// input. It is never an argument, and the registry does not hold it: nginx gets a hash. The same
    /// password again changes nothing.
    #[command(after_help = help::AUTH_ADD)]
    Add(AuthAdd),

    /// Forget a user
    ///
    /// `mech rollback` brings the user back, with the password.
    #[command(after_help = help::AUTH_REMOVE)]
    Remove(AuthRemove),

    /// List the users of one site or of all
    ///
    /// One a line; without SITE the site stands before each.
    #[command(after_help = help::AUTH_LIST)]
    List(AuthList),
}

/// The arguments of `auth add`.
#[derive(Args, Debug)]
pub struct AuthAdd {
    /// The shortname of the site
    #[arg(value_name = "SITE", value_hint = ValueHint::Other)]
    pub site: String,

    /// The name of the user: up to 64 bytes, no colon, no space
    #[arg(value_name = "USER", value_hint = ValueHint::Other)]
    pub user: String,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `auth remove`.
#[derive(Args, Debug)]
pub struct AuthRemove {
    /// The shortname of the site
    #[arg(value_name = "SITE", value_hint = ValueHint::Other)]
    pub site: String,

    /// The name of the user
    #[arg(value_name = "USER", value_hint = ValueHint::Other)]
    pub user: String,

    /// Accept that there is no such user
    ///
    /// Default: an unknown user is an error.
    #[arg(long)]
    pub if_exists: bool,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `auth list`.
#[derive(Args, Debug)]
pub struct AuthList {
    /// The shortname of a site; without one all sites with users are listed
    #[arg(value_name = "SITE", value_hint = ValueHint::Other)]
    pub site: Option<String>,
}

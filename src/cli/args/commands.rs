//! The arguments of each command.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::{Changing, help};
use crate::cli::site_options::SiteOptions;

/// The arguments of `add`.
#[derive(Args, Debug)]
pub struct Add {
    /// The shortname of the site: letters, digits, _ and -, a letter or _ first
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,

    /// Update the site if it is there already
    ///
    /// Options that are not given stay as they are. Default: a site that is there is an error.
    #[arg(long)]
    pub upsert: bool,

    /// The options of the site.
    #[command(flatten)]
    pub site: SiteOptions,
    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `update`.
#[derive(Args, Debug)]
pub struct Update {
    /// The shortname of the site
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,

    /// The options of the site.
    #[command(flatten)]
    pub site: SiteOptions,
    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `remove`.
#[derive(Args, Debug)]
pub struct Remove {
    /// The shortname of the site
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,

    /// Accept that there is no such site
    ///
    /// Default: an unknown site is an error.
    #[arg(long)]
    pub if_exists: bool,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `show`.
#[derive(Args, Debug)]
pub struct Show {
    /// The shortname of the site
    #[arg(value_hint = ValueHint::Other)]
    pub name: String,

    /// Print the rendered nginx text
    ///
    /// Default: the options of the site in words.
    #[arg(long)]
    pub nginx: bool,
}

/// The arguments of `set`.
#[derive(Args, Debug)]
pub struct Set {
    /// The setting; without one all are shown
    #[arg(value_hint = ValueHint::Other)]
    pub key: Option<String>,

    /// The new value; without one the setting is shown, an empty one unsets it
    #[arg(allow_hyphen_values = true)]
    pub value: Option<String>,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `unset`.
#[derive(Args, Debug)]
pub struct Unset {
    /// The setting
    #[arg(value_hint = ValueHint::Other)]
    pub key: String,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `refresh`.
#[derive(Args, Debug)]
pub struct Refresh {
    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `reset`.
#[derive(Args, Debug)]
pub struct Reset {
    /// Do not ask
    ///
    /// Default: a question on a terminal, an error without one.
    #[arg(short, long)]
    pub yes: bool,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `import`.
#[derive(Args, Debug)]
pub struct Import {
    /// Where from.
    #[command(subcommand)]
    pub source: ImportSource,
}

/// Where sites are taken over from.
#[derive(Subcommand, Debug)]
pub enum ImportSource {
    /// Take over the sites of mechanic
    ///
    /// What behaves differently is said, site by site. A site that mechanic served and mech cannot carry
    /// stops the import, unless --partial is given. mechanic's own files stay, and its mechanic.conf
    /// is only kept from being read.
    #[command(after_help = help::IMPORT_MECHANIC)]
    Mechanic(ImportMechanic),
}

/// The arguments of `import mechanic`.
#[derive(Args, Debug)]
pub struct ImportMechanic {
    /// The registry of mechanic
    ///
    /// Default: /var/lib/misc/mechanic.json.
    #[arg(default_value = "/var/lib/misc/mechanic.json", hide_default_value = true, value_hint = ValueHint::FilePath)]
    pub file: PathBuf,

    /// Leave out the served sites that cannot be carried
    ///
    /// Default: such a site stops the import.
    #[arg(long)]
    pub partial: bool,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `diff`.
#[derive(Args, Debug)]
pub struct Diff {
    /// The id of a history entry; without one the registry is compared with what is live
    #[arg(value_name = "N", value_hint = ValueHint::Other)]
    pub entry: Option<String>,
}

/// The arguments of `rollback`.
#[derive(Args, Debug)]
pub struct Rollback {
    /// The id of the history entry after which things stood well; without one, before the newest
    #[arg(value_name = "N", value_hint = ValueHint::Other)]
    pub entry: Option<String>,

    /// The options of every change.
    #[command(flatten)]
    pub changing: Changing,
}

/// The arguments of `completions`.
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell: bash, zsh or fish
    #[arg(value_enum, hide_possible_values = true)]
    pub shell: Shell,
}

/// A shell whose completions are shipped.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// bash 4.4 or newer
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
}

impl Shell {
    /// The completion script, as text.
    #[must_use]
    pub const fn completions(self) -> &'static str {
        match self {
            Self::Bash => include_str!("../../../completions/mech.bash"),
            Self::Zsh => include_str!("../../../completions/_mech"),
            Self::Fish => include_str!("../../../completions/mech.fish"),
        }
    }
}

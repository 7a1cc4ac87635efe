//! What a command asks of the registry.

use super::{
    Conflict, OptionValue, Registry, SettingError, SettingKey, SiteName, SiteOption, ValueError,
    shown,
};

/// One change of the registry, as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new site; with `upsert` an existing one is updated instead.
    Add {
        /// The shortname.
        name: SiteName,
        /// The options given.
        patch: SitePatch,
        /// Whether an existing site is updated.
        upsert: bool,
    },
    /// Some options of a site.
    Update {
        /// The shortname.
        name: SiteName,
        /// The options given.
        patch: SitePatch,
    },
    /// A site is forgotten.
    Remove {
        /// The shortname.
        name: SiteName,
        /// Whether an unknown site is fine.
        if_exists: bool,
    },
    /// A setting, from the text of the command line.
    Set {
        /// Which one.
        key: SettingKey,
        /// The text.
        value: String,
    },
    /// A setting is forgotten.
    Unset {
        /// Which one.
        key: SettingKey,
    },
    /// All sites and settings are forgotten.
    Reset,
    /// Nothing is asked of the registry; what it was rendered to is made anew.
    Refresh,
    /// The registry becomes this one (a rollback, an import).
    Replace(Box<Registry>),
}

/// The options that a command gave, in its order; `None` forgets what was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SitePatch {
    /// Option by option.
    pub entries: Vec<(SiteOption, Option<OptionValue>)>,
    /// Whether the site takes `default` from the one that has it.
    pub move_default: bool,
}

impl SitePatch {
    /// Whether the site is to be the default.
    pub(super) fn claims_default(&self) -> bool {
        let claim = (SiteOption::Default, Some(OptionValue::Switch(true)));
        self.entries.contains(&claim)
    }
}

/// Why a change was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ChangeError {
    /// `add` of a site that is there.
    #[error("the site `{0}` is already there")]
    Exists(SiteName),
    /// A site that is not there.
    #[error("there is no site `{name}`")]
    Unknown {
        /// The name asked for.
        name: SiteName,
        /// The names that are there.
        known: Vec<SiteName>,
    },
    /// The value of a site's option.
    #[error("site `{site}`, option `--{}`, value `{}`: {error}", option.name(), shown(value))]
    Value {
        /// The site.
        site: SiteName,
        /// The option.
        option: SiteOption,
        /// The value as it was given.
        value: String,
        /// What is wrong with it.
        error: ValueError,
    },
    /// The value of a setting.
    #[error("setting `{}`, value `{}`: {error}", key.name(), shown(value))]
    Setting {
        /// The setting.
        key: SettingKey,
        /// The value as it was given.
        value: String,
        /// What is wrong with it.
        error: SettingError,
    },
    /// The registry that would result contradicts itself.
    #[error("{0}")]
    Conflict(#[from] Conflict),
}

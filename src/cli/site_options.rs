//! The options that `add` and `update` share, and the patch that they ask for.
//!
//! clap keeps every value as text: a value that is refused is no misuse of the command line, and
//! the two have different exit codes.

mod access;
mod answers;
mod backends;
mod basics;
mod files;
mod limits;

use clap::Args;

use self::access::AccessOptions;
use self::answers::AnswerOptions;
use self::backends::BackendOptions;
use self::basics::Basics;
use self::files::FileOptions;
use self::limits::LimitOptions;

use crate::model::{
    OptionKind, OptionValue, SiteOption, SitePatch, SwitchError, parse_switch, shown,
};

/// The word that unsets a text or a list, as an empty value does.
const UNSET: &str = "false";

/// The word by which `--default` takes over from another site.
const MOVE: &str = "move";

/// The options of a site, as they stand on the command line.
#[derive(Args, Clone, Debug, Default)]
pub struct SiteOptions {
    /// The predecessor's options.
    #[command(flatten)]
    pub basics: Basics,
    /// How requests reach the backends.
    #[command(flatten)]
    pub backends: BackendOptions,
    /// What of a site is files.
    #[command(flatten)]
    pub files: FileOptions,
    /// Limits and time.
    #[command(flatten)]
    pub limits: LimitOptions,
    /// Who is let in.
    #[command(flatten)]
    pub access: AccessOptions,
    /// Redirects, headers, errors, logs.
    #[command(flatten)]
    pub answers: AnswerOptions,
}

/// An option whose value has a wrong form, before anything is asked of the registry.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("option `--{}`, value `{}`: {error}", option.name(), shown(value))]
pub struct OptionError {
    /// The option.
    pub option: SiteOption,
    /// The value as it was given.
    pub value: String,
    /// What is wrong with it.
    pub error: OptionProblem,
}

/// What is wrong with an option's value.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OptionProblem {
    /// Neither yes nor no.
    #[error("{0}")]
    Switch(#[from] SwitchError),
    /// As [`Self::Switch`], for the one option that takes a third word.
    #[error("{0}, or else move")]
    Default(SwitchError),
    /// Nothing between two commas.
    #[error("an item of the list is empty")]
    EmptyItem,
    /// The option is unset and given items at once.
    #[error("it unsets the option, which is given other values too")]
    Contradiction,
    /// Both redirects at once.
    #[error("a site has one redirect, and `--redirect` is given too")]
    TwoRedirects,
}

impl SiteOptions {
    /// What the options ask for, in the order of [`SiteOption::ALL`].
    ///
    /// The values are split and trimmed here; whether they are host names, addresses and paths is
    /// found when the registry takes the patch.
    pub fn patch(&self) -> Result<SitePatch, OptionError> {
        let mut patch = SitePatch::default();
        for option in SiteOption::ALL {
            let given = self.given(option);
            if option == SiteOption::Default && given.first().is_some_and(|text| is_move(text)) {
                patch.move_default = true;
                patch
                    .entries
                    .push((option, Some(OptionValue::Switch(true))));
            } else if !given.is_empty() {
                patch.entries.push((option, read(option, given)?));
            }
        }
        let redirects = |option| {
            let asked =
                |(of, value): &&(SiteOption, Option<OptionValue>)| *of == option && value.is_some();
            patch.entries.iter().any(|entry| asked(&entry))
        };
        if redirects(SiteOption::Redirect) && redirects(SiteOption::RedirectFull) {
            let value = self.basics.redirect_full.clone().unwrap_or_default();
            return Err(refused(
                SiteOption::RedirectFull,
                &value,
                OptionProblem::TwoRedirects,
            ));
        }
        Ok(patch)
    }

    /// Whether the predecessor's `--path` was given, which does nothing.
    #[must_use]
    pub fn path_ignored(&self) -> bool {
        self.basics.path.is_some()
    }

    /// The values of one option as they stand on the command line, none where it is not there.
    fn given(&self, option: SiteOption) -> &[String] {
        let groups = [
            self.basics.given(option),
            self.backends.given(option),
            self.files.given(option),
            self.limits.given(option),
            self.access.given(option),
            self.answers.given(option),
        ];
        groups.into_iter().flatten().next().unwrap_or_default()
    }
}

fn read(option: SiteOption, given: &[String]) -> Result<Option<OptionValue>, OptionError> {
    let text = given.first().map_or("", String::as_str);
    match option.kind() {
        OptionKind::Text => Ok((!unsets(option, text)).then(|| OptionValue::Text(text.to_owned()))),
        OptionKind::List => read_list(option, given),
        OptionKind::Rules => read_rules(option, given),
        OptionKind::Switch if text.trim().is_empty() => Ok(None),
        OptionKind::Switch => match parse_switch(text.trim()) {
            Ok(on) => Ok(Some(OptionValue::Switch(on))),
            Err(error) if option == SiteOption::Default => {
                Err(refused(option, text, OptionProblem::Default(error)))
            }
            Err(error) => Err(refused(option, text, error.into())),
        },
    }
}

fn read_list(option: SiteOption, given: &[String]) -> Result<Option<OptionValue>, OptionError> {
    if given.iter().all(|text| unsets(option, text)) {
        return Ok(None);
    }
    let mut items = Vec::new();
    for text in given {
        if unsets(option, text) {
            return Err(refused(option, text, OptionProblem::Contradiction));
        }
        for item in text.split(',').map(str::trim) {
            if item.is_empty() {
                return Err(refused(option, text, OptionProblem::EmptyItem));
            }
            items.push(item.to_owned());
        }
    }
    Ok(Some(OptionValue::List(items)))
}

fn read_rules(option: SiteOption, given: &[String]) -> Result<Option<OptionValue>, OptionError> {
    if given.iter().all(|text| unsets(option, text)) {
        return Ok(None);
    }
    match given.iter().find(|text| unsets(option, text)) {
        Some(text) => Err(refused(option, text, OptionProblem::Contradiction)),
        None => Ok(Some(OptionValue::List(given.to_vec()))),
    }
}

fn refused(option: SiteOption, value: &str, error: OptionProblem) -> OptionError {
    OptionError {
        option,
        value: value.to_owned(),
        error,
    }
}

fn unsets(option: SiteOption, text: &str) -> bool {
    let text = text.trim();
    // To buffering it is a value.
    let no = option != SiteOption::Buffering && text.eq_ignore_ascii_case(UNSET);
    text.is_empty() || no
}

fn is_move(text: &str) -> bool {
    text.trim().eq_ignore_ascii_case(MOVE)
}

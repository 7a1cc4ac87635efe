//! Errors in words: what was refused, nginx's own words, a hint that can be typed, and the state in
//! which the machine is left.

use std::io;

use serde_json::{Value, json};

use super::exit::Exit;
use super::hints;
use super::site_options::OptionError;
use crate::apply::{ApplyError, Cause, Fate, LiveError, LoadError, Recovered, ReloadError};
use crate::format::Remark;
use crate::model::{
    DurationError, PasswordError, SettingKey, SiteName, SiteNameError, UserNameError, shown,
};
use crate::system::ask_password::AskError;

/// A run that did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// A change, or what it needs.
    #[error("{0}")]
    Apply(#[from] ApplyError),
    /// A site's option.
    #[error("site `{site}`, {error}")]
    Option {
        /// The site.
        site: SiteName,
        /// The option, its value and what is wrong with it.
        error: OptionError,
    },
    /// A shortname.
    #[error("shortname `{}`: {error}", shown(name))]
    Name {
        /// What was given.
        name: String,
        /// Why it is none.
        error: SiteNameError,
    },
    /// The name of a user.
    #[error("user `{}`: {error}", shown(name))]
    User {
        /// What was given.
        name: String,
        /// Why it is none.
        error: UserNameError,
    },
    /// A password.
    #[error("{0}")]
    Password(#[from] AskError),
    /// An unknown setting.
    #[error("there is no setting `{}`", .0.escape_debug())]
    Setting(String),
    /// The path of a registry.
    #[error("the path of a registry holds no control character, and `{}` does", shown(.0))]
    Place(String),
    /// The value of `--lock-wait`.
    #[error("option `--lock-wait`, value `{}`: {error}", value.escape_debug())]
    LockWait {
        /// What was given.
        value: String,
        /// Why it is none.
        error: DurationError,
    },
    /// The id of a history entry.
    #[error("`{}` is no history entry: a number is expected", .0.escape_debug())]
    Entry(String),
    /// `reset` without a terminal to ask on.
    #[error("`mech reset` forgets all sites and settings, and there is no terminal to ask on")]
    Unconfirmed,
    /// The person said no.
    #[error("not confirmed")]
    Declined,
    /// Printing.
    #[error("cannot print: {0}")]
    Print(io::Error),
    /// The reader has gone.
    #[error("")]
    ClosedPipe,
}

impl Failure {
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self::Apply(error) => Exit::of(error),
            Self::ClosedPipe => Exit::Done,
            Self::Option { .. }
            | Self::Name { .. }
            | Self::User { .. }
            | Self::Password(_)
            | Self::Setting(_)
            | Self::Place(_)
            | Self::LockWait { .. }
            | Self::Entry(_)
            | Self::Unconfirmed
            | Self::Declined
            | Self::Print(_) => Exit::Refused,
        }
    }

    pub(super) fn message(&self) -> String {
        self.to_string()
    }

    /// A word by which a script tells errors apart.
    fn kind(&self) -> &'static str {
        match self.exit() {
            Exit::Done => "done",
            Exit::Refused => "refused",
            Exit::Usage => "usage",
            Exit::Reload => "reload",
            Exit::Rejected => "rejected",
            Exit::Locked => "locked",
            Exit::Inconsistent => "inconsistent",
        }
    }

    /// nginx's own words, diffs, lists: what belongs to the message and is longer than a line.
    pub(super) fn details(&self) -> Vec<String> {
        let Self::Apply(error) = self else {
            return Vec::new();
        };
        let mut lines: Vec<String> = match &*error.cause {
            Cause::Rejected(rejection) => rejection
                .messages
                .iter()
                .map(|message| match &message.site {
                    Some(site) => format!("site `{site}`: {}", message.words()),
                    None => message.words(),
                })
                .collect(),
            Cause::Reload(ReloadError::Failed { lines, log }) => {
                lines.iter().cloned().chain(log.clone()).collect()
            }
            Cause::Reload(ReloadError::Gone { lines }) => lines.clone(),
            Cause::Reload(ReloadError::Command { output, .. }) => {
                output.lines().map(str::to_owned).collect()
            }
            Cause::Live(LiveError::Edited { diff, .. }) => {
                diff.lines().map(str::to_owned).collect()
            }
            Cause::NotCarried(remarks) => remarks.iter().map(remark).collect(),
            _ => Vec::new(),
        };
        if let Fate::Inconsistent(files) = &error.fate {
            lines.extend(
                files
                    .iter()
                    .map(|(path, error)| format!("`{}`: {error}", path.display())),
            );
        }
        lines
    }

    pub(super) fn hints(&self) -> Vec<String> {
        match self {
            Self::Apply(error) => hints::of_change(error),
            Self::Setting(name) => {
                let close = hints::closest(name, SettingKey::ALL.iter().map(|key| key.name()));
                close
                    .map(|key| format!("did you mean `{key}`?"))
                    .into_iter()
                    .chain(["mech set".to_owned()])
                    .collect()
            }
            Self::Entry(_) => vec!["mech history".to_owned()],
            Self::Unconfirmed => vec!["mech reset --yes".to_owned()],
            Self::Name { name, .. } if name.contains('.') => {
                vec![
                    "the shortname is your own word for the site; its host name goes into --host"
                        .to_owned(),
                ]
            }
            Self::Password(AskError::Password(PasswordError::Empty)) => vec![
                "it is read from standard input, one line: mech auth add SITE USER < FILE; on a terminal it is asked for"
                    .to_owned(),
            ],
            Self::Name { .. }
            | Self::User { .. }
            | Self::Password(_)
            | Self::Option { .. }
            | Self::Place(_)
            | Self::LockWait { .. }
            | Self::Declined
            | Self::Print(_)
            | Self::ClosedPipe => Vec::new(),
        }
    }

    /// What state the machine is in, as the last lines.
    pub(super) fn state(&self) -> Vec<String> {
        let line = match self {
            Self::Apply(error) => match &error.fate {
                Fate::Untouched => "nothing was changed",
                Fate::Restored => restored(&error.cause),
                Fate::Pending => {
                    "an earlier change is still half done: see to the above, then run `mech refresh`, which finishes it"
                }
                Fate::Inconsistent(_) => {
                    "the files above could not be put back: look at them, then run `mech refresh`"
                }
            },
            Self::Print(_) | Self::ClosedPipe => return Vec::new(),
            _ => "nothing was changed",
        };
        vec![line.to_owned()]
    }

    fn recovered(&self) -> Option<&Recovered> {
        match self {
            Self::Apply(error) => error.recovered.as_ref(),
            _ => None,
        }
    }

    pub(super) fn to_json(&self) -> Value {
        let state = match self {
            Self::Apply(error) => match error.fate {
                Fate::Untouched => "untouched",
                Fate::Restored => "restored",
                Fate::Pending => "pending",
                Fate::Inconsistent(_) => "inconsistent",
            },
            _ => "untouched",
        };
        json!({
            "code": self.exit().code(),
            "kind": self.kind(),
            "message": self.message(),
            "details": self.details(),
            "hints": self.hints(),
            "state": state,
            "recovered": self.recovered().map(recovered_words),
        })
    }
}

impl From<LoadError> for Failure {
    fn from(error: LoadError) -> Self {
        Self::Apply(error.into())
    }
}

/// A remark of an import, in words.
pub(super) fn remark(remark: &Remark) -> String {
    let (site, what) = match remark {
        Remark::Differs { site, what } | Remark::NotCarried { site, what, .. } => (site, what),
    };
    let verb = if matches!(remark, Remark::NotCarried { .. }) {
        "not carried: "
    } else {
        ""
    };
    match site {
        Some(site) => format!("site `{}`: {verb}{what}", shown(site)),
        None => format!("{verb}{what}"),
    }
}

/// What is known of nginx after everything was put back.
fn restored(cause: &Cause) -> &'static str {
    match cause {
        Cause::Reload(ReloadError::Failed { .. } | ReloadError::Run(_)) => {
            "everything is restored as it was before; nginx serves the old configuration"
        }
        Cause::Reload(ReloadError::Gone { .. }) => {
            "everything is restored as it was before, but nginx does not run: start it"
        }
        Cause::Reload(ReloadError::Restart(_)) => {
            "everything is restored as it was before; look whether nginx runs, which was stopped"
        }
        Cause::Reload(_) => {
            "everything is restored as it was before, and nginx was told to read it again"
        }
        _ => "everything is restored as it was before",
    }
}

/// An earlier change that was finished first, in words.
pub(super) fn recovered_words(recovered: &Recovered) -> String {
    match recovered {
        Recovered::Completed { command, .. } => {
            format!("an earlier change had been interrupted (`mech {command}`); it is now finished")
        }
        Recovered::Withdrawn {
            command,
            reason: None,
        } => {
            format!(
                "an earlier change had been interrupted (`mech {command}`); it is now taken back"
            )
        }
        Recovered::Withdrawn {
            command,
            reason: Some(reason),
        } => format!(
            "an earlier change had been interrupted (`mech {command}`); nginx does not take it, so it is now taken back: {reason}"
        ),
    }
}

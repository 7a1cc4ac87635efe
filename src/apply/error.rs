//! Why a change did not happen, and what state that leaves the machine in.

use std::io;
use std::path::PathBuf;

use super::live::LiveError;
use crate::format::{FormatError, MechanicError, Remark};
use crate::model::{ChangeError, SiteName, UserName};
use crate::render::RenderError;
use crate::system::archive::ArchiveError;
use crate::system::diagnostics::Message;
use crate::system::facts::FactError;
use crate::system::lock::LockError;
use crate::system::machine::MachineError;
use crate::system::master::MasterError;
use crate::system::nginx::NginxError;
use crate::system::outcome::Unverified;
use crate::system::staged_test::TestError;

/// A change that did not happen.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub struct ApplyError {
    /// Why.
    pub cause: Box<Cause>,
    /// What state the machine is in.
    pub fate: Fate,
    /// An earlier change that was finished first, all the same.
    pub recovered: Option<Recovered>,
}

/// The state of the machine after a failure.
#[derive(Debug)]
pub enum Fate {
    /// Nothing was changed.
    Untouched,
    /// It was changed and is as it was before.
    Restored,
    /// An earlier change that was interrupted is neither done nor taken back yet.
    Pending,
    /// It could not be put back: these files are as the reason says.
    Inconsistent(Vec<(PathBuf, io::Error)>),
}

/// Why a change did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// Another mech.
    #[error("{0}")]
    Lock(#[from] LockError),
    /// The registry.
    #[error("{0}")]
    Load(#[from] LoadError),
    /// The change itself.
    #[error("{0}")]
    Change(#[from] ChangeError),
    /// nginx or its configuration.
    #[error("{0}")]
    Machine(#[from] MachineError),
    /// A file that the text depends on.
    #[error("{0}")]
    Fact(#[from] FactError),
    /// Rendering.
    #[error("{0}")]
    Render(#[from] RenderError),
    /// What is at mech's place.
    #[error("{0}")]
    Live(#[from] LiveError),
    /// History.
    #[error("{0}")]
    Archive(#[from] ArchiveError),
    /// The users of a site.
    #[error("{0}")]
    User(#[from] UserError),
    /// `nginx -t` could not be run.
    #[error("the candidate could not be tested: {0}")]
    Test(#[from] TestError),
    /// `nginx -t` refused the candidate.
    #[error("{0}")]
    Rejected(#[from] Rejection),
    /// The reload.
    #[error("{0}")]
    Reload(#[from] ReloadError),
    /// The predecessor's registry.
    #[error("`{}`: {error}", path.display())]
    Mechanic {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: MechanicError,
    },
    /// Sites that the predecessor serves and mech cannot carry.
    #[error("mechanic serves what mech cannot carry")]
    NotCarried(Vec<Remark>),
    /// An import into a registry with sites.
    #[error("the registry holds sites already, and an import starts from none")]
    NotEmpty,
    /// An interrupted change, which nothing can be worked out beside.
    #[error("a change was interrupted and is pending, so what would come next cannot be told")]
    Pending,
    /// The journal of an earlier change.
    #[error("the journal of an interrupted change cannot be read: {0}")]
    Journal(io::Error),
    /// A file.
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// Why a registry could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is not UTF-8.
    #[error("the registry `{}` is not UTF-8 text", .0.display())]
    Text(PathBuf),
    /// Its text is refused.
    #[error("the registry `{}`: {error}", path.display())]
    Format {
        /// The registry.
        path: PathBuf,
        /// What is wrong.
        error: FormatError,
        /// The newest registry in history, which would replace it.
        snapshot: Option<PathBuf>,
    },
    /// It is gone, though its sites are live.
    #[error("the registry `{}` is not there, but its sites were applied: a change would take them all down", path.display())]
    Missing {
        /// The registry.
        path: PathBuf,
        /// The newest registry in history, which would bring it back.
        snapshot: Option<PathBuf>,
    },
    /// A newer mech wrote it; this one only shows it.
    #[error("the registry `{}` was written by a newer mech (version {found}): this one shows it and does not change it", path.display())]
    Newer {
        /// The registry.
        path: PathBuf,
        /// Its version.
        found: u64,
    },
}

/// nginx refuses the candidate.
#[derive(Debug, thiserror::Error)]
#[error("nginx refuses the configuration that this would make")]
pub struct Rejection {
    /// What nginx said.
    pub messages: Vec<Message>,
}

/// Why the new configuration is not in force.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The master kept the old one.
    #[error("nginx did not take the new configuration")]
    Failed {
        /// What nginx wrote to its error log since the signal.
        lines: Vec<String>,
        /// Why there may be none.
        log: Option<String>,
    },
    /// It took part of it, or too long.
    #[error("nginx did not take the new configuration: {0}")]
    Late(Unverified),
    /// The master ended.
    #[error("nginx ended while it was being reloaded")]
    Gone {
        /// What it wrote to its error log.
        lines: Vec<String>,
    },
    /// The reload command failed.
    #[error("the reload command `{command}` failed{}", status(*code))]
    Command {
        /// The command.
        command: String,
        /// Its exit status.
        code: Option<i32>,
        /// What it said.
        output: String,
    },
    /// The reload command could not be run.
    #[error("{0}")]
    Run(#[from] NginxError),
    /// No reload can apply the change.
    #[error(
        "no reload can move port {0} between all addresses and some of them: nginx holds the old sockets until it has the new ones, which it cannot get beside them"
    )]
    NeedsRestart(u16),
    /// nginx was stopped and did not come back.
    #[error("nginx was stopped to be started anew, and {0}")]
    Restart(&'static str),
    /// The master could not be watched.
    #[error("{0}")]
    Master(#[from] MasterError),
}

fn status(code: Option<i32>) -> String {
    code.map(|code| format!(" (exit status {code})"))
        .unwrap_or_default()
}

/// What became of an interrupted change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recovered {
    /// It is now done.
    Completed {
        /// The command that was interrupted.
        command: String,
        /// Whether nginx was seen to take it.
        proven: bool,
    },
    /// It was taken back.
    Withdrawn {
        /// The command that was interrupted.
        command: String,
        /// Why, where nginx would not take it.
        reason: Option<String>,
    },
}

/// Why a change of users was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UserError {
    /// A user who is not there.
    #[error("the site `{site}` has no user `{user}`")]
    Unknown {
        /// The site.
        site: SiteName,
        /// The user asked for.
        user: UserName,
        /// Those who are there.
        known: Vec<String>,
    },
}

impl<C: Into<Cause>> From<C> for ApplyError {
    fn from(cause: C) -> Self {
        Self {
            cause: Box::new(cause.into()),
            fate: Fate::Untouched,
            recovered: None,
        }
    }
}

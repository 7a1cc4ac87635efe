//! Why a change did not happen, and what state that leaves the machine in.

use std::io;
use std::path::PathBuf;

use super::live::LiveError;
use super::recover::Recovered;
use super::reload::ReloadError;
use super::test::Rejection;
use crate::format::{FormatError, MechanicError, Remark};
use crate::model::ChangeError;
use crate::render::RenderError;
use crate::system::archive::ArchiveError;
use crate::system::facts::FactError;
use crate::system::lock::LockError;
use crate::system::machine::MachineError;
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
    /// A newer mech wrote it; this one only shows it.
    #[error("the registry `{}` was written by a newer mech (version {found}): this one shows it and does not change it", path.display())]
    Newer {
        /// The registry.
        path: PathBuf,
        /// Its version.
        found: u64,
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

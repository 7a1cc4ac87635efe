//! Exit codes: each a promise about the state of the machine.

use std::process::ExitCode;

use crate::apply::{ApplyError, Cause, Fate, ReloadError};

/// How a run of mech ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Refused: an unknown site, a bad value, a file that cannot be read. Nothing was changed.
    Refused,
    /// The shape of the command line. Nothing was changed.
    Usage,
    /// The reload failed or had no effect. What was before is restored.
    Reload,
    /// `nginx -t` rejected the result. Nothing was changed.
    Rejected,
    /// Another mech holds the lock. Nothing was changed.
    Locked,
    /// Restoring failed; the files are listed. A person is needed.
    Inconsistent,
}

impl Exit {
    /// Every way to end, in the order of the codes.
    pub const ALL: [Self; 7] = [
        Self::Done,
        Self::Refused,
        Self::Usage,
        Self::Reload,
        Self::Rejected,
        Self::Locked,
        Self::Inconsistent,
    ];

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Reload => 3,
            Self::Rejected => 4,
            Self::Locked => 5,
            Self::Inconsistent => 6,
        }
    }

    /// The way in which this error ends a run.
    #[must_use]
    pub fn of(error: &ApplyError) -> Self {
        if let Fate::Inconsistent(_) = error.fate {
            return Self::Inconsistent;
        }
        match &*error.cause {
            Cause::Lock(crate::system::lock::LockError::Held { .. }) => Self::Locked,
            Cause::Rejected(_) => Self::Rejected,
            Cause::Reload(ReloadError::NeedsRestart(_))
            | Cause::Lock(_)
            | Cause::Load(_)
            | Cause::Change(_)
            | Cause::Machine(_)
            | Cause::Fact(_)
            | Cause::Render(_)
            | Cause::Live(_)
            | Cause::Archive(_)
            | Cause::User(_)
            | Cause::Test(_)
            | Cause::Mechanic { .. }
            | Cause::NotCarried(_)
            | Cause::NotEmpty
            | Cause::Pending
            | Cause::Journal(_)
            | Cause::Io(_) => Self::Refused,
            // The running nginx could not even be looked at, before anything was written.
            Cause::Reload(_) if matches!(error.fate, Fate::Untouched) => Self::Refused,
            Cause::Reload(_) => Self::Reload,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

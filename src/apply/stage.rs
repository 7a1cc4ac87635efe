//! Where a change has got to, for a person who watches.

use std::path::PathBuf;
use std::time::Duration;

use super::prepare::Prepared;
use crate::system::staged_test::Way;

/// A step that is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The lock is held.
    Locked {
        /// Its file.
        file: PathBuf,
    },
    /// The change is worked out.
    Prepared {
        /// The nginx: its program and version; none where none is installed.
        nginx: Option<(PathBuf, String)>,
        /// mech's file.
        live: PathBuf,
        /// How many sites it is to hold.
        sites: usize,
        /// How many bytes.
        bytes: usize,
    },
    /// nginx accepts the candidate.
    Tested {
        /// How the context was made.
        way: Way,
        /// How long nginx took.
        took: Duration,
    },
    /// The new files are in their places.
    Committed,
    /// History has the entry.
    Recorded {
        /// Its file.
        file: PathBuf,
    },
}

impl Stage {
    pub(super) fn prepared(prepared: &Prepared) -> Self {
        let nginx = prepared.machine.nginx.as_ref();
        Self::Prepared {
            nginx: nginx.map(|nginx| (nginx.program.clone(), nginx.build.version.clone())),
            live: prepared.live.path.clone(),
            sites: prepared.after.sites.len(),
            bytes: prepared.rendered.text.len(),
        }
    }
}

//! What can become of a reload, and what each answer rests on.

use std::time::Duration;

use thiserror::Error;

use super::error_log::NoLog;
use super::master::Master;

/// What became of a reload.
#[derive(Debug)]
pub enum Outcome {
    /// New workers accept and no old one does.
    Confirmed {
        /// The master that now runs.
        master: Master,
        /// Whether it is the same one or a successor.
        by: Means,
        /// The pids of the accepting workers.
        workers: Vec<u32>,
        /// The time from just before the kick.
        took: Duration,
    },
    /// The master kept the old configuration.
    Failed {
        /// nginx's own words, verbatim, each once.
        lines: Vec<String>,
        /// Why `lines` may be empty: the log could not be read.
        log: Option<NoLog>,
    },
    /// It could not be told.
    Unverified(Unverified),
    /// The master ended and no other took its place.
    MasterGone {
        /// What it said before, verbatim.
        lines: Vec<String>,
    },
}

/// How the new configuration came into force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The same master has new workers.
    Reload,
    /// A new master has taken the place of the old one.
    Restart,
}

/// Why a reload is neither confirmed nor failed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Unverified {
    /// The workers are the old ones and nginx said nothing: the kick reached no master.
    #[error("nginx has kept its workers for {} s and reports no error", waited.as_secs())]
    NothingHappened {
        /// How long was waited.
        waited: Duration,
    },
    /// The master is still at work.
    #[error("nginx is still loading its configuration after {} s", waited.as_secs())]
    StillLoading {
        /// How long was waited.
        waited: Duration,
    },
    /// New workers are there, but old ones still accept.
    #[error("old workers of nginx still accept connections after {} s: {}", waited.as_secs(), list(workers))]
    OldStillAccepting {
        /// How long was waited.
        waited: Duration,
        /// The pids of the old workers.
        workers: Vec<u32>,
    },
    /// There is no accepting worker.
    #[error("nginx has no accepting worker after {} s", waited.as_secs())]
    NoWorkers {
        /// How long was waited.
        waited: Duration,
    },
    /// The only worker was replaced, by a reload or after a crash, and the log cannot tell.
    #[error("the only worker of nginx was replaced, which may have been a crash")]
    OnlyWorkerReplaced,
}

fn list(pids: &[u32]) -> String {
    pids.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

//! Stopping nginx and starting it again, for what no reload can apply (another bind address on a port in use).

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::master::{Expected, Master, MasterError};
use super::succession::{Pause, await_master};

/// How long a master may take to end after `SIGTERM`; it kills its workers itself after about a second.
const END: Duration = Duration::from_secs(5);

/// What became of a restart.
#[derive(Debug)]
pub enum Restarted {
    /// A new master runs and its workers accept.
    Up {
        /// The new master.
        master: Master,
        /// The pids of its accepting workers.
        workers: Vec<u32>,
        /// The time during which nobody accepted connections, at most: from the first signal until now.
        took: Duration,
    },
    /// The old master did not end; it was not started anew. After `SIGQUIT` it accepts no connections.
    StillRunning(Master),
    /// The old master has ended and no new one is there.
    NotUp,
}

/// Stops a master gracefully, by force after the grace, starts nginx with the given function and waits until the new
/// master's workers accept, at most for `patience`.
///
/// nginx closes its listening sockets at the first signal: until the new master is up, connections are refused.
///
/// # Errors
/// Fails with the error of `start`, or if the master could not be signalled or looked at.
pub fn stop_and_start<E: From<MasterError>>(
    master: &Master,
    pid_file: &Path,
    expected: &Expected,
    grace: Duration,
    patience: Duration,
    start: impl FnOnce() -> Result<(), E>,
) -> Result<Restarted, E> {
    let started = Instant::now();
    if !ended_by(master, Signal::QUIT, grace)? && !ended_by(master, Signal::TERM, END)? {
        return Ok(Restarted::StillRunning(*master));
    }
    start()?;
    Ok(match await_master(master, pid_file, expected, patience)? {
        Some((master, workers)) => Restarted::Up {
            master,
            workers,
            took: started.elapsed(),
        },
        None => Restarted::NotUp,
    })
}

fn ended_by(master: &Master, signal: Signal, patience: Duration) -> Result<bool, MasterError> {
    match master.signal(signal) {
        Ok(()) => {}
        Err(MasterError::Gone(_)) => return Ok(true),
        Err(error) => return Err(error),
    }
    let started = Instant::now();
    let mut pause = Pause::default();
    while master.still_there()? {
        if started.elapsed() >= patience {
            return Ok(false);
        }
        pause.sleep();
    }
    Ok(true)
}

#[cfg(test)]
mod tests;

//! Waiting: for a new master in the place of a former one, and between two looks at anything.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::found::Found;
use super::master::{Expected, Master, MasterError};
use super::workers::{self, Role};

/// Waits for a master other than the former one, with accepting workers; at most for the given time.
pub(super) fn await_master(
    former: &Master,
    pid_file: &Path,
    expected: &Expected,
    patience: Duration,
) -> Result<Option<(Master, Vec<u32>)>, MasterError> {
    let started = Instant::now();
    let mut pause = Pause::default();
    loop {
        if let Found::Running(master) = Master::find(pid_file, expected)?
            && master != *former
        {
            let workers = workers::of(&master).map_err(MasterError::Proc)?;
            let accepting: Vec<u32> = workers
                .iter()
                .filter(|worker| worker.role == Role::Accepting)
                .map(|worker| worker.pid)
                .collect();
            if !accepting.is_empty() {
                return Ok(Some((master, accepting)));
            }
        }
        if started.elapsed() >= patience {
            return Ok(None);
        }
        pause.sleep();
    }
}

/// The time between two looks: short at first, since a failed reload is over in 5 ms, then longer to spare the machine,
/// and never shorter than what a look has cost: a machine with thousands of processes takes milliseconds to show them.
pub(super) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(Duration::from_millis(1))
    }
}

impl Pause {
    pub(super) fn sleep(&mut self) {
        thread::sleep(self.0);
        self.0 = (self.0 * 21 / 20).min(Duration::from_millis(20));
    }

    /// Sleeps, as long as the last look has cost at the least; but one look that was held up, by a process
    /// that is just being forked, is no measure for the next.
    pub(super) fn sleep_after(&mut self, cost: Duration) {
        thread::sleep(cost.min(Duration::from_millis(4)).saturating_sub(self.0));
        self.sleep();
    }
}

//! The proof that a reload took effect, drawn from the processes of nginx and from its error log.
//!
//! `nginx -s reload` and `kill -HUP` succeed as soon as the signal is out; whether the master then takes the new
//! configuration shows only later. It does if new workers of the same master accept and no old one does any more.
//!
//! The master blocks its signals while it works and unblocks them to sleep, which `/proc/PID/status` shows to
//! everybody. Three things rest on that. The mark is taken only when the master sleeps, so that the workers of an
//! earlier reload, which has read older files, are never taken for ours. Once it sleeps again after our signal, it has
//! finished: the absence of new workers is then a failure, with no need to wait for the deadline. And a worker that
//! crashed and was replaced in the middle of a long reload confirms nothing, because the master still works.
//!
//! A crashed worker's replacement runs the *old* configuration. It differs from a reload in that the workers never
//! outnumber the old ones (a reload keeps both generations for 100 ms). Where that overlap was not seen, the log must
//! not hold an error of the master. What stays open is one case: the only worker crashes while a custom command fails
//! to reach the master, which leaves no trace in a log.
//!
//! The master lets both generations accept for 100 ms, because it does not know when the new workers are ready. We do:
//! a worker takes its title when it is. So once all new ones have it, the old ones get their `SIGQUIT` from us, the
//! signal that the master would send them (<https://nginx.org/en/docs/control.html>). It sleeps with its signals
//! blocked meanwhile, learns of their exit only after it has retired them itself, and so replaces none.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::error_log::{ErrorLogMark, Weight, weigh, words_of};
use super::master::{Expected, Master, MasterError, Sent};
use super::outcome::{Means, Outcome, Unverified};
use super::proc_fs::Activity;
use super::succession::{Pause, await_master};
use super::workers::{self, Role, Worker};

/// How long only the old workers are there before a reload without a word in the log is taken for failed. On a
/// starved machine a single look may come after the whole reload: the list of children then leaves out
/// the new workers, and an old one has not yet read that it is to go.
const STILL: Duration = Duration::from_millis(100);

/// How long a master that has just started may take to have workers before the mark.
const BIRTH: Duration = Duration::from_millis(500);
/// How long a master may be at work for somebody else before the mark: a reload that fails to bind takes 2.5 s.
const CALM: Duration = Duration::from_secs(5);
/// How long a master that ended may be followed by a new one; a restart takes about 0.1 s.
const SUCCESSION: Duration = Duration::from_secs(2);
/// nginx tries an address in use five times, 500 ms apart; the rest is a margin for a loaded machine.
const BIND_RETRIES: Duration = Duration::from_millis(3500);

/// What was there before the kick.
#[derive(Debug)]
pub struct Before {
    master: Master,
    workers: Vec<Worker>,
    log: ErrorLogMark,
    /// Whether the master was seen asleep and its workers were the same in two looks. Else a worker that
    /// comes to be known later may be none of ours: one of an earlier reload, or one that the list left out.
    calm: bool,
}

impl Before {
    /// Marks the state before a kick. To be called when the new files are in place: a reload that somebody else starts
    /// from then on reads them too. Waits up to 5 s for a master that is at work and up to 0.5 s for its first workers.
    ///
    /// # Errors
    /// Fails if `/proc` cannot be read.
    pub fn observe(master: Master, error_logs: &[PathBuf]) -> Result<Self, MasterError> {
        let started = Instant::now();
        let mut pause = Pause::default();
        loop {
            let busy = master.activity()? == Activity::Busy;
            let workers = workers::of(&master).map_err(MasterError::Proc)?;
            let steady = workers == workers::of(&master).map_err(MasterError::Proc)?;
            let born = workers.iter().any(|worker| worker.role == Role::Accepting)
                && !workers.iter().any(|worker| worker.role == Role::Starting);
            let patience = if busy { CALM } else { BIRTH };
            if !busy && born && steady || started.elapsed() >= patience {
                let log = ErrorLogMark::take(error_logs);
                return Ok(Self {
                    master,
                    workers,
                    log,
                    calm: !busy && born && steady,
                });
            }
            pause.sleep();
        }
    }

    /// The workers that were there.
    #[must_use]
    pub fn workers(&self) -> &[Worker] {
        &self.workers
    }
}

/// Kicks nginx and watches until the outcome is known, at the latest until the deadline (counted from the kick); if an
/// address turns out to be in use, until nginx has given up trying.
///
/// The kick is `Master::hup` or a command of the user. After a restart the master is looked up with `pid_file`.
///
/// # Errors
/// Fails with the error of the kick, or if `/proc` cannot be read any more.
pub fn reload<E: From<MasterError>>(
    before: Before,
    pid_file: &Path,
    expected: &Expected,
    deadline: Duration,
    kick: impl FnOnce(&Master) -> Result<Sent, E>,
) -> Result<Outcome, E> {
    let started = Instant::now();
    let sent = kick(&before.master)?;
    let mut watch = Watch {
        before,
        sent,
        started,
        seen: Seen::default(),
    };
    let mut pause = Pause::default();
    loop {
        if !watch.before.master.still_there()? {
            return Ok(watch.successor(pid_file, expected, deadline)?);
        }
        let look_started = Instant::now();
        let look = watch.look()?;
        if watch.retire_old(&look) {
            // They need less than a millisecond to close their sockets.
            pause = Pause::default();
        }
        if let Some(outcome) = watch.verdict(&look) {
            return Ok(outcome);
        }
        if watch.started.elapsed() >= watch.patience(deadline) {
            return Ok(watch.at_deadline(&look));
        }
        pause.sleep_after(look_started.elapsed());
    }
}

struct Watch {
    before: Before,
    sent: Sent,
    started: Instant,
    seen: Seen,
}

/// What was seen in any look so far.
#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    gave_up: bool,
    binding_since: Option<Instant>,
    overlap: bool,
    retired: bool,
    /// Since when each look has shown the master idle and only the old workers.
    untouched_since: Option<Instant>,
}

/// What is there at one moment.
struct Look {
    activity: Activity,
    new: Vec<u32>,
    starting: bool,
    old_accepting: Vec<u32>,
}

impl Watch {
    /// The order matters: if the master sleeps, all workers that it has forked and all that it has said is there to be
    /// seen afterwards.
    fn look(&mut self) -> Result<Look, MasterError> {
        let activity = self.before.master.activity()?;
        let now = workers::of(&self.before.master).map_err(MasterError::Proc)?;
        let fresh = |worker: &&Worker| !self.before.workers.iter().any(|old| old.is(worker));
        let new: Vec<u32> = now
            .iter()
            .filter(fresh)
            .filter(|worker| worker.role == Role::Accepting)
            .map(|worker| worker.pid)
            .collect();
        let starting = now
            .iter()
            .filter(fresh)
            .any(|worker| worker.role == Role::Starting);
        let mut old_accepting = Vec::new();
        let mut retiring = false;
        // Each by its pid, because a list of children may leave one out.
        for old in &self.before.workers {
            match old.role_now().map_err(MasterError::Proc)? {
                Some(Role::Accepting | Role::Starting) => old_accepting.push(old.pid),
                Some(Role::Draining) => retiring |= old.role == Role::Accepting,
                None => {}
            }
        }
        self.seen.overlap |=
            retiring || (new.len() + old_accepting.len() > self.old_count() && !new.is_empty());
        self.read_log();
        Ok(Look {
            activity,
            new,
            starting,
            old_accepting,
        })
    }

    /// Ends the time in which both generations accept, once all new workers are ready. Every old one must still be
    /// there, or a new one might be the replacement of one that crashed; and the master must be at work.
    fn retire_old(&mut self, look: &Look) -> bool {
        let old = self.old_count();
        let ready = look.new.len() >= old && !look.starting && look.old_accepting.len() == old;
        let within =
            self.sent == Sent::Hangup && look.activity == Activity::Busy && self.before.calm;
        if self.seen.retired || old == 0 || !ready || !within {
            return false;
        }
        self.seen.retired = true;
        for worker in &self.before.workers {
            worker.quit();
        }
        true
    }

    fn read_log(&mut self) {
        for line in self.before.log.appended() {
            let Some(weight) = weigh(&line, self.before.master.pid()) else {
                continue;
            };
            match weight {
                Weight::Final => self.seen.gave_up = true,
                Weight::Retried => {
                    self.seen.binding_since.get_or_insert_with(Instant::now);
                }
                Weight::Aside => {}
            }
            if !self
                .seen
                .lines
                .iter()
                .any(|known| words_of(known) == words_of(&line))
            {
                self.seen.lines.push(line);
            }
        }
    }

    fn old_count(&self) -> usize {
        self.before
            .workers
            .iter()
            .filter(|worker| worker.role != Role::Draining)
            .count()
    }

    fn verdict(&mut self, look: &Look) -> Option<Outcome> {
        let settled = look.activity != Activity::Busy;
        if !look.new.is_empty() && look.old_accepting.is_empty() {
            if !settled && !self.seen.retired {
                return None;
            }
            if self.seen.overlap {
                return Some(self.confirmed(look));
            }
            if self.seen.gave_up {
                return Some(self.failed());
            }
            let only_one = self.old_count() == 1;
            return Some(if only_one && self.before.log.unreadable().is_some() {
                Outcome::Unverified(Unverified::OnlyWorkerReplaced)
            } else {
                self.confirmed(look)
            });
        }
        if look.old_accepting.is_empty() {
            return None;
        }
        if self.seen.gave_up && !self.seen.overlap && (look.new.is_empty() || settled) {
            return Some(self.failed());
        }
        // All old ones, because the list of children may leave out new ones while an old one exits.
        let untouched =
            look.new.is_empty() && !look.starting && look.old_accepting.len() == self.old_count();
        let processed = self.sent == Sent::Hangup && look.activity == Activity::Idle;
        if !(processed && untouched && !self.seen.overlap) {
            self.seen.untouched_since = None;
            return None;
        }
        let since = *self.seen.untouched_since.get_or_insert_with(Instant::now);
        (since.elapsed() >= STILL).then(|| self.failed())
    }

    /// nginx ends its own attempts to bind 2.5 s after the first; before that nothing is decided.
    fn patience(&self, deadline: Duration) -> Duration {
        self.seen.binding_since.map_or(deadline, |since| {
            deadline.max(since.duration_since(self.started) + BIND_RETRIES)
        })
    }

    fn at_deadline(&mut self, look: &Look) -> Outcome {
        let waited = self.started.elapsed();
        if look.old_accepting.is_empty() && look.new.is_empty() {
            Outcome::Unverified(Unverified::NoWorkers { waited })
        } else if look.activity == Activity::Busy {
            Outcome::Unverified(Unverified::StillLoading { waited })
        } else if !look.new.is_empty() {
            Outcome::Unverified(Unverified::OldStillAccepting {
                waited,
                workers: look.old_accepting.clone(),
            })
        } else if self.seen.lines.is_empty() && self.before.log.unreadable().is_none() {
            Outcome::Unverified(Unverified::NothingHappened { waited })
        } else {
            self.failed()
        }
    }

    fn confirmed(&self, look: &Look) -> Outcome {
        Outcome::Confirmed {
            master: self.before.master,
            by: Means::Reload,
            workers: look.new.clone(),
            took: self.started.elapsed(),
        }
    }

    fn failed(&mut self) -> Outcome {
        Outcome::Failed {
            lines: std::mem::take(&mut self.seen.lines),
            log: self.before.log.take_unreadable(),
        }
    }

    /// A custom command may have restarted nginx; otherwise the master died.
    fn successor(
        mut self,
        pid_file: &Path,
        expected: &Expected,
        deadline: Duration,
    ) -> Result<Outcome, MasterError> {
        let left = deadline
            .saturating_sub(self.started.elapsed())
            .min(SUCCESSION);
        let found = await_master(&self.before.master, pid_file, expected, left)?;
        if let Some((master, workers)) = found {
            let took = self.started.elapsed();
            return Ok(Outcome::Confirmed {
                master,
                by: Means::Restart,
                workers,
                took,
            });
        }
        self.read_log();
        Ok(Outcome::MasterGone {
            lines: self.seen.lines,
        })
    }
}

#[cfg(test)]
mod tests;

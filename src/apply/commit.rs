//! A commit under way: forward, or back.

use std::io;
use std::path::PathBuf;

use super::error::{ApplyError, Cause, Fate};
use super::prepare::Prepared;
use super::record::{ENTRY, finish_record};
use super::reload::{self, ReloadFailure};
use super::report::Effect;
use super::users::leave_no_empty_folder;
use crate::history::Outcome;
use crate::plan::FileChange;
use crate::system::environment::Environment;
use crate::system::files::read_optional;
use crate::system::journal::{Journal, Step};
use crate::system::state::State;

/// A commit that is under way.
pub(super) struct Commit<'a> {
    journal: Journal,
    state: &'a State,
}

impl<'a> Commit<'a> {
    pub(super) fn new(journal: Journal, state: &'a State) -> Self {
        Self { journal, state }
    }

    /// Brings the new files to their places.
    pub(super) fn forward(&mut self, environment: &Environment) -> Result<(), ApplyError> {
        let done = self
            .journal
            .commit(&mut |step| environment.park(&format!("committed-{step}")));
        done.map_err(|error| self.restore(Cause::Io(error), environment, || {}))
    }

    /// Takes the outcome of the reload; on a failure everything goes back.
    pub(super) fn or_restore(
        &mut self,
        live: Result<Effect, ReloadFailure>,
        prepared: &Prepared,
        environment: &Environment,
    ) -> Result<Effect, ApplyError> {
        match live {
            Ok(effect) => Ok(effect),
            Err(failure) => {
                let tell = || {
                    if failure.took_signal {
                        // nginx may have read the files that are now gone; it reads these again.
                        reload::tell_again(environment, prepared);
                    }
                };
                let mut error = self.restore(failure.cause, environment, tell);
                // A reload command is a stranger's: it may have taken away what was kept.
                let lost = prepared.lost();
                if matches!(error.fate, Fate::Restored) && !lost.is_empty() {
                    error.fate = Fate::Inconsistent(lost);
                }
                Err(error)
            }
        }
    }

    fn restore(
        &mut self,
        cause: Cause,
        environment: &Environment,
        tell: impl FnOnce(),
    ) -> ApplyError {
        let mut between = |step| environment.park(&format!("restored-{step}"));
        let failed = self
            .journal
            .restore(&self.state.journal(), &mut between, tell);
        leave_no_empty_folder(self.state);
        let fate = if failed.is_empty() {
            Fate::Restored
        } else {
            Fate::Inconsistent(failed)
        };
        ApplyError {
            cause: Box::new(cause),
            fate,
            recovered: None,
        }
    }

    /// Records the outcome and lets go of what was kept; gives the file of the history entry.
    ///
    /// The change is live by now, so an error here takes nothing back: the journal stays, and the next
    /// run records what this one could not.
    pub(super) fn settle(
        self,
        effect: &Effect,
        prepared: &Prepared,
        environment: &Environment,
    ) -> io::Result<Option<PathBuf>> {
        let outcome = effect.outcome();
        let proven = outcome == Outcome::Proven
            || (outcome == Outcome::Registry && prepared.applied.as_ref().is_none_or(|a| a.proven));
        // On a full disk the record stays as it was staged: written, and not proven. The next run proves it.
        let _ = finish_record(&self.journal, outcome, proven);
        let mut between = |step| environment.park(&format!("settling-{step}"));
        self.journal.settle(&self.state.journal(), &mut between)?;
        Ok(self.journal.settle.iter().find_map(|step| match step {
            Step::Put { target, staged, .. } if staged.ends_with(ENTRY) => Some(target.clone()),
            _ => None,
        }))
    }
}

impl Prepared {
    /// The files that are not as they were before.
    fn lost(&self) -> Vec<(PathBuf, io::Error)> {
        let different = |file: &FileChange| {
            let now = read_optional(&file.path).ok().flatten();
            now.as_deref() != file.before.as_deref().map(str::as_bytes)
        };
        let files = self.files().into_iter().filter(different);
        files
            .map(|file| (file.path, io::Error::other("it is not what it was before")))
            .collect()
    }
}

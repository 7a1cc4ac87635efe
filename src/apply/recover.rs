//! Finishing what a run left that was killed after it had committed.

use super::error::{ApplyError, Cause, Fate, Recovered, ReloadError};
use super::look::load;
use super::record::finish_record;
use super::reload;
use super::users::leave_no_empty_folder;
use crate::format::read_registry;
use crate::history::Outcome;
use crate::system::environment::Environment;
use crate::system::files::read_optional;
use crate::system::journal::{Direction, Journal, Step};
use crate::system::machine::Machine;
use crate::system::state::{Applied, State};

/// Finishes the change of the journal, if there is one.
pub(super) fn recover(
    environment: &Environment,
    state: &State,
) -> Result<Option<Recovered>, ApplyError> {
    let Some(journal) = Journal::load(&state.journal()).map_err(Cause::Journal)? else {
        return Ok(None);
    };
    finish(journal, environment, state)
        .map(Some)
        .map_err(|error| match error.fate {
            // What the journal has begun is not undone by leaving here.
            Fate::Untouched => ApplyError {
                fate: Fate::Pending,
                ..error
            },
            Fate::Restored | Fate::Pending | Fate::Inconsistent(_) => error,
        })
}

fn finish(
    mut journal: Journal,
    environment: &Environment,
    state: &State,
) -> Result<Recovered, ApplyError> {
    let command = journal.command.clone();
    if journal.direction == Direction::Back {
        return withdraw(&mut journal, environment, state, None);
    }
    if journal.is_settling() {
        // nginx had taken it and history says so; what remains is to let go of what was kept.
        journal
            .settle(&state.journal(), &mut |_| {})
            .map_err(Cause::Io)?;
        let applied = Applied::load(&state.applied()).map_err(Cause::Io)?;
        let proven = applied.is_some_and(|applied| applied.proven);
        return Ok(Recovered::Completed { command, proven });
    }
    journal.commit(&mut |_| {}).map_err(Cause::Io)?;
    let machine = machine(environment, state)?;
    let outcome = match told(environment, state, &machine) {
        Ok(outcome) => outcome,
        Err(reason) => {
            return withdraw(&mut journal, environment, state, Some(reason));
        }
    };
    let proven = outcome == Outcome::Proven;
    finish_record(&journal, outcome, proven).map_err(Cause::Io)?;
    let settled = journal.settle(&state.journal(), &mut |_| {});
    settled.map_err(Cause::Io)?;
    Ok(Recovered::Completed { command, proven })
}

/// Refuses to work anything out beside a change that is half done: its files are neither the old ones
/// nor the new ones, and some of them are its own still.
pub(super) fn refuse_pending(state: &State) -> Result<(), ApplyError> {
    if crate::system::files::exists(&state.journal()) {
        return Err(Cause::Pending.into());
    }
    Ok(())
}

fn withdraw(
    journal: &mut Journal,
    environment: &Environment,
    state: &State,
    reason: Option<String>,
) -> Result<Recovered, ApplyError> {
    let read = |step: &Step| matches!(step, Step::Put { .. } | Step::Take { .. });
    let concerns_nginx = journal.commit.iter().any(read);
    let tell = || {
        // Whether nginx has read the files that are now gone is not known; reading these does no harm.
        if concerns_nginx && let Ok(machine) = machine(environment, state) {
            let _ = told(environment, state, &machine);
        }
    };
    let failed = journal.restore(&state.journal(), &mut |_| {}, tell);
    leave_no_empty_folder(state);
    if failed.is_empty() {
        return Ok(Recovered::Withdrawn {
            command: journal.command.clone(),
            reason,
        });
    }
    let cause = Cause::Io(std::io::Error::other(format!(
        "the interrupted change `{}` could not be taken back",
        journal.command
    )));
    Err(ApplyError {
        cause: Box::new(cause),
        fate: Fate::Inconsistent(failed),
        recovered: None,
    })
}

/// The machine of the registry that the interrupted change made.
fn machine(environment: &Environment, state: &State) -> Result<Machine, ApplyError> {
    let look = load(state)?;
    let applied = Applied::load(&state.applied()).map_err(Cause::Io)?;
    // Where the last site has gone with the settings, the nginx is the one that still serves it.
    let kept = look
        .registry
        .sites
        .is_empty()
        .then(|| read_optional(&state.kept_registry()).ok().flatten())
        .flatten()
        .and_then(|bytes| read_registry(&String::from_utf8_lossy(&bytes)).ok());
    let settings = &kept.map_or(look.registry, |kept| kept.registry).settings;
    let looked = Machine::look(
        settings,
        environment,
        &state.registry,
        applied.as_ref(),
        None,
    );
    Ok(looked.map_err(Cause::Machine)?)
}

/// Reloads what the interrupted run may or may not have reloaded; a second time does no harm.
fn told(environment: &Environment, state: &State, machine: &Machine) -> Result<Outcome, String> {
    let look = load(state).map_err(|error| error.to_string())?;
    let restart = look.registry.settings.restart;
    let patience = std::time::Duration::from_secs(60);
    match reload::tell(environment, machine, restart.as_ref(), patience) {
        Ok(effect) => Ok(effect.outcome()),
        Err(ReloadError::Failed { lines, .. } | ReloadError::Gone { lines })
            if !lines.is_empty() =>
        {
            Err(lines.join("\n"))
        }
        Err(error) => Err(error.to_string()),
    }
}

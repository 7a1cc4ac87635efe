//! Finishing what a run left that was killed after it had committed.

use super::error::{ApplyError, Cause, Fate};
use super::prepare;
use super::record::finish_record;
use super::reload;
use crate::history::Outcome;
use crate::system::environment::Environment;
use crate::system::found::Found;
use crate::system::journal::{Direction, Journal};
use crate::system::machine::Machine;
use crate::system::outcome::Outcome as Proof;
use crate::system::proof::{self, Before};
use crate::system::state::{Applied, State};

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

/// Finishes the change of the journal, if there is one.
pub(super) fn recover(
    environment: &Environment,
    state: &State,
) -> Result<Option<Recovered>, ApplyError> {
    let Some(mut journal) = Journal::load(&state.journal()).map_err(Cause::Io)? else {
        return Ok(None);
    };
    let command = journal.command.clone();
    if journal.direction == Direction::Back {
        return withdraw(&mut journal, state, None).map(Some);
    }
    journal.commit(&mut |_| {}).map_err(Cause::Io)?;
    let machine = machine(environment, state)?;
    let outcome = match told(environment, state, &machine) {
        Ok(outcome) => outcome,
        Err(reason) => {
            let recovered = withdraw(&mut journal, state, Some(reason))?;
            if let Ok(Found::Running(master)) = reload::find(&machine) {
                let _ = master.hup();
            }
            return Ok(Some(recovered));
        }
    };
    let proven = outcome == Outcome::Proven;
    finish_record(&journal, outcome, proven).map_err(Cause::Io)?;
    journal.settle(&state.journal()).map_err(Cause::Io)?;
    Ok(Some(Recovered::Completed { command, proven }))
}

fn withdraw(
    journal: &mut Journal,
    state: &State,
    reason: Option<String>,
) -> Result<Recovered, ApplyError> {
    let failed = journal.restore(&state.journal());
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
    })
}

/// The machine of the registry that the interrupted change made.
fn machine(environment: &Environment, state: &State) -> Result<Machine, ApplyError> {
    let look = prepare::load(state)?;
    let applied = Applied::load(&state.applied()).map_err(Cause::Io)?;
    let own: Vec<_> = applied
        .as_ref()
        .and_then(|applied| applied.live.clone())
        .into_iter()
        .collect();
    let known = applied.as_ref().and_then(|applied| applied.nginx.as_ref());
    let settings = &look.registry.settings;
    Ok(
        Machine::look(settings, environment, &state.registry, known, &own)
            .map_err(Cause::Machine)?,
    )
}

/// Reloads what the interrupted run may or may not have reloaded; a second time does no harm.
fn told(environment: &Environment, state: &State, machine: &Machine) -> Result<Outcome, String> {
    let look = prepare::load(state).map_err(|error| error.to_string())?;
    let restart = look.registry.settings.restart;
    if matches!(restart, Some(crate::model::Restart::Never)) {
        return Ok(Outcome::Written);
    }
    let found = reload::find(machine).map_err(|error| error.to_string())?;
    let (Found::Running(master), Some(expected)) = (found, machine.expected()) else {
        return Ok(Outcome::Written);
    };
    let _ = environment;
    let before = Before::observe(master, &machine.error_logs).map_err(|error| error.to_string())?;
    let deadline = std::time::Duration::from_secs(60);
    let proof = proof::reload(before, &machine.pid_file, &expected, deadline, |master| {
        master.hup()
    });
    match proof.map_err(|error| error.to_string())? {
        Proof::Confirmed { .. } => Ok(Outcome::Proven),
        Proof::Failed { lines, .. } | Proof::MasterGone { lines } => Err(lines.join("\n")),
        Proof::Unverified(why) => Err(why.to_string()),
    }
}

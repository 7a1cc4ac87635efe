//! Telling nginx, and seeing that it took it.

use std::time::Duration;

use super::Options;
use super::error::{Cause, ReloadError};
use super::prepare::Prepared;
use super::report::Effect;
use super::test::{self, Passed};
use crate::model::Restart;
use crate::system::environment::Environment;
use crate::system::found::Found;
use crate::system::machine::Machine;
use crate::system::master::{Master, Sent};
use crate::system::nginx::{Nginx, run_words};
use crate::system::outcome::{Means, Outcome, Unverified};
use crate::system::proof::{self, Before};
use crate::system::restart::{Restarted, stop_and_start};

/// A reload that failed, and whether nginx may have begun to read the new files.
pub(super) struct ReloadFailure {
    pub(super) cause: Cause,
    pub(super) took_signal: bool,
}

/// Refuses a change that no reload of the running nginx can apply, unless a restart is asked for.
pub(super) fn refuse_stuck(prepared: &Prepared, options: &Options) -> Result<(), ReloadError> {
    match prepared.stuck_port {
        Some(port) if !options.restart_nginx && !prepared.never_reload => {
            match prepared.machine.master()? {
                Found::Running(_) => Err(ReloadError::NeedsRestart(port)),
                Found::NotRunning(_) | Found::Foreign(_) | Found::Hidden(_) => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Tells nginx of the new files and watches until it is known what became of it.
pub(super) fn reload(
    environment: &Environment,
    prepared: &Prepared,
    passed: Option<&Passed>,
    options: &Options,
) -> Result<Effect, ReloadFailure> {
    let untold = |cause: Cause| ReloadFailure {
        cause,
        took_signal: false,
    };
    if !prepared.changes_nginx()
        && !options.reload
        && prepared.applied.as_ref().is_some_and(|a| a.proven)
    {
        return Ok(Effect::RegistryOnly);
    }
    if !prepared.changes_nginx() && prepared.rendered.text.is_empty() && !options.reload {
        return Ok(Effect::RegistryOnly);
    }
    test::live(prepared, passed).map_err(untold)?;
    let machine = &prepared.machine;
    if prepared.stuck_port.is_some() && !prepared.never_reload {
        let stopped = |error: ReloadError| ReloadFailure {
            cause: error.into(),
            took_signal: true,
        };
        let found = machine
            .master()
            .map_err(|error| untold(ReloadError::from(error).into()))?;
        if let Found::Running(master) = found {
            return restart(machine, &master).map_err(stopped);
        }
    }
    let patience = patience(passed);
    tell(
        environment,
        machine,
        prepared.after.settings.restart.as_ref(),
        patience,
    )
    .map_err(|cause| ReloadFailure {
        took_signal: took_signal(&cause),
        cause: cause.into(),
    })
}

/// Tells the machine's nginx, as the setting `restart` has it, and watches for at most `patience`.
pub(super) fn tell(
    environment: &Environment,
    machine: &Machine,
    restart: Option<&Restart>,
    patience: Duration,
) -> Result<Effect, ReloadError> {
    let command = match restart {
        Some(Restart::Never) => return Ok(Effect::NeverReloaded),
        Some(Restart::Command(command)) => Some(command.words()),
        None => None,
    };
    match machine.master()? {
        Found::Running(master) => prove(environment, machine, master, command, patience),
        Found::NotRunning(why) if machine.nginx.is_some() => {
            Ok(Effect::NotRunning(why.to_string()))
        }
        Found::NotRunning(_) => Ok(without_nginx(environment, command)),
        Found::Foreign(why) => Ok(Effect::Unverified(format!(
            "{why}; nginx was not told to reload"
        ))),
        Found::Hidden(why) => match command {
            Some(words) => run(environment, words).map(|()| Effect::Unverified(why.to_string())),
            None => Ok(Effect::Unverified(format!(
                "{why}; nginx was not told to reload"
            ))),
        },
    }
}

/// Has nginx read the restored files after a reload of which it is not known how far it came.
pub(super) fn tell_again(environment: &Environment, prepared: &Prepared) {
    let machine = &prepared.machine;
    match (machine.master(), &prepared.after.settings.restart) {
        (Ok(Found::Running(_)), Some(Restart::Command(command))) => {
            drop(run(environment, command.words()));
        }
        (Ok(Found::Running(master)), None) => drop(master.hup()),
        // It was stopped to be started with the new files, and did not start with them.
        (Ok(Found::NotRunning(_)), _) if prepared.stuck_port.is_some() => {
            drop(machine.nginx.as_ref().map(Nginx::start));
        }
        _ => {}
    }
}

fn took_signal(cause: &ReloadError) -> bool {
    match cause {
        // nginx itself has said that it keeps the old configuration.
        ReloadError::Failed { .. } | ReloadError::NeedsRestart(_) | ReloadError::Run(_) => false,
        ReloadError::Late(_)
        | ReloadError::Gone { .. }
        | ReloadError::Command { .. }
        | ReloadError::Restart(_)
        | ReloadError::Master(_) => true,
    }
}

/// A master takes about as long to load as the test took; the rest is room for a busy machine.
fn patience(passed: Option<&Passed>) -> Duration {
    Duration::from_secs(15) + passed.map_or(Duration::ZERO, |passed| passed.tested.took * 20)
}

fn prove(
    environment: &Environment,
    machine: &Machine,
    master: Master,
    command: Option<&[String]>,
    patience: Duration,
) -> Result<Effect, ReloadError> {
    let Some(expected) = machine.expected() else {
        return Ok(Effect::RegistryOnly);
    };
    let before = Before::observe(master, &machine.error_logs)?;
    let custom = command.is_some();
    // A command that reaches no master is known by nothing happening for a while.
    let deadline = if custom {
        patience.min(Duration::from_secs(5))
    } else {
        patience
    };
    let outcome =
        proof::reload::<ReloadError>(before, &machine.pid_file, &expected, deadline, |master| {
            match command {
                Some(words) => run(environment, words).map(|()| Sent::Unknown),
                None => Ok(master.hup()?),
            }
        })?;
    match outcome {
        Outcome::Confirmed {
            workers, took, by, ..
        } => Ok(Effect::Proven {
            workers: workers.len(),
            took,
            restarted: by == Means::Restart,
        }),
        Outcome::Failed { lines, log } => Err(ReloadError::Failed {
            lines,
            log: log.map(|log| log.to_string()),
        }),
        Outcome::MasterGone { lines } => Err(ReloadError::Gone { lines }),
        Outcome::Unverified(why @ Unverified::NothingHappened { .. }) if custom => {
            Ok(Effect::Unverified(why.to_string()))
        }
        Outcome::Unverified(why) => Err(ReloadError::Late(why)),
    }
}

fn run(environment: &Environment, words: &[String]) -> Result<(), ReloadError> {
    let output = run_words(words, environment.path.as_deref())?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(ReloadError::Command {
        command: shell_words::join(words),
        code: output.status.code(),
        output: String::from_utf8_lossy(&said).trim_end().to_owned(),
    })
}

/// Without an nginx of its own to look at, mech can only do what it was told to.
fn without_nginx(environment: &Environment, command: Option<&[String]>) -> Effect {
    match command.map(|words| run(environment, words)) {
        None => Effect::NoNginx,
        Some(Ok(())) => Effect::Unverified("nginx is not installed here".to_owned()),
        Some(Err(error)) => Effect::NotRunning(format!("nginx is not installed here, and {error}")),
    }
}

fn restart(machine: &Machine, master: &Master) -> Result<Effect, ReloadError> {
    let (Some(expected), Some(nginx)) = (machine.expected(), &machine.nginx) else {
        return Ok(Effect::RegistryOnly);
    };
    let (grace, patience) = (Duration::from_secs(5), Duration::from_secs(15));
    let restarted = stop_and_start::<ReloadError>(
        master,
        &machine.pid_file,
        &expected,
        grace,
        patience,
        || {
            let output = nginx.start()?;
            if output.status.success() {
                return Ok(());
            }
            let lines = String::from_utf8_lossy(&output.stderr)
                .lines()
                .map(str::to_owned)
                .collect();
            Err(ReloadError::Failed { lines, log: None })
        },
    );
    match restarted {
        Ok(Restarted::Up { workers, took, .. }) => Ok(Effect::Proven {
            workers: workers.len(),
            took,
            restarted: true,
        }),
        Ok(Restarted::StillRunning(_)) => Err(ReloadError::Restart("it did not stop")),
        Ok(Restarted::NotUp) => Err(ReloadError::Restart("it did not come back")),
        Err(error) => Err(error),
    }
}

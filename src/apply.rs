//! The story of every change, from the lock to the history entry.
//!
//! ```text
//! lock -> finish what a crash left -> load -> change (a value) -> look at the machine -> render
//!      -> compare -> stage -> nginx -t -> journal -> commit -> reload -> proof -> settle -> unlock
//! ```
//! Until the journal is written nothing is live and leaving is enough; from then on a failure goes
//! back by the journal. [`Fate`] says which of the two it was.

mod back;
mod commit;
mod error;
mod import;
mod listen;
mod live;
mod look;
mod overrides;
mod prepare;
mod record;
mod recover;
mod reload;
mod report;
mod stage;
mod staged;
mod strays;
mod test;
mod tidy;
mod users;

pub use error::{ApplyError, Cause, Fate, LoadError, Recovered, Rejection, ReloadError, UserError};
pub use live::LiveError;
pub use look::{Look, Pending, load, look, pending};
pub use report::{Effect, ImportReport, Report, TestReport};
pub use stage::Stage;
pub use users::users_changes;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::model::{Change, SiteName, UserName};
use crate::system::archive::Archive;
use crate::system::environment::Environment;
use crate::system::journal::{Direction, Journal};
use crate::system::lock::{LockError, NewFolders, lock_file, lock_state};
use crate::system::state::State;

/// What is asked for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A change of the registry as it is.
    Change(Change),
    /// An earlier registry: before the newest entry, or after the one named.
    Rollback(Option<u64>),
    /// The predecessor's sites.
    Import {
        /// Its registry.
        file: PathBuf,
        /// Whether sites that it served and mech cannot carry are left out.
        partial: bool,
    },
    /// A user of a site gets a password, or is forgotten.
    User {
        /// The site.
        site: SiteName,
        /// The user.
        user: UserName,
        /// The hash of the password; none forgets the user.
        hash: Option<String>,
        /// Whether an unknown user may be forgotten too.
        if_exists: bool,
    },
}

/// How it is asked for.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of the command line, each on or off by itself"
)]
pub struct Options {
    /// Only say what would happen, and test it.
    pub dry_run: bool,
    /// Overwrite a hand edit of mech's own file.
    pub force: bool,
    /// Reload though nothing changed.
    pub reload: bool,
    /// Stop and start nginx where no reload can apply the change.
    pub restart_nginx: bool,
    /// How long to wait for another mech.
    pub lock_wait: Duration,
    /// The command line, for history.
    pub command: Vec<String>,
}

/// Carries out a change, or shows it with `dry_run`.
pub fn apply(
    environment: &Environment,
    state: &State,
    ask: &Ask,
    options: &Options,
    tell: &dyn Fn(&Stage),
) -> Result<Report, ApplyError> {
    let deadline = Instant::now() + options.lock_wait;
    if options.dry_run {
        return dry_run(environment, state, ask, options, tell);
    }
    let (_lock, folders) = lock_state(state, deadline)?;
    tell(&Stage::Locked { file: state.lock() });
    environment.park("locked");
    let recovered = recover::recover(environment, state)?;
    let done = carry_out(environment, state, ask, options, tell, deadline, &folders);
    match done {
        Ok(report) => Ok(Report {
            recovered,
            ..report
        }),
        Err(error) => Err(ApplyError { recovered, ..error }),
    }
}

/// The line of change, under the lock.
fn carry_out(
    environment: &Environment,
    state: &State,
    ask: &Ask,
    options: &Options,
    tell: &dyn Fn(&Stage),
    deadline: Instant,
    folders: &NewFolders,
) -> Result<Report, ApplyError> {
    let prepared = prepare::prepare(environment, state, ask, options, deadline)?;
    tell(&Stage::prepared(&prepared));
    let mut report = Report::of(&prepared);
    if prepared.is_unchanged(options) {
        return Ok(report);
    }
    reload::refuse_stuck(&prepared, options)?;
    let staged = staged::stage(&prepared, state)?;
    environment.park("staged");
    let tested = test::run(&prepared, state, staged.live.as_deref())?;
    if let Some(passed) = &tested {
        let (way, took) = (passed.tested.way, passed.tested.took);
        report.take_test(way, &passed.warnings);
        tell(&Stage::Tested { way, took });
    }
    environment.park("tested");
    live::refuse_newer(&prepared.files())?;
    prepared.users.refuse_newer()?;
    let journal = Journal {
        command: options.command.join(" "),
        direction: Direction::Forward,
        commit: prepared.steps(&staged),
        settle: record::record(&prepared, &staged, environment, state, options)?,
    };
    journal.write(&state.journal()).map_err(Cause::Io)?;
    staged.committed();
    prepared.moves.keep();
    folders.keep();
    environment.park("journaled");
    let mut commit = commit::Commit::new(journal, state);
    commit.forward(environment)?;
    tell(&Stage::Committed);
    environment.park("committed");
    let live = reload::reload(environment, &prepared, tested.as_ref(), options);
    let effect = commit.or_restore(live, &prepared, environment)?;
    environment.park("reloaded");
    match commit.settle(&effect, &prepared, environment) {
        Ok(file) => {
            let file = file.unwrap_or_default();
            report.entry = Archive::id_of(&file);
            tell(&Stage::Recorded { file });
        }
        Err(error) => report.unrecorded = Some(error.to_string()),
    }
    environment.park("settled");
    report.finish(effect, &prepared);
    report.remarks.extend(prepared.tidy(state));
    Ok(report)
}

/// Shows a change: everything up to the test, and nothing is left behind.
fn dry_run(
    environment: &Environment,
    state: &State,
    ask: &Ask,
    options: &Options,
    tell: &dyn Fn(&Stage),
) -> Result<Report, ApplyError> {
    let deadline = Instant::now() + options.lock_wait;
    // Without the privilege to lock there is none to write the files of a test either.
    let lock = state
        .folder
        .is_dir()
        .then(|| lock_file(&state.lock(), deadline))
        .transpose();
    if let Err(error @ LockError::Held { .. }) = lock {
        return Err(error.into());
    }
    recover::refuse_pending(state)?;
    let prepared = prepare::prepare(environment, state, ask, options, deadline)?;
    tell(&Stage::prepared(&prepared));
    let mut report = Report::of(&prepared);
    if !prepared.is_unchanged(options) {
        reload::refuse_stuck(&prepared, options)?;
        report.take_dry_run(test::dry_run(&prepared)?);
    }
    Ok(report)
}

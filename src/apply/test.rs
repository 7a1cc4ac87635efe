//! The test of the candidate, and what its messages mean.

use std::path::{Path, PathBuf};

use super::error::{ApplyError, Cause, Rejection};
use super::prepare::Prepared;
use super::report::TestReport;
use crate::system::diagnostics::{Message, Names, read_messages};
use crate::system::staged_test::{self, Candidate, TestError, Tested, Way};
use crate::system::state::State;

/// A test that nginx passed.
pub(super) struct Passed {
    pub(super) tested: Tested,
    pub(super) warnings: Vec<Message>,
}

/// Tests the staged file in its context; none where there is nothing to test or no nginx.
pub(super) fn run(
    prepared: &Prepared,
    state: &State,
    staged: Option<&Path>,
) -> Result<Option<Passed>, ApplyError> {
    // An import's copy, a forced reload: whatever nginx is about to read is tested.
    let nothing = prepared.rendered.text.is_empty() || prepared.is_proven();
    if !prepared.changes_nginx() && nothing {
        return Ok(None);
    }
    test(prepared, &state.folder, staged)
}

/// The same for a dry run, with files in a folder of their own that is gone afterwards.
pub(super) fn dry_run(prepared: &Prepared) -> Result<TestReport, ApplyError> {
    if !prepared.changes_nginx() {
        return Ok(TestReport::NotNeeded);
    }
    if prepared.machine.nginx.is_none() {
        return Ok(TestReport::NotTested("nginx is not installed".to_owned()));
    }
    let folder = scratch().map_err(Cause::Io)?;
    let staged = (!prepared.rendered.text.is_empty()).then(|| folder.0.join("mech.conf"));
    if let Some(staged) = &staged {
        let text = prepared.rendered.text.as_bytes();
        crate::system::files::write_new(staged, text, staged, 0o644).map_err(Cause::Io)?;
    }
    match test(prepared, &folder.0, staged.as_deref()) {
        Ok(passed) => Ok(passed.map_or(TestReport::NotNeeded, |passed| {
            TestReport::of(passed.tested.way)
        })),
        Err(error) => match unprivileged(&error) {
            Some(reason) => Ok(TestReport::NotTested(reason)),
            None => Err(error),
        },
    }
}

/// Why a failed test says nothing of the candidate: this user may not read or write what nginx must.
fn unprivileged(error: &ApplyError) -> Option<String> {
    if rustix::process::geteuid().is_root() {
        return None;
    }
    match &*error.cause {
        Cause::Rejected(rejection) => {
            let denied = |message: &&Message| {
                message.is_error() && message.text.contains("(13: Permission denied)")
            };
            let first = rejection.messages.iter().find(denied)?;
            Some(format!("this user lacks the privilege ({})", first.text))
        }
        Cause::Test(TestError::Io(error)) => Some(error.to_string()),
        _ => None,
    }
}

struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs_err::remove_dir_all(&self.0);
    }
}

fn scratch() -> std::io::Result<Scratch> {
    let base = std::env::temp_dir();
    for attempt in 0..100_u32 {
        let path = base.join(format!("mech-dry-run-{}-{attempt}", std::process::id()));
        match fs_err::create_dir(&path) {
            Ok(()) => return Ok(Scratch(path)),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(std::io::Error::other(format!(
        "no free name in `{}`",
        base.display()
    )))
}

fn test(
    prepared: &Prepared,
    folder: &Path,
    staged: Option<&Path>,
) -> Result<Option<Passed>, ApplyError> {
    let machine = &prepared.machine;
    let (Some(nginx), Some(tree)) = (&machine.nginx, &machine.tree) else {
        return Ok(None);
    };
    let mut swap = vec![(prepared.live.path.clone(), staged.map(Path::to_owned))];
    swap.extend(
        prepared
            .earlier
            .as_ref()
            .map(|earlier| (earlier.path.clone(), None)),
    );
    let replaced = prepared
        .imported
        .as_ref()
        .filter(|imported| imported.conf_text.is_some());
    swap.extend(replaced.map(|imported| (imported.conf_file.clone(), None)));
    let candidate = Candidate {
        nginx,
        tree,
        swap: &swap,
        folder,
        pid_file: &machine.pid_file,
        logs: &prepared.gathered.logs,
    };
    let tested = staged_test::run(&candidate).map_err(Cause::Test)?;
    let messages = messages(prepared, &tested.stderr, &tested.names);
    judge(tested.accepted, messages).map(|warnings| Some(Passed { tested, warnings }))
}

/// Tests what is live, after a test that could not have the context.
pub(super) fn live(prepared: &Prepared, passed: Option<&Passed>) -> Result<(), Cause> {
    let alone = passed.is_some_and(|passed| passed.tested.way == Way::Alone);
    let (Some(nginx), true) = (&prepared.machine.nginx, alone) else {
        return Ok(());
    };
    let output = nginx.test(&nginx.conf()).map_err(TestError::from)?;
    let messages = messages(prepared, &output.stderr, &[]);
    judge(output.status.success(), messages)
        .map(drop)
        .map_err(|error| *error.cause)
}

fn messages(prepared: &Prepared, stderr: &[u8], staged: &[(PathBuf, PathBuf)]) -> Vec<Message> {
    let names = Names {
        staged,
        live: &prepared.live.path,
        rendered: &prepared.rendered,
        registry: &prepared.after,
        places: &prepared.machine.places,
    };
    read_messages(stderr, &names)
}

/// Warnings where nginx is content and has not put one of mech's sites out of action.
fn judge(accepted: bool, messages: Vec<Message>) -> Result<Vec<Message>, ApplyError> {
    let ignored =
        |message: &Message| message.conflicting_name().is_some() && message.site.is_some();
    if accepted && !messages.iter().any(ignored) {
        return Ok(messages
            .into_iter()
            .filter(|message| !is_harmless(message))
            .collect());
    }
    Err(Cause::Rejected(Rejection { messages }).into())
}

/// nginx says this from a few hundred names on and works as well.
fn is_harmless(message: &Message) -> bool {
    message
        .text
        .starts_with("could not build optimal server_names_hash")
}

impl Prepared {
    /// Whether the last change was proven, so that an equal one needs no test.
    fn is_proven(&self) -> bool {
        self.applied.as_ref().is_some_and(|applied| applied.proven)
    }
}

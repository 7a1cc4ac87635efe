//! What came of a change, as values; the command line puts it into words.

use std::path::PathBuf;
use std::time::Duration;

use super::error::Recovered;
use super::prepare::{Prepared, removed_names, touched_names};
use crate::format::Remark as MechanicRemark;
use crate::history::Outcome;
use crate::model::{Registry, SiteName};
use crate::plan::FileChange;
use crate::system::diagnostics::Message;
use crate::system::facts::Remark;
use crate::system::files::exists;
use crate::system::staged_test::Way;

/// A change that was carried out, or shown.
#[derive(Debug)]
pub struct Report {
    /// The registry's file.
    pub registry: PathBuf,
    /// The registry as it is now, or would be.
    pub after: Registry,
    /// The sites that the change added or altered.
    pub touched: Vec<SiteName>,
    /// The sites that the change removed.
    pub removed: Vec<SiteName>,
    /// The history entry that was made.
    pub entry: Option<u64>,
    /// The files, as they were and as they are to be.
    pub files: Vec<FileChange>,
    /// What came of it.
    pub effect: Effect,
    /// How it was tested.
    pub test: TestReport,
    /// What nginx warned of.
    pub warnings: Vec<Message>,
    /// What a person should know.
    pub remarks: Vec<Remark>,
    /// An earlier change that was finished first.
    pub recovered: Option<Recovered>,
    /// Whether the registry had been edited by hand since it was last applied, so that this change
    /// applies the edit too.
    pub edited: bool,
    /// What an import has to say.
    pub import: Option<ImportReport>,
    /// The predecessor's file, where its last site is gone: where it is kept, and where it was read.
    pub predecessor: Option<(PathBuf, PathBuf)>,
    /// Whether a hand edit of mech's file was overwritten.
    pub overwritten: bool,
    /// Whether files of users were written or taken away, or an edit by hand was taken in.
    pub users: bool,
    /// Why the change, which is live, could not be recorded; the next run does it.
    pub unrecorded: Option<String>,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Everything was as asked for already.
    Unchanged,
    /// It was only worked out (`--dry-run`).
    Planned,
    /// nginx was seen to take it.
    Proven {
        /// How many workers now accept.
        workers: usize,
        /// From the signal to the proof.
        took: Duration,
        /// Whether nginx was stopped and started.
        restarted: bool,
    },
    /// nginx was told, and it cannot be seen whether it took it.
    Unverified(String),
    /// nginx does not run; it takes it when it starts.
    NotRunning(String),
    /// nginx is not installed.
    NoNginx,
    /// The setting `restart` is `false`.
    NeverReloaded,
    /// Nothing in it concerns nginx.
    RegistryOnly,
}

/// What is known of a change by testing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TestReport {
    /// Nothing in it concerns nginx.
    NotNeeded,
    /// nginx accepts it in the whole of its configuration.
    Passed,
    /// nginx accepts it by itself; its context could not be had.
    PassedAlone,
    /// It could not be tested.
    NotTested(String),
}

/// What an import has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportReport {
    /// How many sites were taken over.
    pub sites: usize,
    /// How many override folders were copied.
    pub overrides: usize,
    /// Where the predecessor's file is kept.
    pub kept: Option<PathBuf>,
    /// What behaves differently or was not carried.
    pub remarks: Vec<MechanicRemark>,
}

impl Report {
    /// The report of a change that is worked out and not begun.
    pub(super) fn of(prepared: &Prepared) -> Self {
        let import = prepared.imported.as_ref().map(|imported| ImportReport {
            sites: imported.taken.len(),
            overrides: prepared.moves.copied(),
            kept: imported.conf_text.is_some().then(|| {
                let name = imported.conf_file.file_name().unwrap_or_default();
                prepared.state.imported().join(name)
            }),
            remarks: imported.remarks.clone(),
        });
        let mut touched = touched_names(&prepared.before, &prepared.after);
        for name in prepared.users.touched(&prepared.after) {
            if !touched.contains(name) {
                touched.push(name.clone());
            }
        }
        let mut remarks = prepared.gathered.remarks.clone();
        remarks.extend(prepared.users.remarks(&touched, &prepared.after));
        let applied = prepared.applied.as_ref();
        let applied = applied.and_then(|applied| applied.passwords.as_deref());
        let mut files = prepared.files();
        files.extend(prepared.users.shown());
        Self {
            registry: prepared.state.registry.clone(),
            after: prepared.after.clone(),
            touched,
            removed: removed_names(&prepared.before, &prepared.after),
            entry: None,
            files,
            effect: Effect::Unchanged,
            test: TestReport::NotNeeded,
            warnings: Vec::new(),
            remarks,
            recovered: None,
            edited: prepared.is_edited(),
            import,
            predecessor: predecessor(prepared),
            overwritten: false,
            users: prepared.users.changes(applied),
            unrecorded: None,
        }
    }

    pub(super) fn take_test(&mut self, way: Way, warnings: &[Message]) {
        self.test = TestReport::of(way);
        self.warnings = warnings.to_vec();
    }

    pub(super) fn take_dry_run(&mut self, test: TestReport) {
        self.effect = Effect::Planned;
        self.test = test;
    }

    pub(super) fn finish(&mut self, effect: Effect, prepared: &Prepared) {
        self.effect = effect;
        self.overwritten = prepared.live.edited;
    }
}

/// An import is not undone by going back before it, because mech puts nobody else's files in place: this
/// is what a person then needs to know.
fn predecessor(prepared: &Prepared) -> Option<(PathBuf, PathBuf)> {
    let name = "mechanic.conf";
    let kept = prepared.state.imported().join(name);
    let gone = prepared.after.sites.is_empty() && !prepared.before.sites.is_empty();
    (gone && exists(&kept)).then(|| (kept, prepared.live.path.with_file_name(name)))
}

impl TestReport {
    pub(super) fn of(way: Way) -> Self {
        match way {
            Way::Beside | Way::Namespace => Self::Passed,
            Way::Alone => Self::PassedAlone,
        }
    }
}

impl Effect {
    /// The outcome for history.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Proven { .. } => Outcome::Proven,
            Self::Unverified(_) => Outcome::Unverified,
            Self::NotRunning(_) | Self::NoNginx | Self::NeverReloaded => Outcome::Written,
            Self::RegistryOnly | Self::Unchanged | Self::Planned => Outcome::Registry,
        }
    }
}

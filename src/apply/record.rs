//! Staging, the commit, and the record of it.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};

use super::error::{ApplyError, Cause, Fate};
use super::prepare::Prepared;
use super::reload::ReloadFailure;
use super::report::Effect;
use super::{Options, reload};
use crate::history::{Entry, Outcome};
use crate::plan::FileChange;
use crate::system::archive::Archive;
use crate::system::environment::{Environment, now};
use crate::system::files::{exists, read_optional, remove_optional, write_new};
use crate::system::journal::{Journal, Step};
use crate::system::nginx::Nginx;
use crate::system::state::{Applied, State, digest};

/// The name under which mech's file is staged; hidden, so that no include reads it.
pub(super) const STAGED: &str = ".mech.conf.staged";
const KEPT: &str = ".mech.conf.kept";
const ENTRY: &str = "entry.new";
const APPLIED: &str = "applied.new";

/// The staged files; gone with this value unless committed.
pub(super) struct Staged {
    /// mech's file, if there is to be one.
    pub(super) live: Option<PathBuf>,
    registry: PathBuf,
    /// The record of the change.
    record: RefCell<Vec<PathBuf>>,
    committed: Cell<bool>,
}

/// Where the registry is staged: beside it, under a name that a later run knows.
pub(super) fn staged_registry(state: &State) -> PathBuf {
    let name = state
        .registry
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    state.registry.with_file_name(format!(".{name}.staged"))
}

/// Where the registry from before is kept while a commit is under way.
pub(super) fn kept_registry(state: &State) -> PathBuf {
    state.folder.join("registry.kept")
}

/// Writes the new files beside their places and has them on disk.
pub(super) fn stage(prepared: &Prepared, state: &State) -> Result<Staged, ApplyError> {
    let folder = prepared
        .live
        .path
        .parent()
        .map_or_else(PathBuf::new, Path::to_owned);
    let live = (!prepared.rendered.text.is_empty()).then(|| folder.join(STAGED));
    let staged = Staged {
        live,
        registry: staged_registry(state),
        record: RefCell::default(),
        committed: Cell::new(false),
    };
    if let Some(live) = &staged.live {
        if prepared.machine.nginx.is_none() {
            // Before nginx is installed its folders may be missing; its package will find them made.
            fs_err::create_dir_all(&folder).map_err(Cause::Io)?;
        }
        let text = prepared.rendered.text.as_bytes();
        write_new(live, text, &prepared.live.path, 0o644).map_err(Cause::Io)?;
    }
    let text = prepared.after_text.as_bytes();
    write_new(&staged.registry, text, &state.registry, 0o644).map_err(Cause::Io)?;
    Ok(staged)
}

impl Staged {
    /// Moves mech's staged file beside an old one that it is to replace; whether it could be, which two
    /// file systems do not allow.
    fn move_beside(&self, old: &Path) -> bool {
        let Some(live) = &self.live else { return false };
        let place = old.with_file_name(STAGED);
        self.record.borrow_mut().push(place.clone());
        fs_err::rename(live, place).is_ok()
    }

    /// From here on the journal owns the staged files.
    pub(super) fn committed(&self) {
        self.committed.set(true);
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.committed.get() {
            let record = self.record.borrow();
            for path in self.live.iter().chain([&self.registry]).chain(&*record) {
                let _ = remove_optional(path);
            }
        }
    }
}

impl Prepared {
    /// The steps of the commit, each of which leaves a set of files that nginx accepts.
    pub(super) fn steps(&self, staged: &Staged) -> Vec<Step> {
        let target = self.live.path.clone();
        let beside = |path: &Path, name: &str| path.with_file_name(name);
        let take = |path: &Path| Step::Take {
            target: path.to_owned(),
            kept: beside(path, KEPT),
        };
        let mut steps = self.moves.begun();
        let replaced = self
            .imported
            .as_ref()
            .filter(|imported| imported.conf_text.is_some())
            .map(|imported| (imported.conf_file.clone(), ".mechanic.conf.kept"));
        let earlier = self.earlier.as_ref().map(|earlier| &earlier.path);
        if replaced.is_some() {
            steps.extend(earlier.map(|path| take(path)));
        }
        // What serves these sites now: the predecessor's file, or mech's own at its earlier place.
        let old = replaced.or_else(|| earlier.map(|path| (path.clone(), KEPT)));
        let kept = |(old, name): &(PathBuf, &str)| beside(old, name);
        match (&staged.live, old) {
            (None, old) => {
                steps.extend(old.iter().map(|old| Step::Take {
                    target: old.0.clone(),
                    kept: kept(old),
                }));
                steps.extend(self.live.text.as_ref().map(|_| take(&target)));
            }
            (Some(_), Some(old)) if staged.move_beside(&old.0) => {
                // First the old file gets the new text, then it gets the new name: no instant has both
                // texts or neither.
                steps.extend(self.live.text.as_ref().map(|_| take(&target)));
                steps.push(Step::Put {
                    target: old.0.clone(),
                    staged: beside(&old.0, STAGED),
                    kept: Some(kept(&old)),
                });
                steps.push(Step::Move {
                    from: old.0,
                    to: target,
                });
            }
            (Some(staged), old) => {
                steps.extend(old.iter().map(|old| Step::Take {
                    target: old.0.clone(),
                    kept: kept(old),
                }));
                if self.live.text.as_deref() == Some(self.rendered.text.as_str()) {
                    let _ = remove_optional(staged);
                } else {
                    let kept = self.live.text.as_ref().map(|_| beside(&target, KEPT));
                    steps.push(Step::Put {
                        target,
                        staged: staged.clone(),
                        kept,
                    });
                }
            }
        }
        steps.push(Step::Put {
            target: self.state.registry.clone(),
            staged: staged.registry.clone(),
            kept: self
                .before_text
                .as_ref()
                .map(|_| kept_registry(&self.state)),
        });
        steps.extend(self.moves.steps());
        steps
    }
}

/// Stages the history entry and what goes with it. The outcome is filled in when it is known; until
/// then the record says what is true after a crash: written, and not proven.
pub(super) fn record(
    prepared: &Prepared,
    staged_files: &Staged,
    environment: &Environment,
    state: &State,
    options: &Options,
) -> Result<Vec<Step>, ApplyError> {
    let archive = Archive::of(&state.history());
    let id = archive
        .ids()
        .map_err(Cause::Io)?
        .last()
        .map_or(1, |last| last + 1);
    let overwritten = prepared.live.text.as_ref().filter(|_| prepared.live.edited);
    let entry = Entry {
        id,
        time: now(),
        user: environment.user.clone(),
        sudo_user: environment.sudo_user.clone(),
        command: options.command.clone(),
        before: prepared
            .before_text
            .as_ref()
            .map(|text| digest(text.as_bytes())),
        after: digest(prepared.after_text.as_bytes()),
        outcome: if prepared.changes_nginx() {
            Outcome::Written
        } else {
            Outcome::Registry
        },
        overwritten: overwritten.map(|text| digest(text.as_bytes())),
        mech: env!("CARGO_PKG_VERSION").to_owned(),
    };
    let mut steps = Vec::new();
    let mut put = |name: &str, target: PathBuf, bytes: &[u8]| -> Result<(), ApplyError> {
        // Beside its place: a folder that takes no file says so now, not when the change is live.
        let staged = target.with_file_name(name);
        staged_files.record.borrow_mut().push(staged.clone());
        write_new(&staged, bytes, &target, 0o644).map_err(Cause::Io)?;
        steps.push(Step::Put {
            target,
            staged,
            kept: None,
        });
        Ok(())
    };
    let texts = prepared.before_text.iter().chain([&prepared.after_text]);
    for (name, text) in ["before.new", "after.new"].iter().rev().zip(texts.rev()) {
        let file = archive.registry_file(&digest(text.as_bytes()));
        if !exists(&file) {
            put(name, file, text.as_bytes())?;
        }
    }
    if let (Some(text), Some(digest)) = (overwritten, &entry.overwritten) {
        put(
            "edited.new",
            archive.overwritten_file(digest),
            text.as_bytes(),
        )?;
    }
    let replaced = prepared.imported.as_ref();
    if let Some(imported) = replaced.filter(|imported| imported.conf_text.is_some()) {
        fs_err::create_dir_all(state.imported()).map_err(Cause::Io)?;
        let name = imported.conf_file.file_name().unwrap_or_default();
        put(
            "imported.new",
            state.imported().join(name),
            &imported.conf_bytes,
        )?;
    }
    put(APPLIED, state.applied(), &applied(prepared, false).print())?;
    put(ENTRY, archive.entry_file(id), &print_entry(&entry))?;
    Ok(steps)
}

fn print_entry(entry: &Entry) -> Vec<u8> {
    // Plain strings, numbers and lists: printing them cannot fail.
    let mut text = serde_json::to_vec_pretty(entry).unwrap_or_default();
    text.push(b'\n');
    text
}

fn applied(prepared: &Prepared, proven: bool) -> Applied {
    let empty = prepared.rendered.text.is_empty();
    Applied {
        registry: digest(prepared.after_text.as_bytes()),
        live: (!empty).then(|| prepared.live.path.clone()),
        text: digest(prepared.rendered.text.as_bytes()),
        inputs: prepared.gathered.inputs.clone(),
        proven: proven || empty,
        nginx: prepared.machine.nginx.as_ref().and_then(Nginx::known),
        files: prepared.gathered.files.clone(),
        ipv6_only: prepared.gathered.facts.ipv6_only.iter().copied().collect(),
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

/// Fills the outcome in on the staged record.
pub(super) fn finish_record(journal: &Journal, outcome: Outcome, proven: bool) -> io::Result<()> {
    for step in &journal.settle {
        let Step::Put { staged, target, .. } = step else {
            continue;
        };
        let name = staged.file_name().and_then(|name| name.to_str());
        let Some(bytes) = read_optional(staged)? else {
            continue;
        };
        let finished = match name {
            Some(ENTRY) => serde_json::from_slice::<Entry>(&bytes)
                .ok()
                .map(|mut entry| {
                    entry.outcome = outcome;
                    print_entry(&entry)
                }),
            Some(APPLIED) => serde_json::from_slice::<Applied>(&bytes)
                .ok()
                .map(|mut applied| {
                    applied.proven |= proven;
                    applied.print()
                }),
            _ => None,
        };
        if let Some(finished) = finished.filter(|finished| *finished != bytes) {
            let whole = staged.with_extension("whole");
            write_new(&whole, &finished, target, 0o644)?;
            fs_err::rename(&whole, staged)?;
        }
    }
    Ok(())
}

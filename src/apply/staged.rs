//! The new files beside their places, and the steps that bring them there.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use super::error::{ApplyError, Cause};
use super::prepare::Prepared;
use super::users::leave_no_empty_folder;
use crate::system::files::{remove_optional, write_new};
use crate::system::journal::Step;
use crate::system::machine::STAGED_FILE;
use crate::system::state::State;

const KEPT: &str = ".mech.conf.kept";

/// The staged files; gone with this value unless committed.
pub(super) struct Staged {
    /// mech's file, if there is to be one.
    pub(super) live: Option<PathBuf>,
    registry: PathBuf,
    state: State,
    /// The record of the change.
    pub(super) record: RefCell<Vec<PathBuf>>,
    committed: Cell<bool>,
}

/// Writes the new files beside their places and has them on disk.
pub(super) fn stage(prepared: &Prepared, state: &State) -> Result<Staged, ApplyError> {
    let folder = prepared
        .live
        .path
        .parent()
        .map_or_else(PathBuf::new, Path::to_owned);
    let live = (!prepared.rendered.text.is_empty()).then(|| folder.join(STAGED_FILE));
    let staged = Staged {
        live,
        registry: state.staged_registry(),
        state: state.clone(),
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
    let written = prepared.users.stage(&mut staged.record.borrow_mut());
    written.map_err(Cause::Io)?;
    Ok(staged)
}

impl Staged {
    /// Moves mech's staged file beside an old one that it is to replace; whether it could be, which two
    /// file systems do not allow.
    fn move_beside(&self, old: &Path) -> bool {
        let Some(live) = &self.live else { return false };
        let place = old.with_file_name(STAGED_FILE);
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
            leave_no_empty_folder(&self.state);
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
        steps.extend(self.users.first_steps());
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
                    staged: beside(&old.0, STAGED_FILE),
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
            target: self.state.registry_file(),
            staged: staged.registry.clone(),
            kept: self
                .before_text
                .as_ref()
                .map(|_| self.state.kept_registry()),
        });
        steps.extend(self.moves.steps());
        steps.extend(self.users.last_steps());
        steps
    }
}

//! The folders of override files: made once for a new site, moved aside with a removed one, brought
//! back by a rollback.

use std::cell::Cell;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::error::{ApplyError, Cause};
use super::import::Imported;
use crate::model::{Registry, SiteName};
use crate::system::facts::{OVERRIDE_FILES, write_placeholder};
use crate::system::files::exists;
use crate::system::journal::{Journal, Step};
use crate::system::machine::Machine;
use crate::system::state::State;

/// Where the folders of removed sites lie, within the folder of overrides.
const REMOVED: &str = ".removed";

/// What happens to override folders in a change.
pub(super) struct Moves {
    leaving: Vec<(PathBuf, PathBuf)>,
    returning: Vec<(PathBuf, PathBuf)>,
    begun: Begun,
}

/// Where an import copies folders to before they take their places whole, within the folder of overrides.
pub(super) const IMPORTING: &str = ".importing";

/// What was done before the test, which must find it in place; undone unless kept. A journal that leads
/// back lies beside the registry meanwhile, so that a crash leaves nothing of it to a later site.
#[derive(Default)]
struct Begun {
    undo: Option<(Journal, PathBuf)>,
    copied: usize,
    importing: Option<PathBuf>,
    /// The folder of overrides, where there was none before.
    made: Option<PathBuf>,
    kept: Cell<bool>,
}

impl Moves {
    /// The moves between two registries; folders come back only with a rollback, because a new site
    /// must not inherit what an old one of its name was told.
    pub(super) fn between(
        before: &Registry,
        after: &Registry,
        machine: &Machine,
        rollback: bool,
    ) -> Self {
        let folder = &machine.places.overrides;
        let lacks = |registry: &Registry| {
            let names: std::collections::HashSet<String> = registry
                .sites
                .iter()
                .map(|site| site.name.folded())
                .collect();
            move |name: &SiteName| !names.contains(&name.folded())
        };
        let (gone, new) = (lacks(after), lacks(before));
        let leaving = before
            .sites
            .iter()
            .map(|site| &site.name)
            .filter(|name| gone(name) && folder.join(name.as_str()).is_dir())
            .map(|name| {
                let number = removed(folder, name).last().map_or(1, |(last, _)| last + 1);
                let to = folder.join(REMOVED).join(format!("{name}.{number}"));
                (folder.join(name.as_str()), to)
            })
            .collect();
        let returning = after
            .sites
            .iter()
            .map(|site| &site.name)
            .filter(|name| rollback && new(name) && !exists(&folder.join(name.as_str())))
            .filter_map(|name| Some((removed(folder, name).pop()?.1, folder.join(name.as_str()))))
            .collect();
        Self {
            leaving,
            returning,
            begun: Begun::default(),
        }
    }

    /// Does what the test must find in place; `undo` leads back and knows what else the run is to leave.
    pub(super) fn begin(
        mut self,
        imported: Option<&Imported>,
        machine: &Machine,
        state: &State,
        mut undo: Journal,
    ) -> Result<Self, ApplyError> {
        let folder = &machine.places.overrides;
        let importing = folder.join(IMPORTING);
        let copies: Vec<(PathBuf, PathBuf)> = imported
            .iter()
            .flat_map(|imported| imported.taken.iter().map(|name| (*imported, name.as_str())))
            .map(|(imported, name)| (imported.overrides.join(name), PathBuf::from(name)))
            .filter(|(from, name)| from.is_dir() && !exists(&folder.join(name)))
            .collect();
        let moved = |(from, to): &(PathBuf, PathBuf)| Step::Move {
            from: from.clone(),
            to: to.clone(),
        };
        undo.commit.extend(self.returning.iter().map(moved));
        undo.commit
            .extend(copies.iter().map(|(_, name)| Step::Move {
                from: importing.join(name),
                to: folder.join(name),
            }));
        if undo.commit.is_empty() {
            return Ok(self);
        }
        // A dry run before the first change has no place for a journal, and leaves no registry either.
        if state.folder.is_dir() {
            undo.write(&state.journal()).map_err(Cause::Io)?;
        }
        self.begun.undo = Some((undo, state.journal()));
        if !copies.is_empty() {
            self.begun.copied = copies.len();
            // What a run left that was killed while it copied is not whole.
            if exists(&importing) {
                fs::remove_dir_all(&importing).map_err(Cause::Io)?;
            }
            self.begun.importing = Some(importing.clone());
            self.begun.made = (!exists(folder)).then(|| folder.clone());
        }
        for (from, name) in &copies {
            copy_folder(from, &importing.join(name))?;
        }
        if let Some((undo, _)) = &self.begun.undo {
            undo.commit(&mut |_| {}).map_err(Cause::Io)?;
        }
        Ok(self)
    }

    /// What was begun, as steps of the commit: done already, and to be undone with it.
    pub(super) fn begun(&self) -> Vec<Step> {
        let steps = self.begun.undo.iter().flat_map(|(undo, _)| &undo.commit);
        let moves = steps.filter(|step| matches!(step, Step::Move { .. }));
        moves.cloned().collect()
    }

    /// The moves that belong to the commit.
    pub(super) fn steps(&self) -> impl Iterator<Item = Step> {
        self.leaving.iter().map(|(from, to)| Step::Move {
            from: from.clone(),
            to: to.clone(),
        })
    }

    /// How many folders an import copied.
    pub(super) fn copied(&self) -> usize {
        self.begun.copied
    }

    /// The journal of the change has taken over: what was begun stays or goes with it.
    pub(super) fn keep(&self) {
        self.begun.kept.set(true);
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if !self.kept.get()
            && let Some((undo, path)) = &mut self.undo
        {
            undo.restore(path, &mut |_| {}, || {});
        }
        if let Some(importing) = &self.importing {
            let _ = fs::remove_dir_all(importing);
        }
        if let Some(made) = self.made.as_ref().filter(|_| !self.kept.get()) {
            // Only if it is empty again.
            let _ = fs::remove_dir(made);
        }
    }
}

/// The folders that removals of this site have left, by number.
fn removed(folder: &Path, name: &SiteName) -> Vec<(u64, PathBuf)> {
    let Ok(listed) = fs::read_dir(folder.join(REMOVED)) else {
        return Vec::new();
    };
    let mut found: Vec<(u64, PathBuf)> = listed
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name();
            let (stem, number) = file.to_str()?.rsplit_once('.')?;
            (stem == name.as_str())
                .then(|| number.parse().ok().map(|number| (number, entry.path())))?
        })
        .collect();
    found.sort_unstable();
    found
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), ApplyError> {
    fs::create_dir_all(to).map_err(Cause::Io)?;
    for name in OVERRIDE_FILES {
        let source = from.join(name);
        if source.is_file() {
            fs::copy(&source, to.join(name)).map_err(Cause::Io)?;
        }
    }
    Ok(())
}

/// Makes the override files that are missing, each with a comment. They then belong to the person.
pub(super) fn create_files(names: &[SiteName], machine: &Machine) {
    for name in names {
        let folder = machine.places.overrides.join(name.as_str());
        if folder.is_dir() {
            continue;
        }
        // Without them nothing is missing but the invitation.
        if fs::create_dir_all(&folder).is_err() {
            return;
        }
        for name in OVERRIDE_FILES {
            let _ = write_placeholder(&folder.join(name));
        }
    }
}

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
use crate::system::journal::Step;
use crate::system::machine::Machine;

/// Where the folders of removed sites lie, within the folder of overrides.
const REMOVED: &str = ".removed";

/// What happens to override folders in a change.
pub(super) struct Moves {
    leaving: Vec<(PathBuf, PathBuf)>,
    returning: Vec<(PathBuf, PathBuf)>,
    begun: Begun,
}

/// What was done before the test, which must find it in place; undone unless kept.
#[derive(Default)]
struct Begun {
    moved: Vec<(PathBuf, PathBuf)>,
    copied: Vec<PathBuf>,
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

    /// Does what the test must find in place.
    pub(super) fn begin(
        mut self,
        imported: Option<&Imported>,
        machine: &Machine,
    ) -> Result<Self, ApplyError> {
        for (from, to) in &self.returning {
            fs::rename(from, to).map_err(Cause::Io)?;
            self.begun.moved.push((from.clone(), to.clone()));
        }
        let Some(imported) = imported else {
            return Ok(self);
        };
        for name in &imported.taken {
            let (from, to) = (
                imported.overrides.join(name.as_str()),
                machine.places.overrides.join(name.as_str()),
            );
            if from.is_dir() && !exists(&to) {
                self.begun.copied.push(to.clone());
                copy_folder(&from, &to)?;
            }
        }
        Ok(self)
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
        self.begun.copied.len()
    }

    /// The change is done: what was begun stays.
    pub(super) fn keep(&self) {
        self.begun.kept.set(true);
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if self.kept.get() {
            return;
        }
        for (from, to) in &self.moved {
            let _ = fs::rename(to, from);
        }
        for folder in &self.copied {
            let _ = fs::remove_dir_all(folder);
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
pub(super) fn create_files(registry: &Registry, machine: &Machine) {
    for site in &registry.sites {
        let folder = machine.places.overrides.join(site.name.as_str());
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

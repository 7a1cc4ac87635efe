//! The journal of a commit: what to do, in steps that can be done again.
//!
//! Order is everything here. The new files are staged beside their places, on disk and tested
//! *before* the journal is written; the journal's own rename is the instant of commitment. So a
//! crash before it leaves strays with names that the next run knows and removes, and a crash after it
//! leaves a list that the next run finishes. Each step looks at what is there before it acts, so
//! doing it twice does it once; each has an inverse for when the reload fails.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::files::{exists, is_absent, keep, remove_optional, replace, sync_folder};

/// One step of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// The staged file takes its place; what was there is kept until the end.
    Put {
        /// The place.
        target: PathBuf,
        /// The new file, on the same file system.
        staged: PathBuf,
        /// Where the old content is kept; none where there was no file.
        kept: Option<PathBuf>,
    },
    /// A file leaves its place and is kept until the end.
    Take {
        /// The place.
        target: PathBuf,
        /// Where it is kept.
        kept: PathBuf,
    },
    /// A file that only this run needs.
    Make {
        /// The file.
        file: PathBuf,
    },
    /// A file or folder moves to a place that is free.
    Move {
        /// From here.
        from: PathBuf,
        /// To here.
        to: PathBuf,
    },
}

/// Which way the steps are being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Towards the new state.
    Forward,
    /// Back to the old state, because the new one did not take effect.
    Back,
}

/// A commit in progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// The command that was being carried out, for people.
    pub command: String,
    /// Which way.
    pub direction: Direction,
    /// What makes the new state.
    pub commit: Vec<Step>,
    /// What records it, once it is proven.
    pub settle: Vec<Step>,
}

impl Journal {
    /// The journal that an interrupted run left, if there is one.
    pub fn load(path: &Path) -> io::Result<Option<Self>> {
        let Some(bytes) = super::files::read_optional(path)? else {
            return Ok(None);
        };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("`{}`: {error}", path.display()),
            )
        })
    }

    /// Whether the recording steps have begun, which they do once nginx has taken the change. From then
    /// on it is never taken back: what it replaced may be gone already.
    #[must_use]
    pub fn is_settling(&self) -> bool {
        self.direction == Direction::Forward
            && self.settle.iter().any(|step| match step {
                Step::Put { staged, target, .. } => !exists(staged) && exists(target),
                Step::Take { .. } | Step::Make { .. } | Step::Move { .. } => false,
            })
    }

    /// Has the journal on disk. From here on the change is committed to.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        if self.direction == Direction::Forward {
            // The content of a staged file is on disk and its name may not be: after a power cut, a step
            // without its file would look like one that is done.
            sync_folders(self.commit.iter().chain(&self.settle))?;
            // What a power cut has left of an earlier commit must not be taken for what this one keeps.
            for kept in self.commit.iter().filter_map(Step::kept) {
                remove_optional(kept)?;
            }
        }
        let text = serde_json::to_vec_pretty(self)?;
        replace(path, &text, 0o644)?;
        path.parent().map_or(Ok(()), sync_folder)
    }

    /// Does the commit's steps and has them on disk.
    pub fn commit(&self, between: &mut dyn FnMut(usize)) -> io::Result<()> {
        forward(&self.commit, between)
    }

    /// Does the recording steps, then lets go of what was kept and of the journal itself.
    pub fn settle(&self, path: &Path, between: &mut dyn FnMut(usize)) -> io::Result<()> {
        forward(&self.settle, between)?;
        for step in self.commit.iter().chain(&self.settle) {
            if let Some(kept) = step.kept() {
                remove_optional(kept)?;
            }
        }
        remove_optional(path)?;
        path.parent().map_or(Ok(()), sync_folder)
    }

    /// Undoes the commit's steps in reverse and forgets the recording ones. Goes on past a step that
    /// fails; returns those that did, with the reason. Where none did, `tell` is called before the journal
    /// goes: a crash must not leave an nginx that has read the files that are gone and nobody who knows.
    pub fn restore(
        &mut self,
        path: &Path,
        between: &mut dyn FnMut(usize),
        tell: impl FnOnce(),
    ) -> Vec<(PathBuf, io::Error)> {
        self.direction = Direction::Back;
        let mut failed = Vec::new();
        // On a full disk the turn cannot be noted; without a crash it need not be.
        let noted = self.write(path);
        for (at, step) in self.commit.iter().rev().enumerate() {
            between(at);
            if let Err(error) = step.undo() {
                failed.push((step.place().to_owned(), error));
            }
        }
        if let (Err(error), false) = (noted, failed.is_empty()) {
            failed.push((path.to_owned(), error));
        }
        for step in &self.settle {
            if let Step::Put { staged, .. } = step {
                let _ = remove_optional(staged);
            }
        }
        if failed.is_empty() {
            let synced = sync_folders(&self.commit);
            tell();
            between(self.commit.len());
            let gone = synced.and_then(|()| remove_optional(path).map(drop));
            if let Err(error) = gone {
                failed.push((path.to_owned(), error));
            }
        }
        failed
    }
}

fn forward(steps: &[Step], between: &mut dyn FnMut(usize)) -> io::Result<()> {
    for (at, step) in steps.iter().enumerate() {
        step.act()?;
        between(at);
    }
    sync_folders(steps)
}

fn sync_folders<'a>(steps: impl IntoIterator<Item = &'a Step>) -> io::Result<()> {
    let mut folders: Vec<&Path> = steps.into_iter().flat_map(Step::folders).collect();
    folders.sort_unstable();
    folders.dedup();
    folders
        .into_iter()
        .filter(|folder| exists(folder))
        .try_for_each(sync_folder)
}

impl Step {
    fn act(&self) -> io::Result<()> {
        match self {
            Self::Put {
                target,
                staged,
                kept,
            } => {
                if !exists(staged) {
                    return Ok(());
                }
                if let Some(kept) = kept
                    && exists(target)
                    && !exists(kept)
                {
                    keep(target, kept)?;
                }
                fs::rename(staged, target)
            }
            Self::Take { target, kept } => rename_if_there(target, kept),
            Self::Make { .. } => Ok(()),
            Self::Move { from, to } => {
                if exists(to) {
                    return Ok(());
                }
                make_parent(to)?;
                rename_if_there(from, to)
            }
        }
    }

    fn undo(&self) -> io::Result<()> {
        match self {
            Self::Put {
                target,
                staged,
                kept,
            } => {
                if remove_optional(staged)? {
                    // It never took its place.
                    return kept
                        .as_deref()
                        .map_or(Ok(()), |kept| remove_optional(kept).map(drop));
                }
                match kept {
                    Some(kept) => {
                        rename_if_there(kept, target)?;
                        // Renaming does nothing where both names are of one file already.
                        remove_optional(kept).map(drop)
                    }
                    None => remove_optional(target).map(drop),
                }
            }
            Self::Take { target, kept } => rename_if_there(kept, target),
            Self::Make { file } => remove_optional(file).map(drop),
            Self::Move { from, to } => {
                if exists(from) {
                    return Ok(());
                }
                make_parent(from)?;
                rename_if_there(to, from)
            }
        }
    }

    fn place(&self) -> &Path {
        match self {
            Self::Put { target, .. } | Self::Take { target, .. } => target,
            Self::Make { file } => file,
            Self::Move { to, .. } => to,
        }
    }

    fn kept(&self) -> Option<&Path> {
        match self {
            Self::Put { kept, .. } => kept.as_deref(),
            Self::Take { kept, .. } => Some(kept),
            Self::Make { .. } | Self::Move { .. } => None,
        }
    }

    fn folders(&self) -> impl Iterator<Item = &Path> {
        let both = match self {
            Self::Put { target, .. } | Self::Take { target, .. } => [target.parent(), None],
            Self::Make { file } => [file.parent(), None],
            Self::Move { from, to } => [from.parent(), to.parent()],
        };
        both.into_iter().flatten()
    }
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if is_absent(&error) && !exists(from) => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::{Direction, Journal, Step};
    use std::path::Path;

    fn world() -> (tempfile::TempDir, Journal) {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        for (name, text) in [
            ("a", "old a"),
            ("a.new", "new a"),
            ("b.new", "new b"),
            ("c", "old c"),
            ("h.new", "entry"),
        ] {
            fs_err::write(at(name), text).unwrap();
        }
        fs_err::create_dir(at("d")).unwrap();
        let commit = vec![
            Step::Put {
                target: at("a"),
                staged: at("a.new"),
                kept: Some(at("a.old")),
            },
            Step::Put {
                target: at("b"),
                staged: at("b.new"),
                kept: None,
            },
            Step::Take {
                target: at("c"),
                kept: at("c.old"),
            },
            Step::Move {
                from: at("d"),
                to: at("removed/d"),
            },
        ];
        let settle = vec![Step::Put {
            target: at("h"),
            staged: at("h.new"),
            kept: None,
        }];
        let journal = Journal {
            command: "test".into(),
            direction: Direction::Forward,
            commit,
            settle,
        };
        (dir, journal)
    }

    fn picture(dir: &Path) -> Vec<(String, String)> {
        let mut all: Vec<_> = fs_err::read_dir(dir)
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let text =
                    fs_err::read_to_string(entry.path()).unwrap_or_else(|_| "(folder)".into());
                (entry.file_name().to_string_lossy().into_owned(), text)
            })
            .collect();
        all.sort();
        all
    }

    fn named(names: &[(&str, &str)]) -> Vec<(String, String)> {
        names
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    }

    #[test]
    fn commits_and_settles_without_leftovers_however_often() {
        let (dir, journal) = world();
        let file = dir.path().join("journal");
        journal.write(&file).unwrap();
        for _ in 0..2 {
            journal.commit(&mut |_| {}).unwrap();
            journal.settle(&file, &mut |_| {}).unwrap();
        }
        assert_eq!(
            picture(dir.path()),
            named(&[
                ("a", "new a"),
                ("b", "new b"),
                ("h", "entry"),
                ("removed", "(folder)")
            ])
        );
    }

    #[test]
    fn what_a_power_cut_left_of_an_earlier_commit_is_not_restored() {
        let (dir, mut journal) = world();
        fs_err::write(dir.path().join("a.old"), "older a").unwrap();
        let file = dir.path().join("journal");
        journal.write(&file).unwrap();
        journal.commit(&mut |_| {}).unwrap();
        assert!(journal.restore(&file, &mut |_| {}, || {}).is_empty());
        assert!(picture(dir.path()).contains(&("a".into(), "old a".into())));
    }

    #[test]
    fn is_settling_from_its_first_recording_step_on() {
        let (dir, journal) = world();
        let file = dir.path().join("journal");
        assert!(!journal.is_settling());
        journal.commit(&mut |_| {}).unwrap();
        assert!(!journal.is_settling());
        journal.settle(&file, &mut |_| {}).unwrap();
        assert!(journal.is_settling());
    }

    #[test]
    fn restores_what_was_from_after_any_step() {
        for stop in 0..5 {
            let (dir, mut journal) = world();
            let file = dir.path().join("journal");
            let all = journal.commit.clone();
            journal.commit.truncate(stop);
            journal.commit(&mut |_| {}).unwrap();
            journal.commit = all;
            assert!(journal.restore(&file, &mut |_| {}, || {}).is_empty());
            // Once more, as after a crash in the middle of it.
            assert!(journal.restore(&file, &mut |_| {}, || {}).is_empty());
            let mut left = picture(dir.path());
            left.retain(|(name, _)| name != "removed");
            assert_eq!(
                left,
                named(&[("a", "old a"), ("c", "old c"), ("d", "(folder)")]),
                "after {stop}"
            );
        }
    }

    #[test]
    fn restores_once_more_from_between_its_own_steps() {
        let (dir, mut journal) = world();
        let at = |name: &str| dir.path().join(name);
        // Killed after the staged file went and before the kept one did: `a` and `a.old` are one file.
        super::keep(&at("a"), &at("a.old")).unwrap();
        fs_err::remove_file(at("a.new")).unwrap();
        journal.commit.truncate(1);
        let file = at("journal");
        assert!(journal.restore(&file, &mut |_| {}, || {}).is_empty());
        assert_eq!(fs_err::read_to_string(at("a")).unwrap(), "old a");
        assert!(!at("a.old").exists() && !file.exists());
    }

    #[test]
    fn restores_though_there_is_no_room_to_say_so() {
        let (dir, mut journal) = world();
        journal.commit(&mut |_| {}).unwrap();
        let nowhere = dir.path().join("missing/journal");
        assert!(journal.restore(&nowhere, &mut |_| {}, || {}).is_empty());
        let text = fs_err::read_to_string(dir.path().join("a")).unwrap();
        assert_eq!(text, "old a");
    }

    #[test]
    fn restoring_goes_on_past_a_step_that_fails() {
        let (dir, mut journal) = world();
        journal.commit(&mut |_| {}).unwrap();
        // Something else now stands where the folder was, and cannot be replaced by it.
        fs_err::remove_file(dir.path().join("c.old")).unwrap();
        fs_err::create_dir(dir.path().join("c.old")).unwrap();
        fs_err::create_dir_all(dir.path().join("c/full")).unwrap();
        let told = std::cell::Cell::new(false);
        let file = dir.path().join("journal");
        let failed = journal.restore(&file, &mut |_| {}, || told.set(true));
        assert!(!told.get(), "nginx is not told of files that are not back");
        assert_eq!(failed.len(), 1);
        assert_eq!(
            fs_err::read_to_string(dir.path().join("a")).unwrap(),
            "old a"
        );
        assert!(
            dir.path().join("journal").exists(),
            "the journal stays for the next try"
        );
    }
}

//! Pictures of folders, byte by byte, and what changed between two of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

/// Ends of names that a finished run must not leave behind.
const STRAY_ENDS: &[&str] = &[
    ".tmp", ".temp", ".new", ".old", ".bak", ".orig", ".part", ".staged", ".swp", "~",
];

/// Folders as they are at one moment: paths, modes, contents and link targets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snapshot {
    entries: BTreeMap<PathBuf, Entry>,
}

#[derive(Clone, Debug, PartialEq)]
enum Entry {
    Folder {
        mode: u32,
    },
    File {
        mode: u32,
        content: Vec<u8>,
    },
    Link {
        target: PathBuf,
    },
    /// A socket, a pipe or a device.
    Other,
}

impl Snapshot {
    /// Everything in `folders`; a folder that is not there is part of the picture.
    pub(crate) fn of(folders: &[&Path]) -> Self {
        Self::ignoring(folders, &[])
    }

    /// Everything in `folders` but entries called as in `ignored` (`*.lock` means every name with that end), and what
    /// is below them.
    pub(crate) fn ignoring(folders: &[&Path], ignored: &[&str]) -> Self {
        let mut entries = BTreeMap::new();
        for folder in folders {
            visit(folder, &mut |path, name| {
                let skip = ignored.iter().any(|of| match of.strip_prefix('*') {
                    Some(end) => name.ends_with(end),
                    None => name == *of,
                });
                if !skip {
                    entries.insert(path.to_owned(), Entry::at(path));
                }
                !skip
            });
        }
        Self { entries }
    }

    /// Claims that `now` shows the same, or fails with the differences.
    #[track_caller]
    pub(crate) fn assert_same(&self, now: &Self) {
        let differences = self.differences(now);
        assert!(
            differences.is_empty(),
            "the folders have changed:\n{differences}"
        );
    }

    /// What changed from this picture to `now`, for people; empty where nothing did.
    pub(crate) fn differences(&self, now: &Self) -> String {
        let mut text = String::new();
        for (path, before) in &self.entries {
            match now.entries.get(path) {
                None => writeln!(text, "removed: {}", path.display()).unwrap(),
                Some(after) if after != before => {
                    writeln!(
                        text,
                        "changed: {}\n{}",
                        path.display(),
                        before.changes(after)
                    )
                    .unwrap();
                }
                Some(_) => {}
            }
        }
        for (path, after) in &now.entries {
            if !self.entries.contains_key(path) {
                writeln!(text, "created: {}\n{}", path.display(), after.in_words()).unwrap();
            }
        }
        text
    }
}

impl Entry {
    fn at(path: &Path) -> Self {
        let about = fs::symlink_metadata(path).unwrap();
        let mode = about.permissions().mode() & 0o7777;
        if about.is_dir() {
            Self::Folder { mode }
        } else if about.is_file() {
            Self::File {
                mode,
                content: fs::read(path).unwrap(),
            }
        } else if about.is_symlink() {
            Self::Link {
                target: fs::read_link(path).unwrap(),
            }
        } else {
            Self::Other
        }
    }

    fn changes(&self, after: &Self) -> String {
        match (self, after) {
            (
                Self::File {
                    mode: before,
                    content: a,
                },
                Self::File {
                    mode: now,
                    content: b,
                },
            ) => {
                let mode = if before == now {
                    String::new()
                } else {
                    format!("mode {before:o} -> {now:o}\n")
                };
                let (a, b) = (String::from_utf8_lossy(a), String::from_utf8_lossy(b));
                format!(
                    "{mode}{}",
                    TextDiff::from_lines(a.as_ref(), b.as_ref())
                        .unified_diff()
                        .context_radius(2)
                )
            }
            _ => format!("{} -> {}", self.in_words(), after.in_words()),
        }
    }

    fn in_words(&self) -> String {
        match self {
            Self::Folder { mode } => format!("folder, mode {mode:o}"),
            Self::File { mode, content } => format!(
                "file, mode {mode:o}:\n{:.1000}",
                String::from_utf8_lossy(content)
            ),
            Self::Link { target } => format!("link to {}", target.display()),
            Self::Other => "special file".to_owned(),
        }
    }
}

/// Claims that `folders` hold no file that a finished run should have removed: none that begins with `.mech`, none
/// that ends as temporary files and backups do.
#[track_caller]
pub(crate) fn no_stray_files(folders: &[&Path]) {
    let mut strays = Vec::new();
    for folder in folders {
        visit(folder, &mut |path, name| {
            if path.is_file()
                && (name.starts_with(".mech") || STRAY_ENDS.iter().any(|end| name.ends_with(end)))
            {
                strays.push(path.to_owned());
            }
            true
        });
    }
    assert!(strays.is_empty(), "stray files: {strays:#?}");
}

/// Calls `see` with `path` and everything below; below an entry only where `see` says so.
fn visit(path: &Path, see: &mut impl FnMut(&Path, &str) -> bool) {
    if fs::symlink_metadata(path).is_err() {
        return;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !see(path, &name) || path.is_symlink() || !path.is_dir() {
        return;
    }
    for entry in fs::read_dir(path).unwrap() {
        visit(&entry.unwrap().path(), see);
    }
}

//! History on disk: one file an entry, one file a registry, plain JSON all of it.
//!
//! `000012.json` is entry 12. A registry is stored once under the digest of its text, however many
//! entries have it before or after them.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::files::{is_absent, read_optional, remove_optional};
use crate::history::{Entry, expired};

/// The folder of history.
#[derive(Clone, Debug)]
pub struct Archive {
    folder: PathBuf,
}

/// Why history could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// A file.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// An entry that is not mech's, or was edited.
    #[error("the history entry `{}` cannot be read: {error}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: serde_json::Error,
    },
    /// No such entry.
    #[error("there is no history entry {0}")]
    Unknown(u64),
    /// An entry's registry is gone.
    #[error("the registry of history entry {0} is not there any more")]
    Gone(u64),
    /// What an entry knew of users is gone.
    #[error("the users of history entry {0} are not there any more")]
    UsersGone(u64),
}

impl Archive {
    /// The history in this folder.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The file of an entry.
    #[must_use]
    pub fn entry_file(&self, id: u64) -> PathBuf {
        self.folder.join(format!("{id:06}.json"))
    }

    /// The id of the entry in a file of that name.
    #[must_use]
    pub fn id_of(file: &Path) -> Option<u64> {
        file.file_stem()?.to_str()?.parse().ok()
    }

    /// The file of a registry with this digest.
    #[must_use]
    pub fn registry_file(&self, digest: &str) -> PathBuf {
        self.folder.join(format!(
            "registry-{}.json",
            digest.get(..16).unwrap_or(digest)
        ))
    }

    /// The folder of all files of users as entries knew them, for nobody but their owner.
    #[must_use]
    pub fn passwords_folder(&self) -> PathBuf {
        self.folder.join("passwords")
    }

    /// The file with all files of users of this digest.
    #[must_use]
    pub fn passwords_file(&self, digest: &str) -> PathBuf {
        let short = digest.get(..16).unwrap_or(digest);
        self.passwords_folder().join(format!("{short}.json"))
    }

    /// All files of users as an entry knew them, as one text.
    pub fn passwords(&self, id: u64, digest: &str) -> Result<String, ArchiveError> {
        let found = read_optional(&self.passwords_file(digest))?;
        let bytes = found.ok_or(ArchiveError::UsersGone(id))?;
        String::from_utf8(bytes).map_err(|_| ArchiveError::UsersGone(id))
    }

    /// The file of a hand-edited text that was overwritten.
    #[must_use]
    pub fn overwritten_file(&self, digest: &str) -> PathBuf {
        self.folder.join(format!(
            "edited-{}.conf",
            digest.get(..16).unwrap_or(digest)
        ))
    }

    /// All ids, oldest first.
    pub fn ids(&self) -> io::Result<Vec<u64>> {
        let listed = match fs::read_dir(&self.folder) {
            Ok(listed) => listed,
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut ids = Vec::new();
        for found in listed {
            let name = found?.file_name();
            let id = name
                .to_str()
                .and_then(|name| name.strip_suffix(".json"))
                .map(str::parse::<u64>);
            ids.extend(id.and_then(Result::ok));
        }
        ids.sort_unstable();
        Ok(ids)
    }

    /// One entry.
    pub fn entry(&self, id: u64) -> Result<Entry, ArchiveError> {
        let path = self.entry_file(id);
        let bytes = read_optional(&path)?.ok_or(ArchiveError::Unknown(id))?;
        serde_json::from_slice(&bytes).map_err(|error| ArchiveError::Entry { path, error })
    }

    /// The text of an entry's registry.
    pub fn registry(&self, id: u64, digest: &str) -> Result<String, ArchiveError> {
        let bytes = read_optional(&self.registry_file(digest))?.ok_or(ArchiveError::Gone(id))?;
        String::from_utf8(bytes).map_err(|_| ArchiveError::Gone(id))
    }

    /// Whether the number or the oldest entry calls for reading all of them.
    fn may_prune(&self, now: u64, most: usize, age: u64) -> bool {
        let ids = self.ids().unwrap_or_default();
        let oldest = ids.first().and_then(|id| self.entry(*id).ok());
        ids.len() > most || oldest.is_some_and(|entry| now.saturating_sub(entry.time) > age)
    }

    /// Lets go of what is too old or too much. A failure is not worth failing a finished change for;
    /// the next change tries again.
    pub fn prune(&self, now: u64, most: usize, age: u64) {
        if !self.may_prune(now, most, age) {
            return;
        }
        let ids = self.ids().unwrap_or_default();
        let entries: Vec<Entry> = ids
            .into_iter()
            .filter_map(|id| self.entry(id).ok())
            .collect();
        let times: Vec<(u64, u64)> = entries.iter().map(|entry| (entry.id, entry.time)).collect();
        let gone = expired(&times, now, most, age);
        if gone.is_empty() {
            return;
        }
        let (old, kept): (Vec<Entry>, Vec<Entry>) =
            entries.into_iter().partition(|e| gone.contains(&e.id));
        let files = |entry: &Entry| -> Vec<PathBuf> {
            let registries = entry
                .before
                .iter()
                .chain([&entry.after])
                .map(|d| self.registry_file(d));
            let users = entry.passwords_before.iter().chain(&entry.passwords_after);
            registries
                .chain(users.map(|d| self.passwords_file(d)))
                .chain(entry.overwritten.iter().map(|d| self.overwritten_file(d)))
                .collect()
        };
        let needed: Vec<PathBuf> = kept.iter().flat_map(files).collect();
        for entry in &old {
            let _ = remove_optional(&self.entry_file(entry.id));
            for file in files(entry).iter().filter(|file| !needed.contains(file)) {
                let _ = remove_optional(file);
            }
        }
    }
}

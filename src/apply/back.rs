//! What a rollback goes back to.

use super::error::{ApplyError, Cause, LoadError};
use crate::format::{PasswordFiles, read_password_files, read_registry};
use crate::model::Registry;
use crate::system::archive::{Archive, ArchiveError};
use crate::system::state::State;

/// An earlier state, by its digests.
pub(super) struct Goal {
    archive: Archive,
    id: u64,
    registry: Option<String>,
    passwords: Option<String>,
}

impl Goal {
    /// The state after an entry; without one the state before the newest.
    pub(super) fn of(state: &State, entry: Option<u64>) -> Result<Self, ApplyError> {
        let archive = Archive::of(&state.history());
        let newest = archive.ids().map_err(Cause::Io)?.last().copied();
        let id = entry.or(newest).unwrap_or(0);
        let found = archive.entry(id)?;
        let (registry, passwords) = if entry.is_some() {
            (Some(found.after), found.passwords_after)
        } else {
            (found.before, found.passwords_before)
        };
        Ok(Self {
            archive,
            id,
            registry,
            passwords,
        })
    }

    pub(super) fn registry(&self) -> Result<Registry, ApplyError> {
        let Some(digest) = &self.registry else {
            return Ok(Registry::default());
        };
        let text = self.archive.registry(self.id, digest)?;
        let refused = |error| LoadError::Format {
            path: self.archive.registry_file(digest),
            error,
            snapshot: None,
        };
        Ok(read_registry(&text).map_err(refused)?.registry)
    }

    pub(super) fn passwords(&self) -> Result<PasswordFiles, ApplyError> {
        let Some(digest) = &self.passwords else {
            return Ok(PasswordFiles::new());
        };
        let text = self.archive.passwords(self.id, digest)?;
        let path = self.archive.passwords_file(digest);
        Ok(read_password_files(&text).map_err(|error| ArchiveError::Entry { path, error })?)
    }
}

//! The registry as it is, and what is pending between it and the machine.

use std::io;
use std::path::PathBuf;

use super::error::LoadError;
use crate::format::{FormatError, read_registry};
use crate::model::Registry;
use crate::system::archive::Archive;
use crate::system::files::{exists, read_optional};
use crate::system::lock::is_locked;
use crate::system::state::{Applied, State, digest};
/// A registry with its text.
#[derive(Debug)]
pub struct Look {
    /// The registry.
    pub registry: Registry,
    /// Its text; none where there is no file yet.
    pub text: Option<String>,
    /// The version of the file where a newer mech wrote it.
    pub newer: Option<u64>,
}

/// What differs between a registry and what was last applied of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pending {
    /// A change was interrupted; the next changing command finishes it.
    Interrupted,
    /// The registry was edited by hand; `mech refresh` applies it.
    Edited,
    /// Another mech is at it this moment.
    Underway,
}

/// Loads a registry for reading.
pub fn look(state: &State) -> Result<Look, LoadError> {
    let Some(bytes) = read_optional(&state.registry)? else {
        // A checkout that is not mounted is no registry without sites.
        if exists(&state.registry) {
            let what = format!("`{}` is a link to nothing", state.registry.display());
            return Err(io::Error::new(io::ErrorKind::NotFound, what).into());
        }
        return Ok(Look {
            registry: Registry::default(),
            text: None,
            newer: None,
        });
    };
    let text = String::from_utf8(bytes).map_err(|_| LoadError::Text(state.registry.clone()))?;
    match read_registry(&text) {
        Ok(loaded) => Ok(Look {
            registry: loaded.registry,
            text: Some(text),
            newer: loaded.newer,
        }),
        Err(error) => {
            let snapshot = match &error {
                FormatError::Text { .. } | FormatError::Conflict(_) => snapshot(state),
                FormatError::NoVersion | FormatError::Newer { .. } => None,
            };
            Err(LoadError::Format {
                path: state.registry.clone(),
                error,
                snapshot,
            })
        }
    }
}

/// Loads a registry for changing it.
pub fn load(state: &State) -> Result<Look, LoadError> {
    let look = look(state)?;
    match look.newer {
        Some(found) => Err(LoadError::Newer {
            path: state.registry.clone(),
            found,
        }),
        None => Ok(look),
    }
}

/// What is pending between a registry and the machine, if anything.
#[must_use]
pub fn pending(state: &State, look: &Look) -> Option<Pending> {
    let found = difference(state, look)?;
    Some(if is_locked(&state.lock()) {
        Pending::Underway
    } else {
        found
    })
}

fn difference(state: &State, look: &Look) -> Option<Pending> {
    if state.journal().exists() {
        return Some(Pending::Interrupted);
    }
    let applied = Applied::load(&state.applied()).ok().flatten()?;
    let same = look
        .text
        .as_ref()
        .is_some_and(|text| digest(text.as_bytes()) == applied.registry);
    (!same).then_some(Pending::Edited)
}

pub(super) fn snapshot(state: &State) -> Option<PathBuf> {
    let archive = Archive::of(&state.history());
    let newest = archive.entry(*archive.ids().ok()?.last()?).ok()?;
    let file = archive.registry_file(&newest.after);
    file.is_file().then_some(file)
}

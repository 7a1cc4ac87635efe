//! mech's own file as it is now: its own work, a person's edit, or somebody else's file.

use std::io;
use std::path::{Path, PathBuf};

use crate::plan::{FileChange, unified};
use crate::system::files::read_optional;
use crate::system::state::{Applied, digest};

/// What lies at mech's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Live {
    /// The place.
    pub(super) path: PathBuf,
    /// The text; none where there is no file.
    pub(super) text: Option<String>,
    /// Whether it is not what mech last wrote there.
    pub(super) edited: bool,
}

/// Why mech's file was not overwritten.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Not mech's.
    #[error("`{}` is there and is not mech's own work", .0.display())]
    Foreign(PathBuf),
    /// Another registry renders to it.
    #[error("`{}` belongs to another registry, `{owner}`: two registries cannot render to one folder", path.display())]
    OtherRegistry {
        /// The file.
        path: PathBuf,
        /// The registry that its header names.
        owner: String,
    },
    /// A person has edited it.
    #[error("`{}` was edited by hand, and this change would overwrite the edit", path.display())]
    Edited {
        /// The file.
        path: PathBuf,
        /// From what mech wrote to what is there.
        diff: String,
    },
    /// nginx has no configuration to include it.
    #[error("nginx's main configuration file, `{}`, is not there", .0.display())]
    NoMain(PathBuf),
    /// nginx would not read it.
    #[error("`{}` does not include `{}`, so nothing that mech writes there would take effect", main.display(), file.display())]
    NotIncluded {
        /// The main configuration file.
        main: PathBuf,
        /// mech's file.
        file: PathBuf,
    },
}

/// Refuses to overwrite what somebody else has written since it was read: a test may take seconds.
pub(super) fn refuse_newer(files: &[FileChange]) -> Result<(), LiveError> {
    for file in files {
        let now = read_optional(&file.path)?;
        let now = now.as_deref().map(String::from_utf8_lossy);
        if now.as_deref() != file.before.as_deref() {
            let name = file.path.display();
            let error = format!("`{name}` was changed by somebody else at this moment; try again");
            return Err(io::Error::other(error).into());
        }
    }
    Ok(())
}

const OWNER: &str = "# registry: ";

impl Live {
    /// Reads mech's file at `path`.
    pub(super) fn read(path: &Path, applied: Option<&Applied>) -> Result<Self, LiveError> {
        let text = read_optional(path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let ours = |text: &String| {
            applied.is_some_and(|a| {
                a.live.as_deref() == Some(path) && a.text == digest(text.as_bytes())
            })
        };
        let edited = text.as_ref().is_some_and(|text| !ours(text));
        Ok(Self {
            path: path.to_owned(),
            text,
            edited,
        })
    }

    /// Refuses to overwrite what is not mech's own work for this registry. `expected` is what the
    /// registry before the change renders to, `wanted` what it is to become.
    pub(super) fn check(
        &self,
        registry: &Path,
        expected: Option<&str>,
        wanted: &str,
        force: bool,
    ) -> Result<(), LiveError> {
        let Some(text) = &self.text else {
            return Ok(());
        };
        let owner = text
            .lines()
            .take(10)
            .find_map(|line| line.strip_prefix(OWNER));
        match owner {
            None if force || text.as_str() == wanted => Ok(()),
            None => Err(LiveError::Foreign(self.path.clone())),
            Some(owner) if Path::new(owner) != registry => Err(LiveError::OtherRegistry {
                path: self.path.clone(),
                owner: owner.to_owned(),
            }),
            Some(_) if !self.edited || force => Ok(()),
            Some(_) if text.as_str() == wanted || Some(text.as_str()) == expected => Ok(()),
            Some(_) => {
                let diff = unified(expected.unwrap_or(wanted), text, &self.path, &self.path);
                Err(LiveError::Edited {
                    path: self.path.clone(),
                    diff,
                })
            }
        }
    }
}

//! Absolute paths of the file system.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// An absolute path without control characters, at most 1,024 bytes, kept as the person wrote it.
///
/// Spaces, quotes, `$`, `;` and braces are allowed: the writer of nginx text quotes them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AbsolutePath(String);

/// Why a path was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum AbsolutePathError {
    /// It does not begin with `/`.
    #[error("an absolute path is expected, one that begins with `/`")]
    Relative,
    /// It holds a control character.
    #[error("a path holds no control character (`{}`)", .0.escape_debug())]
    Control(char),
    /// It is longer than 1,024 bytes.
    #[error("a path has at most 1024 bytes, this one has {0}")]
    Long(usize),
}

impl AbsolutePath {
    /// The path as the person wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path for the file system.
    #[must_use]
    pub fn as_path(&self) -> &Path {
        Path::new(&self.0)
    }
}

impl FromStr for AbsolutePath {
    type Err = AbsolutePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with('/') {
            return Err(AbsolutePathError::Relative);
        }
        if let Some(bad) = text.chars().find(|c| c.is_control()) {
            return Err(AbsolutePathError::Control(bad));
        }
        if text.len() > 1024 {
            return Err(AbsolutePathError::Long(text.len()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for AbsolutePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

//! What of a site is files.

use std::fmt;
use std::str::FromStr;

use super::{AbsolutePath, AbsolutePathError, PathError, UrlPath};

/// A folder of files for the requests below a path, written `/PATH:/FOLDER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticPath {
    /// The path.
    pub path: UrlPath,
    /// The folder.
    pub folder: AbsolutePath,
}

/// Why one was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum StaticPathError {
    /// No colon.
    #[error("a path and a folder are expected, such as /assets:/srv/assets")]
    Colon,
    /// The path.
    #[error("{0}")]
    Path(#[from] PathError),
    /// The folder.
    #[error("{0}")]
    Folder(#[from] AbsolutePathError),
}

/// Where pages lie that an app has rendered before they are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prerendered {
    /// Beside the other files: `/about` is `about.html` or `about/index.html`.
    Beside,
    /// And below a path of the static folder: `/about` may be `cache/about.html` too.
    Below(UrlPath),
}

/// Text that is neither.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PrerenderedError {
    /// Neither yes nor a path.
    #[error("expected true, or a path of the static folder such as /cache")]
    Word,
    /// The path.
    #[error("{0}")]
    Path(#[from] PathError),
}

impl FromStr for StaticPath {
    type Err = StaticPathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (path, folder) = text.split_once(':').ok_or(StaticPathError::Colon)?;
        Ok(Self {
            path: path.trim().parse()?,
            folder: folder.parse()?,
        })
    }
}

impl fmt::Display for StaticPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path.as_str(), self.folder)
    }
}

impl FromStr for Prerendered {
    type Err = PrerenderedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') {
            return Ok(Self::Below(text.parse()?));
        }
        match super::parse_switch(text) {
            Ok(true) => Ok(Self::Beside),
            _ => Err(PrerenderedError::Word),
        }
    }
}

impl fmt::Display for Prerendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Beside => f.write_str("true"),
            Self::Below(path) => f.write_str(path.as_str()),
        }
    }
}

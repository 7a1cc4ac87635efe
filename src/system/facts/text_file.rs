//! Text files that a person or a program of theirs writes and mech reads at each change.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

/// Why a text file could not be had.
#[derive(Debug, thiserror::Error)]
pub enum TextFileError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Nothing is there.
    #[error("`{}` is not there", .0.display())]
    Missing(PathBuf),
    /// A folder, a pipe, a device.
    #[error("`{}` is no regular file", .0.display())]
    Kind(PathBuf),
    /// It is too large.
    #[error("`{}` is larger than {limit} bytes", path.display())]
    Large {
        /// The file.
        path: PathBuf,
        /// The most that it may hold.
        limit: u64,
    },
    /// Not text.
    #[error("`{}` is no UTF-8 text", .0.display())]
    Text(PathBuf),
}

impl TextFileError {
    /// Whether it is there and this user may not read it.
    pub(super) fn is_denied(&self) -> bool {
        matches!(self, Self::Io(error) if error.kind() == io::ErrorKind::PermissionDenied)
    }
}

/// The text of a file of at most `limit` bytes.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, TextFileError> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(TextFileError::Missing(path.to_owned()));
        }
        found => found?,
    };
    // Or reading a pipe would wait for a writer.
    if !metadata.is_file() {
        return Err(TextFileError::Kind(path.to_owned()));
    }
    if metadata.len() > limit {
        let path = path.to_owned();
        return Err(TextFileError::Large { path, limit });
    }
    String::from_utf8(fs::read(path)?).map_err(|_| TextFileError::Text(path.to_owned()))
}

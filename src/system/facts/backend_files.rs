//! Backends from `@FILE`s, read anew each time; a broken file falls back on what it last held.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use super::text_file::{TextFileError, read_text};
use super::{FactError, Remark};
use crate::model::{Backend, BackendError, Registry, Target};
use crate::system::state::{Applied, Digests};

/// The most that an `@FILE` may hold, in bytes.
const FILE_LIMIT: u64 = 64 * 1024;

/// What is wrong with an `@FILE`.
#[derive(Debug, thiserror::Error)]
pub enum BackendFileError {
    /// It cannot be had.
    #[error("{0}")]
    File(#[from] TextFileError),
    /// Nothing in it.
    #[error("`{}` holds no port and no address", .0.display())]
    Empty(PathBuf),
    /// A word that is no backend.
    #[error("`{}` holds `{}`: {error}", path.display(), word.escape_debug())]
    Word {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
        /// Why it is none.
        error: BackendError,
    },
    /// A word with a path, or another file.
    #[error("`{}` holds `{}`: only ports and addresses belong here, a path goes after the file's name", path.display(), word.escape_debug())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
    },
    /// nginx's own port.
    #[error("`{}` holds `{word}`, but port {port} of that address is nginx's own", path.display())]
    OwnPort {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
        /// The port.
        port: u16,
    },
}

/// The backends that each `@FILE` holds.
pub(super) fn backend_files(
    registry: &Registry,
    applied: Option<&Applied>,
    touched: &HashSet<String>,
    remarks: &mut Vec<Remark>,
    digests: &mut Digests,
) -> Result<BTreeMap<String, Vec<Backend>>, FactError> {
    let mut all = BTreeMap::new();
    for site in &registry.sites {
        for file in site.backend_files() {
            let last = || {
                let words = applied?.files.get(file.as_str())?;
                words
                    .iter()
                    .map(|word| word.parse().ok())
                    .collect::<Option<Vec<Backend>>>()
            };
            let backends = match (read_backends(file.as_path(), registry), last()) {
                (Ok(backends), _) => backends,
                // What it last held may have become nginx's own port since.
                (Err(error), Some(last))
                    if !touched.contains(&site.name.folded())
                        && last.iter().all(|last| registry.own_port(last).is_none()) =>
                {
                    let site = site.name.clone();
                    remarks.push(Remark::StaleFile {
                        site,
                        error: error.to_string(),
                    });
                    last
                }
                (Err(error), _) => {
                    return Err(FactError::BackendFile {
                        site: site.name.clone(),
                        error,
                    });
                }
            };
            let words: Vec<String> = backends.iter().map(Backend::to_string).collect();
            digests.add(file.as_str(), Some(words.join(" ").as_bytes()));
            all.insert(file.as_str().to_owned(), backends);
        }
    }
    Ok(all)
}

fn read_backends(path: &Path, registry: &Registry) -> Result<Vec<Backend>, BackendFileError> {
    let text = read_text(path, FILE_LIMIT)?;
    let mut backends: Vec<Backend> = Vec::new();
    for word in text.split_whitespace() {
        let (path, word) = (path.to_owned(), word.to_owned());
        let backend: Backend = match word.parse() {
            Ok(backend) => backend,
            Err(error) => return Err(BackendFileError::Word { path, word, error }),
        };
        if backend.path.is_some() || matches!(backend.target, Target::File(_)) {
            return Err(BackendFileError::Shape { path, word });
        }
        if let Some(port) = registry.own_port(&backend) {
            return Err(BackendFileError::OwnPort { path, word, port });
        }
        if !backends.contains(&backend) {
            backends.push(backend);
        }
    }
    if backends.is_empty() {
        return Err(BackendFileError::Empty(path.to_owned()));
    }
    Ok(backends)
}

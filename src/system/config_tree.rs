//! The user's configuration as nginx reads it: the main file and everything that it includes.
//!
//! Read once, then a value: later changes on disk do not show. Only the main file has to be in order;
//! whatever nginx would refuse elsewhere is kept as a [`Problem`].

mod include;
mod queries;
mod staged;
mod walk;

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::syntax::{self, Directive, SyntaxError};

pub use include::same_file;
pub use queries::{IncludeChain, Listen, Located};
pub use staged::{StageError, Staged};
pub use walk::{Link, Step, Visit};

/// How many files may include each other in a row. nginx itself ends where it runs out of descriptors.
const MAX_INCLUDE_DEPTH: usize = 32;

/// A configuration that was read.
#[derive(Debug, Clone)]
pub struct ConfigTree {
    prefix: PathBuf,
    /// In order of reading; the first is the main file.
    files: Vec<ConfigFile>,
    /// Where a file stands in `files`, by its name without dots.
    index: HashMap<PathBuf, usize>,
    /// What each include, as written, reads.
    targets: HashMap<String, Vec<PathBuf>>,
    hidden: HashSet<usize>,
    problems: Vec<Problem>,
}

/// One file of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// The name under which nginx opens it.
    pub path: PathBuf,
    /// Its bytes.
    pub text: Vec<u8>,
    /// Its directives; none if it breaks the grammar, which is then among the problems.
    pub directives: Vec<Directive>,
}

/// Why a configuration cannot be read at all.
#[derive(Debug, Error)]
pub enum ConfigTreeError {
    /// The main file cannot be opened or read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The main file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The main file breaks nginx's grammar.
    #[error("cannot parse `{}`: {source}", path.display())]
    Syntax {
        /// The main file.
        path: PathBuf,
        /// What is wrong, and on which line.
        source: SyntaxError,
    },
}

/// Something in an included file that nginx would refuse, or that mech does not follow.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Problem {
    /// An include names a file that is not there or cannot be read.
    #[error("`{}`, included in `{}:{line}`, cannot be read: {reason}", path.display(), file.display())]
    Unreadable {
        /// The file that holds the include.
        file: PathBuf,
        /// The line of the include.
        line: u32,
        /// The file that is included.
        path: PathBuf,
        /// Whether nothing is there, in contrast to a lack of permission, say.
        missing: bool,
        /// The system's reason.
        reason: String,
    },
    /// A file includes itself, directly or through others.
    #[error("`{}` is included within itself in `{}:{line}`", path.display(), file.display())]
    Cycle {
        /// The file that holds the include.
        file: PathBuf,
        /// The line of the include.
        line: u32,
        /// The file that is included.
        path: PathBuf,
    },
    /// Too many files include each other in a row; deeper ones are not read.
    #[error("includes nest deeper than {MAX_INCLUDE_DEPTH} in `{}:{line}`", file.display())]
    TooDeep {
        /// The file that holds the include.
        file: PathBuf,
        /// The line of the include.
        line: u32,
    },
    /// An included file breaks nginx's grammar.
    #[error("`{}`: {error}", path.display())]
    Syntax {
        /// The included file.
        path: PathBuf,
        /// What is wrong, and on which line.
        error: SyntaxError,
    },
}

impl ConfigTree {
    /// Reads the file `main` and all that it includes, except the files in `skip`.
    ///
    /// `prefix` is the folder against which nginx resolves relative includes, in whatever file they stand:
    /// the folder of the file given to `-c`. Both paths should be absolute, as nginx's messages are. Skipped files (mech's own, to save their parsing) are still
    /// known as what an include reads.
    pub fn read(main: &Path, prefix: &Path, skip: &[PathBuf]) -> Result<Self, ConfigTreeError> {
        let text = fs_err::read(main).map_err(|source| ConfigTreeError::Read {
            path: main.to_owned(),
            source,
        })?;
        let directives = syntax::parse(&text).map_err(|source| ConfigTreeError::Syntax {
            path: main.to_owned(),
            source,
        })?;
        let mut tree = Self {
            prefix: prefix.to_owned(),
            files: Vec::new(),
            index: HashMap::new(),
            targets: HashMap::new(),
            hidden: HashSet::new(),
            problems: Vec::new(),
        };
        let main = tree.insert(ConfigFile {
            path: main.to_owned(),
            text,
            directives,
        });
        tree.follow(main, skip, &mut vec![main]);
        Ok(tree)
    }

    /// The files in order of reading, the main file first.
    #[must_use]
    pub fn files(&self) -> &[ConfigFile] {
        &self.files
    }

    /// What nginx would refuse, and what was not followed.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// The same tree, with one file left out of [`walk`](Self::walk) and all queries.
    ///
    /// Files that only this one includes are left out with it.
    #[must_use]
    pub fn without(mut self, path: &Path) -> Self {
        let hidden = (0..self.files.len()).filter(|&file| {
            self.files
                .get(file)
                .is_some_and(|file| same_file(&file.path, path))
        });
        self.hidden.extend(hidden);
        self
    }

    fn insert(&mut self, file: ConfigFile) -> usize {
        let number = self.files.len();
        self.index.insert(syntax::normalise(&file.path), number);
        self.files.push(file);
        number
    }

    fn number_of(&self, path: &Path) -> Option<usize> {
        // Most names hold no dots, and a copy of each would cost more than the look-up.
        let direct = self.index.get(path);
        direct
            .or_else(|| self.index.get(&syntax::normalise(path)))
            .copied()
    }

    /// Reads what the file `number` includes. `open` are the files that are being followed, this one last.
    fn follow(&mut self, number: usize, skip: &[PathBuf], open: &mut Vec<usize>) {
        let Some(file) = self.files.get(number) else {
            return;
        };
        let file_path = file.path.clone();
        for (pattern, line) in include::includes(&file.directives) {
            if open.len() > MAX_INCLUDE_DEPTH {
                self.problems.push(Problem::TooDeep {
                    file: file_path,
                    line,
                });
                return;
            }
            for path in self.resolve(&pattern) {
                if skip.iter().any(|skipped| same_file(skipped, &path)) {
                    continue;
                }
                match self.number_of(&path) {
                    Some(known) if open.contains(&known) => self.problems.push(Problem::Cycle {
                        file: file_path.clone(),
                        line,
                        path,
                    }),
                    Some(_) => {}
                    None => {
                        if let Some(read) = self.read_included(path, &file_path, line) {
                            open.push(read);
                            self.follow(read, skip, open);
                            open.pop();
                        }
                    }
                }
            }
        }
    }

    fn resolve(&mut self, pattern: &str) -> Vec<PathBuf> {
        if let Some(known) = self.targets.get(pattern) {
            return known.clone();
        }
        let targets = include::targets(&include::absolute(&self.prefix, pattern));
        self.targets.insert(pattern.to_owned(), targets.clone());
        targets
    }

    fn read_included(&mut self, path: PathBuf, file: &Path, line: u32) -> Option<usize> {
        let text = match fs_err::read(&path) {
            Ok(text) => text,
            Err(error) => {
                let problem = Problem::Unreadable {
                    file: file.to_owned(),
                    line,
                    path,
                    missing: error.kind() == io::ErrorKind::NotFound,
                    reason: error.to_string(),
                };
                self.problems.push(problem);
                return None;
            }
        };
        let directives = syntax::parse(&text).unwrap_or_else(|error| {
            self.problems.push(Problem::Syntax {
                path: path.clone(),
                error,
            });
            Vec::new()
        });
        Some(self.insert(ConfigFile {
            path,
            text,
            directives,
        }))
    }
}

#[cfg(test)]
mod tests;

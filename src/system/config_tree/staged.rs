//! The same configuration with some files swapped for staged ones, to be tested before they go live.
//!
//! nginx opens included files by name, so every include that reads a swapped file is replaced by the
//! explicit list of what it reads. The list stays on the include's line: line numbers in nginx's messages
//! are those of the live files.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::{ConfigFile, ConfigTree, include, same_file};
use crate::syntax::{self, Directive, QuoteError, Variables};

/// The texts of a staged configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// The main file's. It must be written beside the live one, against whose folder relative names resolve.
    pub main_text: Vec<u8>,
    /// Other files that had to change, by their live names; each belongs where `place` said.
    pub others: Vec<(PathBuf, Vec<u8>)>,
}

/// Why a configuration cannot be staged.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StageError {
    /// A file's name cannot be written into a configuration.
    #[error("`{}` cannot stand in an nginx configuration", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// Why.
        source: QuoteError,
    },
    /// A file's name is not UTF-8.
    #[error("the name `{}` is not UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// A file to be removed is included by its name, so that nginx would not start without it.
    #[error("`{}` cannot be removed, `{}:{line}` includes it by name", path.display(), file.display())]
    IncludedByName {
        /// The file to be removed.
        path: PathBuf,
        /// The file that holds the include.
        file: PathBuf,
        /// The line of the include.
        line: u32,
    },
}

type Swap = (PathBuf, Option<PathBuf>);

impl ConfigTree {
    /// The texts that read staged files instead of live ones.
    ///
    /// Each swap is the live name (the file may not exist yet) and the staged file, `None` for a file that
    /// will be removed. A staged file is read at the place of its live name in the sorted order. A nested
    /// file that must change itself is read from `place(its live name)`, where the caller writes its text.
    pub fn staged(
        &self,
        swap: &[Swap],
        place: &dyn Fn(&Path) -> PathBuf,
    ) -> Result<Staged, StageError> {
        let mut staging = Staging {
            tree: self,
            swaps: swap.to_vec(),
            affected: HashMap::new(),
        };
        let changed = staging.changed_files(place);
        let mut staged = Staged {
            main_text: Vec::new(),
            others: Vec::new(),
        };
        if let Some(main) = self.files.first() {
            staged.main_text = staging.rewritten(main)?;
        }
        for file in changed.iter().filter_map(|&number| self.files.get(number)) {
            let text = staging.rewritten(file)?;
            staged.others.push((file.path.clone(), text));
        }
        Ok(staged)
    }
}

/// The swaps that one include reads.
#[derive(Default)]
struct Affected {
    /// How many swaps were compared so far; their number grows while nested files turn out to change.
    compared: usize,
    /// The name under which the include reads a swapped file, and the number of the swap.
    found: Vec<(PathBuf, usize)>,
}

struct Staging<'a> {
    tree: &'a ConfigTree,
    /// The caller's, then one for each nested file that must change itself.
    swaps: Vec<Swap>,
    /// For each include as written, the swaps that it reads.
    affected: HashMap<&'a str, Affected>,
}

impl<'a> Staging<'a> {
    /// Finds the nested files that hold an include of a swapped file, and in turn those that include them.
    fn changed_files(&mut self, place: &dyn Fn(&Path) -> PathBuf) -> BTreeSet<usize> {
        let reachable = self.reachable();
        let mut changed = BTreeSet::new();
        loop {
            let before = changed.len();
            for &number in reachable.iter().filter(|&&number| number != 0) {
                let Some(file) = self.tree.files.get(number) else {
                    continue;
                };
                if !changed.contains(&number) && self.must_change(file) {
                    changed.insert(number);
                    let copy = place(&file.path);
                    self.swaps.push((file.path.clone(), Some(copy)));
                }
            }
            if changed.len() == before {
                return changed;
            }
        }
    }

    /// The files that nginx will read beside the swapped ones, and not through these.
    fn reachable(&self) -> BTreeSet<usize> {
        let mut reached = BTreeSet::from([0]);
        let mut to_follow = vec![0];
        while let Some(number) = to_follow.pop() {
            let directives = self.tree.files.get(number).map(|file| &file.directives);
            include::each(
                directives.map(Vec::as_slice).unwrap_or_default(),
                &mut |_, pattern| {
                    for path in self.tree.targets.get(pattern).into_iter().flatten() {
                        let swapped = self.swaps.iter().any(|(live, _)| same_file(live, path));
                        let number = self.tree.number_of(path).filter(|_| !swapped);
                        if let Some(number) = number.filter(|&number| reached.insert(number)) {
                            to_follow.push(number);
                        }
                    }
                },
            );
        }
        reached
    }

    fn must_change(&mut self, file: &'a ConfigFile) -> bool {
        let mut must = false;
        include::each(&file.directives, &mut |_, pattern| {
            must = must || !self.swaps_read_by(pattern).is_empty();
        });
        must
    }

    /// The swaps that an include reads: the name under which it does, and the number of the swap.
    fn swaps_read_by(&mut self, pattern: &'a str) -> &[(PathBuf, usize)] {
        let Affected { compared, found } = self.affected.entry(pattern).or_default();
        if *compared < self.swaps.len() {
            let absolute = self.tree.absolute(pattern);
            for (number, (live, _)) in self.swaps.iter().enumerate().skip(*compared) {
                if let Some(name) = include::reads(&absolute, live) {
                    found.push((name, number));
                }
            }
            *compared = self.swaps.len();
        }
        found
    }

    fn rewritten(&mut self, file: &'a ConfigFile) -> Result<Vec<u8>, StageError> {
        let mut includes: Vec<(&Directive, &str)> = Vec::new();
        include::each(&file.directives, &mut |directive, pattern| {
            includes.push((directive, pattern));
        });
        let mut text = Vec::with_capacity(file.text.len());
        let mut copied = 0;
        for (directive, pattern) in includes {
            if self.swaps_read_by(pattern).is_empty() {
                continue;
            }
            let list = self.explicit(file, directive, pattern)?;
            let between = file.text.get(copied..directive.span.start);
            text.extend_from_slice(between.unwrap_or_default());
            text.extend_from_slice(list.as_bytes());
            // Lines that the include itself spanned are kept, for the sake of those after it.
            let replaced = file.text.get(directive.span.clone()).unwrap_or_default();
            text.extend(replaced.iter().filter(|&&byte| byte == b'\n'));
            copied = directive.span.end;
        }
        text.extend_from_slice(file.text.get(copied..).unwrap_or_default());
        Ok(text)
    }

    fn explicit(
        &mut self,
        file: &ConfigFile,
        directive: &Directive,
        pattern: &'a str,
    ) -> Result<String, StageError> {
        let read = self.swaps_read_by(pattern).to_vec();
        let mut list: Vec<(PathBuf, PathBuf)> = Vec::new();
        for target in self.tree.targets.get(pattern).into_iter().flatten() {
            if !read.iter().any(|(name, _)| same_file(name, target)) {
                list.push((target.clone(), target.clone()));
            }
        }
        for (name, number) in read {
            match self.swaps.get(number) {
                Some((_, Some(staged))) => list.push((name, staged.clone())),
                Some((live, None)) if !syntax::has_wildcard(&self.tree.absolute(pattern)) => {
                    return Err(StageError::IncludedByName {
                        path: live.clone(),
                        file: file.path.clone(),
                        line: directive.line,
                    });
                }
                Some((_, None)) | None => {}
            }
        }
        include::sort_by_bytes(&mut list, |(name, _)| name);
        let written: Result<Vec<String>, StageError> =
            list.iter().map(|(_, path)| include_of(path)).collect();
        Ok(written?.join(" "))
    }
}

fn include_of(path: &Path) -> Result<String, StageError> {
    let name = path.to_str().ok_or_else(|| StageError::NotText {
        path: path.to_owned(),
    })?;
    let quoted = syntax::quote(&syntax::escape_wildcards(name), Variables::Plain);
    let quoted = quoted.map_err(|source| StageError::Name {
        path: path.to_owned(),
        source,
    })?;
    Ok(format!("include {quoted};"))
}

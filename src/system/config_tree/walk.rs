//! Every directive in the order in which nginx meets it, includes expanded at their place.

use std::path::{Path, PathBuf};

use super::{ConfigFile, ConfigTree, include};
use crate::syntax::Directive;

/// How many times one walk enters an included file. A few files that include each other twice would
/// otherwise make it endless for all practical purposes.
const MAX_EXPANSIONS: usize = 200_000;

/// One include on the way down from the main file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The file that holds the include.
    pub file: PathBuf,
    /// Its line, from 1.
    pub line: u32,
    /// Its argument as written.
    pub pattern: String,
}

/// One directive met on a walk.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a, 'w> {
    /// The file in which it stands.
    pub file: &'a ConfigFile,
    /// The directive itself; `line` and `span` count in `file`.
    pub directive: &'a Directive,
    /// The names of the blocks around it from the outside in, `["http", "server"]`, say.
    pub context: &'w [&'a str],
    /// The include directives, each with its file, through which `file` was reached; none in the main file.
    chain: &'w [(&'a ConfigFile, &'a Directive)],
}

impl Visit<'_, '_> {
    /// The file's name.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// The includes through which the file was reached, from the main file downwards.
    #[must_use]
    pub fn chain(&self) -> Vec<Link> {
        let link = |&(file, directive): &(&ConfigFile, &Directive)| Link {
            file: file.path.clone(),
            line: directive.line,
            pattern: directive.args.concat(),
        };
        self.chain.iter().map(link).collect()
    }
}

/// Where a walk goes after a directive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Into its block, or into the files that it includes.
    Into,
    /// To the next one.
    Over,
    /// Nowhere, the walk is over.
    Stop,
}

impl ConfigTree {
    /// Visits the directives in nginx's order.
    ///
    /// An include is visited itself, then the directives of its files in the include's own context.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&Visit<'a, '_>) -> Step) {
        if let Some(main) = self.files.first() {
            let mut walk = Walk {
                tree: self,
                visit,
                context: Vec::new(),
                chain: Vec::new(),
                open: vec![0],
                expansions: 0,
            };
            walk.level(main, &main.directives);
        }
    }

    /// The absolute form of an include's argument.
    pub(super) fn absolute(&self, pattern: &str) -> String {
        include::absolute(&self.prefix, pattern)
    }
}

struct Walk<'a, 'v> {
    tree: &'a ConfigTree,
    visit: &'v mut dyn FnMut(&Visit<'a, '_>) -> Step,
    context: Vec<&'a str>,
    chain: Vec<(&'a ConfigFile, &'a Directive)>,
    /// The files that are being walked, by number.
    open: Vec<usize>,
    expansions: usize,
}

impl<'a> Walk<'a, '_> {
    /// Whether the walk goes on.
    fn level(&mut self, file: &'a ConfigFile, directives: &'a [Directive]) -> bool {
        directives
            .iter()
            .all(|directive| self.directive(file, directive))
    }

    fn directive(&mut self, file: &'a ConfigFile, directive: &'a Directive) -> bool {
        let step = (self.visit)(&Visit {
            file,
            directive,
            context: &self.context,
            chain: &self.chain,
        });
        match (step, &directive.block) {
            (Step::Stop, _) => false,
            (Step::Over, _) => true,
            (Step::Into, Some(block)) => {
                self.context.push(&directive.name);
                let goes_on = self.level(file, block);
                self.context.pop();
                goes_on
            }
            (Step::Into, None) => self.included(file, directive),
        }
    }

    fn included(&mut self, file: &'a ConfigFile, directive: &'a Directive) -> bool {
        let tree = self.tree;
        let Some(targets) = include::pattern(directive).and_then(|text| tree.targets.get(text))
        else {
            return true;
        };
        for path in targets {
            let Some(number) = tree.number_of(path) else {
                continue;
            };
            let Some(target) = tree.files.get(number) else {
                continue;
            };
            if tree.hidden.contains(&number)
                || self.open.contains(&number)
                || self.expansions == MAX_EXPANSIONS
            {
                continue;
            }
            self.expansions += 1;
            self.open.push(number);
            self.chain.push((file, directive));
            let goes_on = self.level(target, &target.directives);
            self.chain.pop();
            self.open.pop();
            if !goes_on {
                return false;
            }
        }
        true
    }
}

//! Which files an `include` reads.

use std::path::{Path, PathBuf};

use glob::MatchOptions;

use crate::syntax::{Directive, has_wildcard, normalise, wildcard};

/// glob(3) without flags, as nginx calls it.
const GLOB_3: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: true,
};

/// Whether two names mean one directory entry: the same last name in what is the same folder.
///
/// Symbolic links are followed in folders only, because a link in `sites-enabled` is another entry than
/// the file that it points to. Works for files that do not exist.
#[must_use]
pub fn same_file(one: &Path, other: &Path) -> bool {
    one == other
        || (one.file_name().is_some()
            && one.file_name() == other.file_name()
            && same_folder(parent(one), parent(other)))
}

/// The argument of an include directive.
pub(super) fn pattern(directive: &Directive) -> Option<&str> {
    match directive.args.as_slice() {
        [pattern] if directive.name == "include" && directive.block.is_none() => Some(pattern),
        _ => None,
    }
}

/// Every include in these directives and their blocks, in order, with its line.
pub(super) fn includes(directives: &[Directive]) -> Vec<(String, u32)> {
    let mut found = Vec::new();
    each(directives, &mut |directive, pattern| {
        found.push((pattern.to_owned(), directive.line));
    });
    found
}

/// Calls `visit` with every include in these directives and their blocks, in order.
pub(super) fn each<'a>(directives: &'a [Directive], visit: &mut dyn FnMut(&'a Directive, &'a str)) {
    for directive in directives {
        if let Some(pattern) = pattern(directive) {
            visit(directive, pattern);
        }
        each(directive.block.as_deref().unwrap_or_default(), visit);
    }
}

/// The pattern with the folder in front that nginx puts there.
pub(super) fn absolute(prefix: &Path, pattern: &str) -> String {
    if pattern.starts_with('/') {
        return pattern.to_owned();
    }
    // Wildcards in the folder would act as such in nginx, too, which joins the two as text.
    format!(
        "{}/{pattern}",
        prefix.to_string_lossy().trim_end_matches('/')
    )
}

/// The files that an absolute pattern reads, in nginx's order: sorted by the bytes of the whole name.
///
/// A name without wildcards stands for itself, whether or not the file is there.
pub(super) fn targets(pattern: &str) -> Vec<PathBuf> {
    if !has_wildcard(pattern) {
        return vec![PathBuf::from(pattern)];
    }
    let mut paths = existing(pattern);
    sort_by_bytes(&mut paths, |path| path);
    paths
}

/// Sorts as glob(3) does, which knows no path components: `a-b/x` stands before `a/x`.
pub(super) fn sort_by_bytes<T>(items: &mut [T], path: impl Fn(&T) -> &Path) {
    items.sort_by(|one, other| {
        let bytes = |item| Path::as_os_str(path(item)).as_encoded_bytes();
        bytes(one).cmp(bytes(other))
    });
}

/// The name under which an absolute pattern reads `path`, now or as soon as there is such a file.
pub(super) fn reads(pattern: &str, path: &Path) -> Option<PathBuf> {
    if !has_wildcard(pattern) {
        let named = Path::new(pattern);
        return same_file(named, path).then(|| named.to_owned());
    }
    let (folder, last) = pattern.rsplit_once('/')?;
    let name = path.file_name()?;
    let matches = if has_wildcard(last) {
        wildcard(last)?.matches_with(name.to_str()?, GLOB_3)
    } else {
        name == last
    };
    if !matches {
        return None;
    }
    if !has_wildcard(folder) {
        let folder = Path::new(if folder.is_empty() { "/" } else { folder });
        return same_folder(folder, parent(path)).then(|| folder.join(name));
    }
    let found = existing(folder)
        .into_iter()
        .find(|folder| same_folder(folder, parent(path)));
    if let Some(folder) = found {
        return Some(folder.join(name));
    }
    let parent = normalise(parent(path));
    let folder = normalise(Path::new(folder));
    wildcard(folder.to_str()?)?
        .matches_path_with(&parent, GLOB_3)
        .then(|| parent.join(name))
}

fn existing(pattern: &str) -> Vec<PathBuf> {
    let Some(pattern) = wildcard(pattern) else {
        // glob(3) takes a bracket that is never closed for itself.
        let literal = PathBuf::from(pattern);
        return if literal.exists() {
            vec![literal]
        } else {
            Vec::new()
        };
    };
    glob::glob_with(pattern.as_str(), GLOB_3)
        .map(|paths| paths.filter_map(Result::ok).collect())
        .unwrap_or_default()
}

fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

fn same_folder(one: &Path, other: &Path) -> bool {
    one == other || real(one) == real(other)
}

/// The folder without symbolic links, as far as it exists.
fn real(folder: &Path) -> PathBuf {
    if let Ok(real) = folder.canonicalize() {
        return real;
    }
    match (folder.parent(), folder.file_name()) {
        (Some(parent), Some(name)) => real(parent).join(name),
        _ => normalise(folder),
    }
}

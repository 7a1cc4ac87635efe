//! The patterns of `include`, in the terms of glob(3).

use std::path::{Component, Path, PathBuf};

use glob::Pattern;

/// Whether nginx takes an `include` for a pattern; without these bytes it is the name of one file.
#[must_use]
pub fn has_wildcard(include: &str) -> bool {
    include.contains(['*', '?', '['])
}

/// Writes a file name so that an `include` of it reads that file and no other.
///
/// A name without wildcards is not given to glob(3), so its backslashes must stay single.
#[must_use]
pub fn escape_wildcards(name: &str) -> String {
    if !has_wildcard(name) {
        return name.to_owned();
    }
    let mut escaped = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if matches!(character, '*' | '?' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The same pattern in the dialect of the crate `glob`; `None` if it has none there.
///
/// That crate knows no backslash and gives `**` a meaning, and it takes `[!` but not `[^`.
#[must_use]
pub fn wildcard(include: &str) -> Option<Pattern> {
    let mut translated = String::with_capacity(include.len());
    let mut characters = include.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(literal) => translated.push_str(&Pattern::escape(&literal.to_string())),
                None => translated.push('\\'),
            },
            '*' => {
                while characters.next_if_eq(&'*').is_some() {}
                translated.push('*');
            }
            '[' => {
                translated.push('[');
                if characters
                    .next_if(|next| matches!(next, '^' | '!'))
                    .is_some()
                {
                    translated.push('!');
                }
                // A bracket that stands first in the set belongs to it.
                translated.extend(characters.next());
                for member in characters.by_ref() {
                    translated.push(member);
                    if member == ']' {
                        break;
                    }
                }
            }
            _ => translated.push(character),
        }
    }
    Pattern::new(&translated).ok()
}

/// Takes `.` and `..` out of a path, by its text alone.
#[must_use]
pub fn normalise(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => {
                normal.push(component);
            }
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;
    use glob::MatchOptions;

    #[test]
    fn patterns_match_as_in_glob_3() {
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        for (pattern, name, matches) in [
            ("*.conf", "a.conf", true),
            ("*.conf", ".a.conf", false),
            (".*.conf", ".a.conf", true),
            ("*.conf", "a.conf.bak", false),
            ("**.conf", "a.conf", true),
            ("a/**/c", "a/b/c", true),
            ("a/**/c", "a/b/b/c", false),
            ("*.conf", "a/b.conf", false),
            ("?.conf", "ab.conf", false),
            ("[ab].conf", "b.conf", true),
            ("[^ab].conf", "b.conf", false),
            ("[!ab].conf", "c.conf", true),
            ("[]a]", "]", true),
            ("[a-c]*", "b1", true),
            (r"\*.conf", "a.conf", false),
            (r"\*.conf", "*.conf", true),
            (r"\a.*", "a.b", true),
            ("A*", "a", false),
        ] {
            let compiled = wildcard(pattern).unwrap_or_else(|| panic!("{pattern}"));
            assert_eq!(
                compiled.matches_with(name, options),
                matches,
                "{pattern} {name}"
            );
        }
        assert!(wildcard("[a").is_none());
    }

    #[test]
    fn an_escaped_name_matches_itself_only() {
        for name in ["a[1]*?.conf", r"a\[b", "plain"] {
            let pattern = wildcard(&escape_wildcards(name)).unwrap();
            assert!(pattern.matches(name), "{name}");
        }
        assert_eq!(escape_wildcards(r"a\b"), r"a\b");
    }

    #[test]
    fn dots_are_taken_out() {
        for (path, normal) in [
            ("/etc/nginx/./a/../b", "/etc/nginx/b"),
            ("/../a", "/a"),
            ("/a//b/", "/a/b"),
        ] {
            assert_eq!(normalise(Path::new(path)), Path::new(normal));
        }
    }
}

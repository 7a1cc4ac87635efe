//! The shortname of a site.

use std::fmt;
use std::str::FromStr;

/// The shortname by which a person calls a site: `[A-Za-z_][A-Za-z0-9_-]*`, at most 64 bytes.
///
/// Safe as it stands in a path, in an nginx upstream name and in a shell word. Two names that
/// differ only in case are the same site, because nginx compares upstream names without case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteName(String);

/// Why a shortname was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SiteNameError {
    /// The name holds no character.
    #[error("a shortname must not be empty")]
    Empty,
    /// The name is longer than [`SiteName::MAX`] bytes.
    #[error("a shortname has at most {most} bytes, this one has {0}", most = SiteName::MAX)]
    Long(usize),
    /// The first character is neither a letter nor an underscore.
    #[error("a shortname starts with a letter (a-z) or an underscore, not with `{}`", .0.escape_debug())]
    Start(char),
    /// A later character is not allowed.
    #[error("a shortname holds letters (a-z), digits, `_` and `-` only, not `{}`", .0.escape_debug())]
    Character(char),
}

impl SiteName {
    /// The greatest length in bytes.
    pub const MAX: usize = 64;

    /// The name as the person wrote it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form under which names are compared.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for SiteName {
    type Err = SiteNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = text.chars().next().ok_or(SiteNameError::Empty)?;
        if !(first.is_ascii_alphabetic() || first == '_') {
            return Err(SiteNameError::Start(first));
        }
        if let Some(bad) = text
            .chars()
            .find(|&c| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        {
            return Err(SiteNameError::Character(bad));
        }
        if text.len() > Self::MAX {
            return Err(SiteNameError::Long(text.len()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for SiteName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{SiteName, SiteNameError};

    #[test]
    fn accepts_the_predecessors_names_and_the_hyphen() {
        for name in [
            "a",
            "_x",
            "EXAMPLE",
            "my_site",
            "my-site",
            "s1",
            &"a".repeat(64),
        ] {
            assert_eq!(name.parse::<SiteName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn refuses_what_a_path_or_a_shell_would_read_differently() {
        for name in [
            "",
            "1a",
            "-a",
            "a b",
            "../../pwned",
            "a/b",
            "a.b",
            "a;b",
            "a$b",
            "é",
            "a\n",
            "a\0",
        ] {
            assert!(name.parse::<SiteName>().is_err(), "{name:?}");
        }
        let long = "a".repeat(65);
        assert_eq!(long.parse::<SiteName>(), Err(SiteNameError::Long(65)));
    }
}

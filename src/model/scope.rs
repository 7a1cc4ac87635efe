//! Values that hold for a whole site or for the requests below one of its paths.

use std::fmt;
use std::str::FromStr;

use super::{PathError, UrlPath};

/// Where in a site something holds: everywhere, or below a path, on a segment's boundary.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(Option<UrlPath>);

/// A value and where it holds, written `VALUE` or `/PATH VALUE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scoped<T> {
    /// Where it holds.
    pub scope: Scope,
    /// The value.
    pub value: T,
}

/// Why a value with a scope was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ScopedError<E> {
    /// The path before the value.
    #[error("{0}")]
    Path(PathError),
    /// A path and nothing behind it.
    #[error("a value is expected behind the path `{0}`, after a space")]
    NoValue(String),
    /// The value.
    #[error("{0}")]
    Value(E),
}

impl Scope {
    /// The whole site.
    pub const SITE: Self = Self(None);

    /// The path; none for the whole site.
    #[must_use]
    pub fn path(&self) -> Option<&UrlPath> {
        self.0.as_ref()
    }

    /// Whether a request below `path` is within, `/` being the whole site.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|own| own.is_around(path))
    }

    /// How long its path is: of two scopes that cover a request the longer one holds.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.as_ref().map_or(0, |path| path.as_str().len())
    }
}

impl<T> Scoped<T> {
    /// The value that holds for requests below `path`: that of the longest scope around it.
    pub fn nearest<'a>(all: &'a [Self], path: &str) -> Option<&'a Self> {
        all.iter()
            .filter(|scoped| scoped.scope.covers(path))
            .max_by_key(|scoped| scoped.scope.length())
    }
}

impl From<UrlPath> for Scope {
    fn from(path: UrlPath) -> Self {
        Self(Some(path))
    }
}

impl FromStr for Scope {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "/" {
            return Ok(Self::SITE);
        }
        text.parse().map(|path| Self(Some(path)))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_ref().map_or("/", UrlPath::as_str))
    }
}

impl<T: FromStr> FromStr for Scoped<T> {
    type Err = ScopedError<T::Err>;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (scope, value) = if text.starts_with('/') {
            let (path, value) = text
                .split_once(char::is_whitespace)
                .ok_or_else(|| ScopedError::NoValue(text.to_owned()))?;
            (path.parse().map_err(ScopedError::Path)?, value.trim())
        } else {
            (Scope::SITE, text)
        };
        let value = value.parse().map_err(ScopedError::Value)?;
        Ok(Self { scope, value })
    }
}

impl<T: fmt::Display> fmt::Display for Scoped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.scope.path() {
            Some(path) => write!(f, "{} {}", path.as_str(), self.value),
            None => self.value.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scope, Scoped};
    use crate::model::Duration;

    #[test]
    fn the_longest_path_around_a_request_decides() {
        let all: Vec<Scoped<Duration>> = ["1m", "/a 2m", "/a/b 3m"]
            .map(|text| text.parse().unwrap())
            .into();
        for (path, minutes) in [
            ("/", 1),
            ("/a", 2),
            ("/ab", 1),
            ("/a/bc", 2),
            ("/a/b", 3),
            ("/a/b/c", 3),
        ] {
            let found = Scoped::nearest(&all, path).unwrap();
            assert_eq!(found.value.as_seconds(), minutes * 60, "{path}");
        }
    }

    #[test]
    fn a_path_needs_a_value_behind_it() {
        assert!("/a".parse::<Scoped<Duration>>().is_err());
        assert!("/a 1m 2m".parse::<Scoped<Duration>>().is_err());
        assert_eq!("/".parse::<Scope>().unwrap(), Scope::SITE);
        let spaced: Scoped<Duration> = " /a   60 ".parse().unwrap();
        assert_eq!(spaced.to_string(), "/a 1m");
    }
}

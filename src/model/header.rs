//! Headers of answers.

use std::fmt;
use std::str::FromStr;

use super::{Duration, shown};

/// A header of every answer, written `Name: value`; without a value the app's own is taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    name: String,
    value: String,
}

/// Why a header was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HeaderError {
    /// No colon.
    #[error("a header is expected, such as 'X-Frame-Options: DENY'")]
    Colon,
    /// A name that RFC 9110 does not allow.
    #[error("`{}` is no name of a header: letters, digits and `-`", shown(.0))]
    Name(String),
    /// A header that nginx or mech writes by itself.
    #[error("the header `{0}` is made by nginx for each answer and cannot be set here")]
    Own(String),
    /// A control character, or one that is no ASCII.
    #[error("the value of a header holds printable ASCII, not `{}`", .0.escape_debug())]
    Character(char),
    /// More than 2,000 bytes.
    #[error("the value of a header has at most 2000 bytes here, this one has {0}")]
    Long(usize),
}

/// How long browsers are to ask for a site by TLS alone (HSTS, RFC 6797).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hsts {
    /// How long from each answer on.
    pub max_age: Duration,
    /// The names below the site's, too.
    pub subdomains: bool,
    /// Browsers' makers may put the site on their list.
    pub preload: bool,
}

/// Text that is no HSTS policy.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum HstsError {
    /// The length of time.
    #[error(
        "a length of time is expected, such as 5m to begin with and 730d in the end, with includeSubDomains and preload behind it if they are meant"
    )]
    Age,
    /// Preload without what the list asks for.
    #[error("preload wants at least 365d and includeSubDomains (hstspreload.org)")]
    Preload,
}

/// What makes an answer what it is.
const OWN: [&str; 14] = [
    "accept-ranges",
    "connection",
    "content-encoding",
    "content-length",
    "content-range",
    "content-type",
    "date",
    "keep-alive",
    "location",
    "server",
    "status",
    "strict-transport-security",
    "transfer-encoding",
    "upgrade",
];

impl Header {
    /// The name as written; names are compared without case.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The value; empty to take the app's header away.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl FromStr for Header {
    type Err = HeaderError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once(':').ok_or(HeaderError::Colon)?;
        let (name, value) = (name.trim(), value.trim());
        let known = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        if name.is_empty() || name.len() > 64 || !name.bytes().all(known) {
            return Err(HeaderError::Name(name.to_owned()));
        }
        if OWN.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(HeaderError::Own(name.to_owned()));
        }
        if let Some(bad) = value.chars().find(|c| !matches!(c, ' '..='~')) {
            return Err(HeaderError::Character(bad));
        }
        if value.len() > 2000 {
            return Err(HeaderError::Long(value.len()));
        }
        Ok(Self {
            name: name.to_owned(),
            value: value.to_owned(),
        })
    }
}

impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let space = if self.value.is_empty() { "" } else { " " };
        write!(f, "{}:{space}{}", self.name, self.value)
    }
}

impl FromStr for Hsts {
    type Err = HstsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split_whitespace();
        let age = words.next().ok_or(HstsError::Age)?;
        let mut hsts = Self {
            max_age: age.parse().map_err(|_| HstsError::Age)?,
            subdomains: false,
            preload: false,
        };
        for word in words {
            match word.to_ascii_lowercase().as_str() {
                "includesubdomains" => hsts.subdomains = true,
                "preload" => hsts.preload = true,
                _ => return Err(HstsError::Age),
            }
        }
        let year = 365 * 86_400;
        if hsts.preload && (!hsts.subdomains || hsts.max_age.as_seconds() < year) {
            return Err(HstsError::Preload);
        }
        Ok(hsts)
    }
}

impl fmt::Display for Hsts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.max_age.fmt(f)?;
        if self.subdomains {
            f.write_str(" includeSubDomains")?;
        }
        if self.preload {
            f.write_str(" preload")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Header, HeaderError, Hsts, HstsError};

    #[test]
    fn headers_cannot_split_an_answer() {
        for text in ["X-A: a\r\nX-B: b", "X-A: a\nX-B: b", "X-A: \0", "X-A: é"] {
            assert!(matches!(
                text.parse::<Header>(),
                Err(HeaderError::Character(_))
            ));
        }
        for text in [": a", "X A: a", "X_A: a", "\u{e9}: a"] {
            assert!(matches!(text.parse::<Header>(), Err(HeaderError::Name(_))));
        }
        let header: Header = " X-A :  a: b  ".parse().unwrap();
        assert_eq!(header.to_string(), "X-A: a: b");
        let gone = "X-Powered-By:";
        assert_eq!(gone.parse::<Header>().unwrap().to_string(), gone);
    }

    #[test]
    fn preload_is_only_for_those_who_mean_it() {
        assert_eq!("1d preload".parse::<Hsts>(), Err(HstsError::Preload));
        let whole = "730d includeSubDomains preload";
        assert_eq!(whole.parse::<Hsts>().unwrap().to_string(), whole);
        assert_eq!("63072000".parse::<Hsts>().unwrap().to_string(), "730d");
        assert_eq!("".parse::<Hsts>(), Err(HstsError::Age));
    }
}

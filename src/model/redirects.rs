//! By which status, and between which names, a site redirects.

use std::fmt;
use std::str::FromStr;

/// The status of a redirect (RFC 9110, section 15.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedirectCode {
    /// 301: for good; a POST may become a GET.
    MovedPermanently,
    /// 302: for now; a POST may become a GET.
    Found,
    /// 307: for now; the method stays.
    Temporary,
    /// 308: for good; the method stays.
    Permanent,
}

/// Another status.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the status of a redirect is 301, 302, 307 or 308")]
pub struct RedirectCodeError;

/// On which side of `www.` a site lives; the other side is redirected to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Www {
    /// At `www.example.com`.
    Add,
    /// At `example.com`.
    Strip,
}

/// Neither side.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected add (example.com goes to www.example.com) or strip (the other way)")]
pub struct WwwError;

impl RedirectCode {
    /// The number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::MovedPermanently => 301,
            Self::Found => 302,
            Self::Temporary => 307,
            Self::Permanent => 308,
        }
    }
}

impl FromStr for RedirectCode {
    type Err = RedirectCodeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [
            Self::MovedPermanently,
            Self::Found,
            Self::Temporary,
            Self::Permanent,
        ];
        all.into_iter()
            .find(|code| code.to_string() == text)
            .ok_or(RedirectCodeError)
    }
}

impl fmt::Display for RedirectCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.number().fmt(f)
    }
}

impl FromStr for Www {
    type Err = WwwError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "add" => Ok(Self::Add),
            "strip" => Ok(Self::Strip),
            _ => Err(WwwError),
        }
    }
}

impl fmt::Display for Www {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "add",
            Self::Strip => "strip",
        })
    }
}

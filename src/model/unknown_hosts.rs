//! What becomes of requests for names that no site has.

use std::fmt;
use std::str::FromStr;

/// The answer to a name that no site has, where no site is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownHosts {
    /// The connection is closed; over TLS before a certificate is shown.
    Reject,
    /// The site that stands first answers, as nginx itself has it.
    FirstSite,
    /// 404.
    NotFound,
}

/// Another word.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected reject, default-site or 404")]
pub struct UnknownHostsError;

impl FromStr for UnknownHosts {
    type Err = UnknownHostsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "reject" => Ok(Self::Reject),
            "default-site" => Ok(Self::FirstSite),
            "404" => Ok(Self::NotFound),
            _ => Err(UnknownHostsError),
        }
    }
}

impl fmt::Display for UnknownHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reject => "reject",
            Self::FirstSite => "default-site",
            Self::NotFound => "404",
        })
    }
}

//! The form of a line in the access logs.

use std::fmt;
use std::str::FromStr;

/// The form of a line in the access logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// nginx's own `combined`.
    #[default]
    Combined,
    /// An object of JSON, with the times of the backends.
    Json,
}

/// Another word.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected combined or json")]
pub struct LogFormatError;

impl FromStr for LogFormat {
    type Err = LogFormatError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "combined" => Ok(Self::Combined),
            "json" => Ok(Self::Json),
            _ => Err(LogFormatError),
        }
    }
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Combined => "combined",
            Self::Json => "json",
        })
    }
}

//! The words that mean yes and no.

use std::fmt;
use std::str::FromStr;

/// A yes or a no that stands as text, as in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

/// A word that means neither yes nor no.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected true, on, yes or 1, or else false, off, no or 0")]
pub struct SwitchError;

/// Reads a yes or a no: `true/false`, `on/off`, `yes/no`, `1/0`, in any case.
///
/// The predecessor read every other word as no, in silence; here it is an error.
pub fn parse_switch(text: &str) -> Result<bool, SwitchError> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "yes" | "1" => Ok(true),
        "false" | "off" | "no" | "0" => Ok(false),
        _ => Err(SwitchError),
    }
}

impl FromStr for Switch {
    type Err = SwitchError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse_switch(text).map(Self)
    }
}

impl fmt::Display for Switch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "on" } else { "off" })
    }
}

//! First floor: text to [`Registry`](crate::model::Registry) and back.
//!
//! The version is read first; then the reader of exactly that version reads the rest. An unknown
//! field is an error that names it, because a field that mech dropped in silence would be lost.

pub mod apr1;
mod commands;
mod mechanic;
mod passwords;
mod v1;

pub use commands::{command_line, commands};
pub use mechanic::{MechanicError, MechanicRegistry, Remark, read_mechanic};
pub use passwords::{
    PasswordFile, PasswordFiles, print_password_files, read_password_files, users_shown,
};

use serde::Deserialize;

use crate::model::{Conflict, Registry, Site};

/// The version that this mech writes.
pub const VERSION: u64 = 1;

/// A registry that was read.
#[derive(Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The registry.
    pub registry: Registry,
    /// The version of the file where it is newer than [`VERSION`]: then it may be shown, never written.
    pub newer: Option<u64>,
}

/// Why a registry's text was refused.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Not JSON, or a field or value that version 1 does not know.
    #[error("line {line}, column {column}: {message}")]
    Text {
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// JSON without a version, as the predecessor wrote it.
    #[error("it has no `version`, so it is none of mech's (the predecessor wrote such files)")]
    NoVersion,
    /// A version of the future whose fields this mech cannot read.
    #[error("it was written by a newer mech (version {found}, this one writes {VERSION})")]
    Newer {
        /// The version found.
        found: u64,
    },
    /// It contradicts itself.
    #[error("{0}")]
    Conflict(Box<Conflict>),
}

impl From<Conflict> for FormatError {
    fn from(conflict: Conflict) -> Self {
        Self::Conflict(Box::new(conflict))
    }
}

#[derive(Deserialize)]
#[serde(expecting = "an object with `version`, `settings` and `sites`")]
struct Probe {
    version: Option<u64>,
}

/// Reads a registry from its JSON text.
pub fn read_registry(text: &str) -> Result<Loaded, FormatError> {
    let probe: Probe = serde_json::from_str(text).map_err(|error| located(&error))?;
    let newer = match probe.version {
        None | Some(0) => return Err(FormatError::NoVersion),
        Some(VERSION) => None,
        Some(found) => Some(found),
    };
    let mut registry = match (v1::read(text), newer) {
        (Ok(registry), _) => registry,
        (Err(_), Some(found)) => return Err(FormatError::Newer { found }),
        (Err(error), None) => return Err(located(&error)),
    };
    // A person who edits the file need not know the order that every change keeps.
    registry.sites.sort_by_key(Site::is_default);
    registry.check()?;
    Ok(Loaded { registry, newer })
}

/// Writes a registry as JSON text: two-space indent, stable order, final newline.
#[must_use]
pub fn print_registry(registry: &Registry) -> String {
    v1::print(registry)
}

fn located(error: &serde_json::Error) -> FormatError {
    let (line, column) = (error.line(), error.column());
    let message = error.to_string();
    let suffix = format!(" at line {line} column {column}");
    let message = message.strip_suffix(&suffix).unwrap_or(&message).to_owned();
    FormatError::Text {
        line,
        column,
        message,
    }
}

#[cfg(test)]
mod tests {
    use super::{FormatError, print_registry, read_registry};

    const WHOLE: &str = r#"{
  "version": 1,
  "settings": {
    "logs-shared": true,
    "http-port": 8080,
    "restart": false
  },
  "sites": [
    {
      "shortname": "s",
      "host": "s.com",
      "backends": [
        "localhost:3000"
      ],
      "redirect-to-https": true
    }
  ]
}
"#;

    #[test]
    fn prints_what_it_read_to_the_byte() {
        let loaded = read_registry(WHOLE).unwrap();
        assert_eq!(loaded.newer, None);
        assert_eq!(print_registry(&loaded.registry), WHOLE);
    }

    #[test]
    fn names_the_line_of_what_it_refuses() {
        for (from, to, line, words) in [
            ("\"host\"", "\"hosst\"", 11, "hosst"),
            ("\"s.com\"", "\"s;com\"", 11, "host"),
            ("8080", "80800", 5, "http-port"),
            ("\"settings\"", "\"setings\"", 3, "setings"),
            ("true\n    }", "\"yes\"\n    }", 15, "redirect-to-https"),
            ("\"localhost:3000\"", "3000", 13, "string"),
            ("\"version\": 1,", "\"version\": 1", 3, "expected"),
        ] {
            let text = WHOLE.replacen(from, to, 1);
            match read_registry(&text) {
                Err(FormatError::Text {
                    line: at, message, ..
                }) => {
                    assert!(at.abs_diff(line) <= 1, "{to}: line {at}, {message}");
                    assert!(message.contains(words), "{message}");
                }
                other => panic!("{to}: {other:?}"),
            }
        }
    }

    #[test]
    fn tells_versions_apart() {
        assert!(matches!(
            read_registry("{\"sites\":[]}"),
            Err(FormatError::NoVersion)
        ));
        let newer = WHOLE.replacen("1,", "7,", 1);
        assert_eq!(read_registry(&newer).unwrap().newer, Some(7));
        let unreadable = newer.replacen("host", "hosts", 1);
        assert!(matches!(
            read_registry(&unreadable),
            Err(FormatError::Newer { found: 7 })
        ));
        assert!(matches!(read_registry(""), Err(FormatError::Text { .. })));
    }
}

//! The users of a site and their passwords.

use std::fmt;
use std::str::FromStr;

/// The name of a user as nginx compares it: bytes up to the colon of a line.
///
/// It cannot hold what would end that line, make it a comment or begin the password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserName(String);

/// Why the name of a user was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UserNameError {
    /// No character.
    #[error("a user's name must not be empty")]
    Empty,
    /// More than [`UserName::MAX`] bytes.
    #[error("a user's name has at most {most} bytes, this one has {0}", most = UserName::MAX)]
    Long(usize),
    /// A character that a line of the file, or a browser, would take for something else.
    #[error("a user's name holds no colon, space or control character, and this one holds `{}`", .0.escape_debug())]
    Character(char),
    /// nginx would take the line for a comment.
    #[error("a user's name does not start with `#`: nginx takes such a line for a comment")]
    Comment,
}

impl UserName {
    /// The greatest length in bytes.
    pub const MAX: usize = 64;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(UserNameError::Empty);
        }
        if text.len() > Self::MAX {
            return Err(UserNameError::Long(text.len()));
        }
        let bad = |c: &char| *c == ':' || c.is_control() || c.is_whitespace();
        if let Some(bad) = text.chars().find(bad) {
            return Err(UserNameError::Character(bad));
        }
        if text.starts_with('#') {
            return Err(UserNameError::Comment);
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A password, which shows itself to nobody by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Vec<u8>);

/// Why a password was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PasswordError {
    /// Nothing was given.
    #[error("no password was given")]
    Empty,
    /// More than [`Password::MAX`] bytes.
    #[error("a password has at most {most} bytes", most = Password::MAX)]
    Long,
    /// More than one line.
    #[error("a password is one line, and this is more than one")]
    Lines,
    /// A byte that no request can carry.
    #[error("a password holds no NUL byte")]
    Nul,
}

impl Password {
    /// The greatest length in bytes.
    pub const MAX: usize = 512;

    /// Takes a line as it was read; the end of the line is not part of the password.
    pub fn from_line(line: &[u8]) -> Result<Self, PasswordError> {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Err(PasswordError::Empty);
        }
        if line.contains(&b'\n') {
            return Err(PasswordError::Lines);
        }
        if line.contains(&0) {
            return Err(PasswordError::Nul);
        }
        if line.len() > Self::MAX {
            return Err(PasswordError::Long);
        }
        Ok(Self(line.to_owned()))
    }

    /// Its bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password")
    }
}

#[cfg(test)]
mod tests {
    use super::{Password, PasswordError, UserName, UserNameError};

    #[test]
    fn a_name_is_one_word_of_a_line() {
        for good in ["a", "ada.l@example.com", "-x", "ünï", "a#b", "a\"$;{"] {
            assert_eq!(good.parse::<UserName>().unwrap().as_str(), good);
        }
        assert!("x".repeat(64).parse::<UserName>().is_ok());
        let refused = |text: &str| text.parse::<UserName>().unwrap_err();
        assert_eq!(refused(""), UserNameError::Empty);
        assert_eq!(refused(&"x".repeat(65)), UserNameError::Long(65));
        assert_eq!(refused("#a"), UserNameError::Comment);
        for bad in [
            ':', ' ', '\n', '\r', '\0', '\u{7f}', '\u{85}', '\u{a0}', '\t',
        ] {
            assert_eq!(refused(&format!("a{bad}b")), UserNameError::Character(bad));
        }
    }

    #[test]
    fn a_password_is_one_line_without_its_end() {
        let read = |line: &[u8]| Password::from_line(line).map(|p| p.as_bytes().to_vec());
        assert_eq!(read(b"a b:c\n").unwrap(), b"a b:c");
        assert_eq!(read(b"a\r\n").unwrap(), b"a");
        assert_eq!(read(b" a ").unwrap(), b" a ");
        assert_eq!(read(&[b'x'; 512]).unwrap().len(), 512);
        assert_eq!(read(&[b'x'; 513]), Err(PasswordError::Long));
        assert_eq!(read(b"\n"), Err(PasswordError::Empty));
        assert_eq!(read(b"a\nb\n"), Err(PasswordError::Lines));
        assert_eq!(read(b"a\n\n"), Err(PasswordError::Lines));
        assert_eq!(read(b"a\0b"), Err(PasswordError::Nul));
        let hidden = Password::from_line(b"secret").unwrap();
        assert!(!format!("{hidden:?}").contains("secret"));
    }
}

//! A password from a person, without showing it, or from a script, by standard input.

use std::io::{self, Read, Write};

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr,
};

use super::environment::stdin_is_terminal;
use crate::model::{Password, PasswordError};

/// Why there is no password.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Reading.
    #[error("the password cannot be read: {0}")]
    Io(#[from] io::Error),
    /// What was read.
    #[error("{0}")]
    Password(#[from] PasswordError),
    /// Two that differ.
    #[error("the two passwords differ")]
    Differ,
    /// The person does not want to.
    #[error("no password was given")]
    Cancelled,
}

/// Reads a password: on a terminal by asking twice, else all of standard input, which is one line.
pub fn ask_password(prompt: &str) -> Result<Password, AskError> {
    if !stdin_is_terminal() {
        // One byte more than the longest line shows that it is too long; a stream may never end.
        let mut line = Vec::new();
        let most = u64::try_from(Password::MAX + 3).unwrap_or(u64::MAX);
        io::stdin().take(most).read_to_end(&mut line)?;
        return Ok(Password::from_line(&line)?);
    }
    let _quiet = Quiet::begin()?;
    let password = Password::from_line(&line(prompt)?)?;
    if line("Again: ")? != password.as_bytes() {
        return Err(AskError::Differ);
    }
    Ok(password)
}

/// A terminal that shows nothing of what is typed, until this value is dropped.
///
/// It also gives each key at once and makes no signal of any: an interrupt would end mech before it
/// could turn the echo on again.
struct Quiet {
    before: Termios,
}

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut now = before.clone();
        now.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
        now.special_codes[SpecialCodeIndex::VMIN] = 1;
        now.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(io::stdin(), OptionalActions::Flush, &now)?;
        Ok(Self { before })
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.before);
    }
}

fn line(prompt: &str) -> Result<Vec<u8>, AskError> {
    let say = |text: &str| io::stderr().write_all(text.as_bytes());
    say(prompt)?;
    let line = read_line(&mut io::stdin().lock());
    say("\n")?;
    line
}

/// One line of keys, with those that a terminal would otherwise see to itself.
fn read_line(keys: &mut impl Read) -> Result<Vec<u8>, AskError> {
    const INTERRUPT: u8 = 3;
    const END: u8 = 4;
    const KILL: u8 = 21;
    let mut line: Vec<u8> = Vec::new();
    let mut key = [0];
    while keys.read(&mut key)? == 1 {
        let [byte] = key;
        match byte {
            b'\n' | b'\r' => return Ok(line),
            INTERRUPT => return Err(AskError::Cancelled),
            END if line.is_empty() => return Err(AskError::Cancelled),
            KILL => line.clear(),
            8 | 127 => {
                // A character may be several bytes, of which all but the first begin with the bits 10.
                while line
                    .pop()
                    .is_some_and(|gone| gone & 0b1100_0000 == 0b1000_0000)
                {}
            }
            // Beyond the longest one it is only kept that there was more.
            _ if line.len() <= Password::MAX => line.push(byte),
            _ => {}
        }
    }
    Err(AskError::Cancelled)
}

#[cfg(test)]
mod tests {
    use super::{AskError, read_line};

    #[test]
    fn keys_make_a_line() {
        let typed = |mut keys: &[u8]| read_line(&mut keys);
        assert_eq!(typed(b"abc\n").unwrap(), b"abc");
        assert_eq!(typed(b"abx\x7fc\r").unwrap(), b"abc");
        assert_eq!(
            typed("a\u{fc}\u{20ac}\u{8}b\n".as_bytes()).unwrap(),
            "a\u{fc}b".as_bytes()
        );
        assert_eq!(typed(b"\x7f\x7fwrong\x15right\n").unwrap(), b"right");
        for cancelled in [&b"ab\x03"[..], b"\x04", b"ab", b""] {
            assert!(matches!(typed(cancelled), Err(AskError::Cancelled)));
        }
        assert_eq!(
            typed(&[&[b'x'; 2000][..], b"\n"].concat()).unwrap().len(),
            513
        );
    }
}

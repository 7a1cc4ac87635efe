//! Words, semicolons and braces, told apart as nginx's own `ngx_conf_read_token` does.

use crate::syntax::SyntaxError;

/// One lexical element of a configuration.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A word, decoded; bytes that are not UTF-8 become U+FFFD.
    Word(String),
    /// `;`
    Semicolon,
    /// `{`
    Open,
    /// `}`
    Close,
    /// The end of the text.
    End,
}

/// Reads tokens from a text, in time linear in its size.
pub(crate) struct Lexer<'a> {
    text: &'a [u8],
    /// The byte after the last token.
    pub(crate) position: usize,
    /// The first byte of the last token, its opening quote included.
    pub(crate) start: usize,
    /// The line of `position`, from 1.
    pub(crate) line: u32,
    /// The line on which the last token began.
    pub(crate) start_line: u32,
}

impl<'a> Lexer<'a> {
    /// Starts at the first byte of `text`.
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self {
            text,
            position: 0,
            start: 0,
            line: 1,
            start_line: 1,
        }
    }

    /// The next token.
    pub(crate) fn token(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blank();
        self.start = self.position;
        self.start_line = self.line;
        let Some(&first) = self.text.get(self.position) else {
            return Ok(Token::End);
        };
        let token = match first {
            b';' => Token::Semicolon,
            b'{' => Token::Open,
            b'}' => Token::Close,
            b'"' | b'\'' => return self.quoted(first),
            _ => return self.bare(),
        };
        self.position += 1;
        Ok(token)
    }

    /// Skips the body of a Lua block, up to and including the brace that closes it.
    ///
    /// Braces in Lua's strings and comments do not count.
    pub(crate) fn skip_lua(&mut self) -> Result<(), SyntaxError> {
        let from = self.position;
        let mut depth = 1_u32;
        let mut at = from;
        while let Some(&byte) = self.text.get(at) {
            let rest = self.text.get(at..).unwrap_or_default();
            at += match byte {
                b'{' => {
                    depth += 1;
                    1
                }
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        self.advance_to(at + 1);
                        return Ok(());
                    }
                    1
                }
                b'"' | b'\'' => lua_string(rest, byte),
                b'-' if rest.starts_with(b"--") => lua_comment(rest),
                b'[' => lua_long_bracket(rest).unwrap_or(1),
                _ => 1,
            };
        }
        self.advance_to(self.text.len());
        Err(SyntaxError::End { line: self.line })
    }

    fn skip_blank(&mut self) {
        while let Some(&byte) = self.text.get(self.position) {
            match byte {
                b'\n' => self.line += 1,
                b' ' | b'\t' | b'\r' => {}
                b'#' => {
                    // The line feed itself is left to the next round, which counts it.
                    let rest = self.text.get(self.position..).unwrap_or_default();
                    self.position += find(rest, b"\n").unwrap_or(rest.len());
                    continue;
                }
                _ => return,
            }
            self.position += 1;
        }
    }

    fn quoted(&mut self, mark: u8) -> Result<Token, SyntaxError> {
        let from = self.position + 1;
        let mut at = from;
        let mut escaped = false;
        loop {
            match self.text.get(at) {
                None => return self.unfinished(),
                Some(b'\\') => {
                    escaped = true;
                    at += 2;
                }
                Some(&byte) if byte == mark => break,
                Some(_) => at += 1,
            }
        }
        let word = self.decoded(from, at, escaped);
        self.advance_to(at + 1);
        match self.text.get(self.position) {
            Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' | b')') => Ok(Token::Word(word)),
            Some(&byte) => Err(SyntaxError::Unexpected {
                found: char::from(byte),
                line: self.line,
            }),
            None => self.unfinished(),
        }
    }

    fn bare(&mut self) -> Result<Token, SyntaxError> {
        let from = self.position;
        let mut at = from;
        let mut escaped = false;
        // `${` does not open a block, nor do further braces directly after it.
        let mut in_variable = false;
        loop {
            let Some(&byte) = self.text.get(at) else {
                return self.unfinished();
            };
            match byte {
                b'{' if in_variable => {
                    at += 1;
                    continue;
                }
                b'\\' => {
                    escaped = true;
                    at += 1;
                }
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'{' => break,
                _ => {}
            }
            in_variable = byte == b'$';
            at += 1;
        }
        let word = self.decoded(from, at, escaped);
        if escaped {
            self.advance_to(at);
        } else {
            self.position = at;
        }
        Ok(Token::Word(word))
    }

    fn unfinished<T>(&mut self) -> Result<T, SyntaxError> {
        self.advance_to(self.text.len());
        Err(SyntaxError::End { line: self.line })
    }

    fn advance_to(&mut self, position: usize) {
        let passed = self.text.get(self.position..position).unwrap_or_default();
        let lines = passed.split(|&byte| byte == b'\n').skip(1).count();
        self.line = self
            .line
            .saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
        self.position = position;
    }

    fn decoded(&self, from: usize, to: usize, escaped: bool) -> String {
        let raw = self.text.get(from..to).unwrap_or_default();
        if escaped {
            lossy(unescaped(raw))
        } else {
            lossy(raw.to_vec())
        }
    }
}

/// Only these six escapes exist, in quotes or not; any other backslash stays a byte of the value.
fn unescaped(raw: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let decoded = match (byte, bytes.peek()) {
            (b'\\', Some(&mark @ (b'"' | b'\'' | b'\\'))) => mark,
            (b'\\', Some(b't')) => b'\t',
            (b'\\', Some(b'r')) => b'\r',
            (b'\\', Some(b'n')) => b'\n',
            _ => {
                value.push(byte);
                continue;
            }
        };
        bytes.next();
        value.push(decoded);
    }
    value
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

/// The size of the Lua string that `text` begins with.
fn lua_string(text: &[u8], mark: u8) -> usize {
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            _ if byte == mark => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The size of the Lua comment that `text` begins with.
fn lua_comment(text: &[u8]) -> usize {
    let body = text.get(2..).unwrap_or_default();
    lua_long_bracket(body).map_or_else(
        || find(text, b"\n").unwrap_or(text.len()),
        |length| length + 2,
    )
}

/// The size of the `[==[ … ]==]` that `text` begins with, if it does.
fn lua_long_bracket(text: &[u8]) -> Option<usize> {
    let level = text
        .iter()
        .skip(1)
        .take_while(|&&byte| byte == b'=')
        .count();
    if text.first() != Some(&b'[') || text.get(level + 1) != Some(&b'[') {
        return None;
    }
    let mut close = vec![b'='; level + 2];
    close[0] = b']';
    close[level + 1] = b']';
    let body = text.get(level + 2..).unwrap_or_default();
    Some(find(body, &close).map_or(text.len(), |at| level + 2 + at + close.len()))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    match wanted {
        [byte] => text.iter().position(|candidate| candidate == byte),
        _ => text
            .windows(wanted.len())
            .position(|window| window == wanted),
    }
}

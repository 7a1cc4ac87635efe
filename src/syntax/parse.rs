//! Text to directives, by nginx's own rules.

use std::ops::Range;

use thiserror::Error;

use super::lexer::{Lexer, Token};

/// How deep blocks may nest. Real configurations stay below ten; the limit keeps hostile text from
/// exhausting the stack of whoever walks the result.
pub const MAX_DEPTH: usize = 100;

/// One directive, simple or with a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The first word, decoded.
    pub name: String,
    /// The other words, decoded as nginx decodes them; bytes that are not UTF-8 become U+FFFD.
    pub args: Vec<String>,
    /// The line of the name, from 1.
    pub line: u32,
    /// The bytes from the name (its quote included) to the end of the `;` or the closing `}`.
    pub span: Range<usize>,
    /// The bytes from the name to the end of the `;` or the opening `{`.
    pub head: Range<usize>,
    /// The directives in its braces. Empty for a block of Lua code, whose text is skipped.
    pub block: Option<Vec<Directive>>,
}

/// Where a text breaks nginx's grammar.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SyntaxError {
    /// A `;`, `{` or `}` out of place, or a byte glued to a closing quote.
    #[error("unexpected {found:?} on line {line}")]
    Unexpected {
        /// The byte, as a character.
        found: char,
        /// Its line, from 1.
        line: u32,
    },
    /// The text ends within a directive, a quoted word or a block.
    #[error("unexpected end of file on line {line}, expecting \";\" or \"}}\"")]
    End {
        /// The last line.
        line: u32,
    },
    /// More than [`MAX_DEPTH`] blocks within each other.
    #[error("blocks nest deeper than {MAX_DEPTH} on line {line}")]
    TooDeep {
        /// The line of the block that is one too many.
        line: u32,
    },
}

/// Reads a configuration file.
///
/// It knows the grammar, not the directives: names and numbers of arguments are not checked.
/// Takes time linear in the size of the text, whatever it holds.
pub fn parse(text: &[u8]) -> Result<Vec<Directive>, SyntaxError> {
    let mut lexer = Lexer::new(text);
    // Blocks that are still open, each with the directives that stood before it on its own level.
    let mut open: Vec<(Directive, Vec<Directive>)> = Vec::new();
    let mut level: Vec<Directive> = Vec::new();
    loop {
        let token = lexer.token()?;
        let line = lexer.start_line;
        match token {
            Token::Word(name) => {
                let (mut directive, opens) = directive(&mut lexer, name)?;
                if !opens {
                    level.push(directive);
                } else if directive.name.ends_with("_by_lua_block") {
                    lexer.skip_lua()?;
                    directive.span.end = lexer.position;
                    directive.block = Some(Vec::new());
                    level.push(directive);
                } else if open.len() == MAX_DEPTH {
                    return Err(SyntaxError::TooDeep { line });
                } else {
                    open.push((directive, std::mem::take(&mut level)));
                }
            }
            Token::Close => {
                let Some((mut directive, before)) = open.pop() else {
                    return Err(SyntaxError::Unexpected { found: '}', line });
                };
                directive.span.end = lexer.position;
                directive.block = Some(std::mem::replace(&mut level, before));
                level.push(directive);
            }
            Token::Semicolon => return Err(SyntaxError::Unexpected { found: ';', line }),
            Token::Open => return Err(SyntaxError::Unexpected { found: '{', line }),
            Token::End if open.is_empty() => return Ok(level),
            Token::End => return Err(SyntaxError::End { line }),
        }
    }
}

/// Reads the rest of a directive whose name was the last token; also says whether it opens a block.
fn directive(lexer: &mut Lexer<'_>, name: String) -> Result<(Directive, bool), SyntaxError> {
    let start = lexer.start;
    let line = lexer.start_line;
    let mut args = Vec::new();
    let opens = loop {
        match lexer.token()? {
            Token::Word(word) => args.push(word),
            Token::Semicolon => break false,
            Token::Open => break true,
            Token::Close => {
                let line = lexer.start_line;
                return Err(SyntaxError::Unexpected { found: '}', line });
            }
            Token::End => return Err(SyntaxError::End { line: lexer.line }),
        }
    };
    let span = start..lexer.position;
    let directive = Directive {
        name,
        args,
        line,
        head: span.clone(),
        span,
        block: None,
    };
    Ok((directive, opens))
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;

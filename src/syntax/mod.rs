//! nginx's configuration grammar: one safe writer of values, one reader.
//!
//! Pure: nothing here opens a file or asks the machine.

mod lexer;
mod listen;
mod parse;
mod pattern;
mod quote;

pub use listen::ListenSocket;
pub use parse::{Directive, MAX_DEPTH, SyntaxError, parse};
pub use pattern::{escape_wildcards, has_wildcard, normalise, wildcard};
pub use quote::{DOLLAR, MAX_PARAMETER, QuoteError, Variables, quote};

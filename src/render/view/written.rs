//! Values as nginx text.

use crate::render::Refusal;
use crate::syntax::{Variables, quote};

/// Writes a value for a directive that takes variables.
pub(super) fn expanded(value: &str) -> Result<String, Refusal> {
    written(value, Variables::Expanded)
}

/// Writes a value for a directive in which `$` is a plain character.
pub(super) fn plain(value: &str) -> Result<String, Refusal> {
    written(value, Variables::Plain)
}

fn written(value: &str, variables: Variables) -> Result<String, Refusal> {
    quote(value, variables).map_err(|error| Refusal::Quote {
        value: value.to_owned(),
        error,
    })
}

/// A comment that cannot end before its line does.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// A written value with written text behind it, as one parameter.
pub(super) fn joined(written: &str, more: &str) -> String {
    let inner = |text: &str| {
        let quoted = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        quoted.map(str::to_owned)
    };
    match (inner(written), inner(more)) {
        (None, None) => format!("{written}{more}"),
        (first, second) => {
            let first = first.unwrap_or_else(|| written.to_owned());
            let second = second.unwrap_or_else(|| more.to_owned());
            format!("\"{first}{second}\"")
        }
    }
}

/// A path as it stands in a URL: nginx passes on and redirects to what is written, byte by byte.
pub(super) fn ascii(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii() {
            text.push(char::from(byte));
        } else {
            text.extend(["%", &format!("{byte:02X}")]);
        }
    }
    text
}

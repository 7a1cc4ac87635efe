//! The rows of a redirect map: `from,to` or `from,to,code`.

use crate::model::{RedirectCode, RedirectCodeError, RedirectUrl, UrlError, shown};
use crate::render::MapRedirect;

/// The longest path that is redirected, in bytes.
const MOST_BYTES: usize = 1024;

/// What is wrong with a row.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum RowError {
    /// Too few fields or too many.
    #[error("`from,to` or `from,to,code` is expected, this row has {0} fields")]
    Fields(usize),
    /// Quotes that do not pair.
    #[error(
        "a field in quotes ends with its closing quote, on the same line; a quote within is doubled"
    )]
    Quote,
    /// A path that does not begin with a slash.
    #[error("`{}`: `from` is a path, which begins with `/`", shown(.0))]
    Relative(String),
    /// What a path of a request never holds.
    #[error("`from` holds `{}`, which the path of a request never does", .0.escape_debug())]
    Character(char),
    /// A percent sign without two digits behind it.
    #[error("`{}`: behind a `%` two hexadecimal digits are expected; `%` itself is %25", shown(.0))]
    Percent(String),
    /// Bytes that are no text.
    #[error("`{}` is no UTF-8 text when it is decoded", shown(.0))]
    Utf8(String),
    /// Segments that nginx resolves before it compares.
    #[error("`{}` has an empty, `.` or `..` segment, which nginx resolves before it compares", shown(.0))]
    Segment(String),
    /// Too long.
    #[error("`from` has at most {MOST_BYTES} bytes")]
    Long,
    /// Neither a path nor a URL.
    #[error("`{}`: {error}", shown(to))]
    To {
        /// What was given.
        to: String,
        /// Why it is none.
        error: UrlError,
    },
    /// A path that browsers take for a host.
    #[error("`{}`: browsers read `//` as the start of a host name", shown(.0))]
    Slashes(String),
    /// Another status.
    #[error("`{}`: {RedirectCodeError}", shown(.0))]
    Code(String),
}

/// The fields of a line, without the spaces around them.
pub(super) fn fields(line: &str) -> Result<Vec<String>, RowError> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let start = rest.trim_start();
        let (field, after) = if let Some(quoted) = start.strip_prefix('"') {
            let (field, after) = closed(quoted).ok_or(RowError::Quote)?;
            (field, after.trim_start())
        } else {
            let (field, after) = start.split_at(start.find(',').unwrap_or(start.len()));
            (field.trim_end().to_owned(), after)
        };
        fields.push(field);
        rest = match after.strip_prefix(',') {
            Some(rest) => rest,
            None if after.is_empty() => return Ok(fields),
            None => return Err(RowError::Quote),
        };
    }
}

/// The text up to the closing quote, and what follows it.
fn closed(mut rest: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    loop {
        let (part, after) = rest.split_once('"')?;
        text.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                text.push('"');
                rest = more;
            }
            None => return Some((text, after)),
        }
    }
}

/// Whether these are the titles of the columns.
pub(super) fn is_header(fields: &[String]) -> bool {
    let titles = ["from", "to", "code"];
    (2..=3).contains(&fields.len())
        && fields
            .iter()
            .zip(titles)
            .all(|(field, title)| field.eq_ignore_ascii_case(title))
}

/// The redirect of a row.
pub(super) fn redirect(fields: &[String]) -> Result<MapRedirect, RowError> {
    let (from, to, code) = match fields {
        [from, to] => (from, to, None),
        [from, to, code] => (from, to, Some(code)),
        _ => return Err(RowError::Fields(fields.len())),
    };
    let code = code.filter(|code| !code.is_empty()).map(|code| {
        let parsed = code.parse::<RedirectCode>();
        parsed.map_err(|_| RowError::Code(code.clone()))
    });
    Ok(MapRedirect {
        from: path(from)?,
        to: target(to)?,
        code: code.transpose()?,
    })
}

/// A path as nginx compares it.
fn path(given: &str) -> Result<String, RowError> {
    if !given.starts_with('/') {
        return Err(RowError::Relative(given.to_owned()));
    }
    if let Some(bad) = given.chars().find(|c| matches!(c, '?' | '#')) {
        return Err(RowError::Character(bad));
    }
    let bytes = decoded(given).ok_or_else(|| RowError::Percent(given.to_owned()))?;
    let path = String::from_utf8(bytes).map_err(|_| RowError::Utf8(given.to_owned()))?;
    if let Some(bad) = path.chars().find(|c| c.is_control()) {
        return Err(RowError::Character(bad));
    }
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        if matches!(segment, "." | "..") || (segment.is_empty() && !last) {
            return Err(RowError::Segment(given.to_owned()));
        }
    }
    if path.len() > MOST_BYTES {
        return Err(RowError::Long);
    }
    Ok(path)
}

/// Where a redirect points, to the byte; the host of a URL in the form that nginx compares.
fn target(given: &str) -> Result<String, RowError> {
    let refused = |error| RowError::To {
        to: given.to_owned(),
        error,
    };
    if given.starts_with("//") {
        return Err(RowError::Slashes(given.to_owned()));
    }
    if given.starts_with('/') {
        // A path obeys the rules of a URL's.
        let url = format!("http://host{given}").parse::<RedirectUrl>();
        return url.map(|_| given.to_owned()).map_err(refused);
    }
    let url = given.parse::<RedirectUrl>().map_err(refused)?;
    Ok(url.to_string())
}

/// The bytes that percent-encoding stands for; none where it is not well formed.
pub(super) fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{RowError, fields, is_header, redirect};
    use crate::render::MapRedirect;

    fn row(line: &str) -> Result<MapRedirect, RowError> {
        redirect(&fields(line)?)
    }

    #[test]
    fn rows_are_read_as_spreadsheets_write_them() {
        for (line, from, to, code) in [
            ("/a,/b", "/a", "/b", None),
            (" /a , /b , 301 ", "/a", "/b", Some(301)),
            ("/a,/b,", "/a", "/b", None),
            ("\"/a,b\",\"/c\",\"308\"", "/a,b", "/c", Some(308)),
            (
                "\"/a\"\"b\" , /c%22?x=1&y#z",
                "/a\"b",
                "/c%22?x=1&y#z",
                None,
            ),
            ("/a%20b%2Fc/,/b", "/a b/c/", "/b", None),
            ("/stra%C3%9Fe,/b", "/straße", "/b", None),
            ("/straße,/b", "/straße", "/b", None),
            ("/100%25,/b", "/100%", "/b", None),
            ("/what%3F,/b", "/what?", "/b", None),
            (
                "/a,HTTPS://Example.COM/B?c",
                "/a",
                "https://example.com/B?c",
                None,
            ),
        ] {
            let found = row(line).unwrap();
            let number = found.code.map(crate::model::RedirectCode::number);
            assert_eq!(
                (&*found.from, &*found.to, number),
                (from, to, code),
                "{line}"
            );
        }
        assert!(is_header(&fields("From,To").unwrap()));
        assert!(is_header(&fields("\"from\",\"to\",\"code\"").unwrap()));
        assert!(!is_header(&fields("from").unwrap()));
        assert!(!is_header(&fields("/from,/to").unwrap()));
    }

    #[test]
    fn rows_that_could_never_match_or_lead_astray_are_refused() {
        for line in [
            "/a",
            "/a,/b,301,x",
            "/a /b",
            "a,/b",
            ",/b",
            "/a?x=1,/b",
            "/a#x,/b",
            "/a%0Ab,/b",
            "/a%00,/b",
            "/a\u{7f},/b",
            "/100%,/b",
            "/%zz,/b",
            "/%+1,/b",
            "/%E9,/b",
            "/a//b,/b",
            "/a/../b,/b",
            "/a/%2E%2E/b,/b",
            "/./,/b",
            "/a,",
            "/a,b",
            "/a,//evil.example/",
            "/a,/\\evil.example",
            "/a,/b c",
            "/a,/b\u{e9}",
            "/a,/b\"",
            "/a,javascript:alert(1)",
            "/a,https://",
            "/a,/b,300",
            "/a,/b,permanent",
            "\"/a,/b",
            "\"/a\"x,/b",
        ] {
            assert!(row(line).is_err(), "{line:?} became {:?}", row(line));
        }
        assert_eq!(
            row(&format!("/{},/b", "x".repeat(1024))),
            Err(RowError::Long)
        );
    }
}

//! The one safe writer of values into nginx configuration.
//!
//! Everything that mech puts into a parameter goes through [`quote`], so that no value can end its
//! parameter, its directive or its block.

use thiserror::Error;

/// How a literal dollar sign is written where variables are expanded.
///
/// nginx has no escape for `$`. The variable comes from `geo $mech_dollar { default "$"; }`, because
/// values of `geo` are taken as they stand, while values of `map` are expanded again.
pub const DOLLAR: &str = "${mech_dollar}";

/// The size in bytes, as written and without the quotes, at which nginx refuses a parameter as too long.
pub const MAX_PARAMETER: usize = 4096;

/// Whether the directive that takes a value expands variables in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variables {
    /// `$` is a plain byte: `server_name`, `location`, `include`, `error_log`, names and servers of upstreams.
    Plain,
    /// `$` begins a variable: `root`, `return`, `proxy_pass`, `add_header`, values of `map`. Text that uses
    /// this needs the variable of [`DOLLAR`] to be defined.
    Expanded,
}

/// Why a value cannot stand in an nginx configuration.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuoteError {
    /// A control character; nginx accepts these silently and then splits headers or cuts paths at them.
    #[error("control character 0x{byte:02x} at byte {offset}")]
    Control {
        /// The character, below 0x20 or 0x7f.
        byte: u8,
        /// Where it stands in the value, counted in bytes from 0.
        offset: usize,
    },
    /// nginx refuses parameters of [`MAX_PARAMETER`] bytes and more.
    #[error("{bytes} bytes long when written for nginx, the limit is {}", MAX_PARAMETER - 1)]
    TooLong {
        /// The size as written, escapes included.
        bytes: usize,
    },
}

/// Writes `value` as exactly one nginx parameter.
///
/// Values of harmless bytes stay bare, everything else is double-quoted: nginx has no escape for a space
/// or a semicolon outside quotes. The empty value is `""`.
pub fn quote(value: &str, variables: Variables) -> Result<String, QuoteError> {
    if let Some((offset, byte)) = value
        .bytes()
        .enumerate()
        .find(|(_, byte)| byte.is_ascii_control())
    {
        return Err(QuoteError::Control { byte, offset });
    }
    let mut written = String::with_capacity(value.len() + 2);
    if is_bare(value) {
        written.push_str(value);
        return within_limit(written, 0);
    }
    written.push('"');
    for character in value.chars() {
        match character {
            '"' | '\\' => {
                written.push('\\');
                written.push(character);
            }
            '$' if variables == Variables::Expanded => written.push_str(DOLLAR),
            _ => written.push(character),
        }
    }
    written.push('"');
    within_limit(written, 2)
}

/// None of these bytes means anything to nginx's grammar, not even as the first of a word.
fn is_bare(value: &str) -> bool {
    !value.is_empty()
        && value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_./:*@-".contains(&byte))
}

fn within_limit(written: String, quotes: usize) -> Result<String, QuoteError> {
    let bytes = written.len() - quotes;
    if bytes >= MAX_PARAMETER {
        return Err(QuoteError::TooLong { bytes });
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;
    use proptest::prelude::*;

    fn args_of(text: &str) -> Vec<String> {
        let directives = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(directives.len(), 1, "{text}");
        directives[0].args.clone()
    }

    #[test]
    fn writes_each_kind_of_value() {
        for (value, plain, expanded) in [
            ("", r#""""#, r#""""#),
            ("example.com", "example.com", "example.com"),
            ("*.example.com", "*.example.com", "*.example.com"),
            ("@app", "@app", "@app"),
            ("a b", r#""a b""#, r#""a b""#),
            ("a;b", r#""a;b""#, r#""a;b""#),
            ("{", r#""{""#, r#""{""#),
            ("#", r##""#""##, r##""#""##),
            (r#"a"b"#, r#""a\"b""#, r#""a\"b""#),
            (r"a\nb", r#""a\\nb""#, r#""a\\nb""#),
            ("$host", r#""$host""#, r#""${mech_dollar}host""#),
            ("[::1]:80", r#""[::1]:80""#, r#""[::1]:80""#),
            ("é", r#""é""#, r#""é""#),
        ] {
            assert_eq!(quote(value, Variables::Plain).as_deref(), Ok(plain));
            assert_eq!(quote(value, Variables::Expanded).as_deref(), Ok(expanded));
        }
    }

    #[test]
    fn refuses_control_characters_and_too_long_values() {
        for byte in (0..0x20).chain([0x7f_u8]) {
            let value = format!("a{}b", char::from(byte));
            assert_eq!(
                quote(&value, Variables::Plain),
                Err(QuoteError::Control { byte, offset: 1 })
            );
        }
        assert!(quote(&"a".repeat(4095), Variables::Plain).is_ok());
        assert!(quote(&" ".repeat(4095), Variables::Plain).is_ok());
        for value in ["a".repeat(4096), " ".repeat(4096), "\\".repeat(2048)] {
            assert_eq!(
                quote(&value, Variables::Plain),
                Err(QuoteError::TooLong { bytes: 4096 })
            );
        }
        assert!(quote(&"$".repeat(316), Variables::Expanded).is_err());
    }

    proptest! {
        #[test]
        fn parsing_gives_the_value_back(value in "[ -~é😀\u{2028}]{0,60}", special in r#"[$"'\\{};# na@]{0,20}"#) {
            for value in [&value, &special, &format!("{value}{special}")] {
                let plain = quote(value, Variables::Plain)?;
                prop_assert_eq!(args_of(&format!("x {plain} y;")), [value.as_str(), "y"]);
                prop_assert_eq!(args_of(&format!("x {plain}{{}}")), [value.as_str()]);
                let expanded = quote(value, Variables::Expanded)?;
                prop_assert_eq!(args_of(&format!("x {expanded};"))[0].replace(DOLLAR, "$"), value.as_str());
            }
        }
    }
}

//! Host names, as nginx's `server_name` takes them.

use std::fmt;
use std::str::FromStr;

use super::shown;

/// A host name in the form that nginx compares: lower case, punycode, no port, no final dot.
///
/// Letters, digits, hyphens and underscores in labels of at most 63 bytes, at most 253 in all
/// (RFC 1123; the underscore is nginx's addition), or an IPv4 address. A first label `*` makes it a
/// wildcard. nginx accepts much else in silence and then never matches it, so all else is refused.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerName(String);

/// Why a host name was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ServerNameError {
    /// Nothing is there.
    #[error("a host name must not be empty")]
    Empty,
    /// A scheme, as of a URL.
    #[error("a host name is expected, not a URL: leave out `{0}`")]
    Scheme(String),
    /// A colon, as before a port.
    #[error(
        "a host name holds no port: the ports of all sites are the settings `http-port` and `https-port`"
    )]
    Port,
    /// A character that no host name holds.
    #[error("a host name does not hold `{}`", .0.escape_debug())]
    Character(char),
    /// `*` anywhere but as the whole first label.
    #[error("`*` stands for the whole first label only, as in `*.example.com`")]
    Wildcard,
    /// Two dots in a row, or one at an end.
    #[error("a host name has no empty label (two dots in a row, or one at the start)")]
    EmptyLabel,
    /// A label longer than 63 bytes.
    #[error("the label `{}` is longer than 63 bytes", shown(.0))]
    LongLabel(String),
    /// Longer than 253 bytes.
    #[error("a host name has at most 253 bytes, this one has {0}")]
    Long(usize),
    /// A label that begins or ends with a hyphen.
    #[error("the label `{0}` begins or ends with a hyphen")]
    Hyphen(String),
    /// The international form cannot be written as punycode (UTS 46).
    #[error("not a valid international host name")]
    International,
}

impl ServerName {
    /// The name as nginx gets it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the first label is `*`.
    #[must_use]
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }

    /// The name as a person reads it: punycode labels in their own script.
    #[must_use]
    pub fn readable(&self) -> String {
        if !self.0.contains("xn--") {
            return self.0.clone();
        }
        let (unicode, result) = idna::domain_to_unicode(&self.0);
        if result.is_ok() {
            unicode
        } else {
            self.0.clone()
        }
    }
}

impl FromStr for ServerName {
    type Err = ServerNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(ServerNameError::Empty);
        }
        if let Some((scheme, _)) = text.split_once("://") {
            return Err(ServerNameError::Scheme(format!("{scheme}://")));
        }
        if let Some(bad) = text
            .chars()
            .find(|c| c.is_control() || c.is_whitespace() || (c.is_ascii() && !allowed(*c)))
        {
            return Err(if bad == ':' {
                ServerNameError::Port
            } else {
                ServerNameError::Character(bad)
            });
        }
        let (star, rest) = match text.strip_prefix("*.") {
            Some(rest) => ("*.", rest),
            None => ("", text),
        };
        if rest.contains('*') {
            return Err(ServerNameError::Wildcard);
        }
        let ascii = if rest.is_ascii() && !rest.to_ascii_lowercase().contains("xn--") {
            rest.to_ascii_lowercase()
        } else {
            idna::domain_to_ascii(rest).map_err(|_| ServerNameError::International)?
        };
        // Unicode has other asterisks, which become this one.
        if ascii.contains('*') {
            return Err(ServerNameError::Wildcard);
        }
        // DNS writes the root as a final dot; nginx drops it from the request before it compares.
        let name = format!("{star}{}", ascii.strip_suffix('.').unwrap_or(&ascii));
        check_labels(&name)?;
        Ok(Self(name))
    }
}

fn allowed(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '*')
}

fn check_labels(name: &str) -> Result<(), ServerNameError> {
    if name.is_empty() {
        return Err(ServerNameError::Empty);
    }
    if name.len() > 253 {
        return Err(ServerNameError::Long(name.len()));
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err(ServerNameError::EmptyLabel);
        }
        if label.len() > 63 {
            return Err(ServerNameError::LongLabel(label.to_owned()));
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err(ServerNameError::Hyphen(label.to_owned()));
        }
        if let Some(bad) = label.chars().find(|&c| !allowed(c)) {
            return Err(ServerNameError::Character(bad));
        }
    }
    Ok(())
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{ServerName, ServerNameError};

    #[test]
    fn writes_names_as_nginx_compares_them() {
        for (given, kept) in [
            ("Example.COM", "example.com"),
            ("example.com.", "example.com"),
            ("*.Example.com", "*.example.com"),
            ("my_app.local", "my_app.local"),
            ("EXAMPLE", "example"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("XN--bcher-kva.example", "xn--bcher-kva.example"),
            ("*.bücher.example", "*.xn--bcher-kva.example"),
            ("10.0.0.1", "10.0.0.1"),
        ] {
            assert_eq!(given.parse::<ServerName>().unwrap().as_str(), kept);
        }
        let name: ServerName = "bücher.example".parse().unwrap();
        assert_eq!(name.readable(), "bücher.example");
    }

    #[test]
    fn refuses_what_nginx_would_take_and_never_match() {
        for name in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a b",
            "a;b",
            "a{b",
            "a$b",
            "\"a\"",
            "a'b",
            "a/b",
            "a\\b",
            "-a.com",
            "a-.com",
            "a.*",
            "*",
            "*a.com",
            "a.*.com",
            "**.com",
            "a\n",
            "a\u{7f}",
            "a#b",
            "a%b",
            "a@b",
            "a\u{2028}b",
            "~^x$",
            "[::1]",
        ] {
            let parsed = name.parse::<ServerName>();
            assert!(parsed.is_err(), "{name:?} became {parsed:?}");
        }
        assert_eq!("a.com:80".parse::<ServerName>(), Err(ServerNameError::Port));
        assert!("x".repeat(64).parse::<ServerName>().is_err());
        assert!(["abcdefghi"; 26].join(".").parse::<ServerName>().is_err());
        assert_eq!(
            "http://a.com".parse::<ServerName>(),
            Err(ServerNameError::Scheme("http://".into()))
        );
    }
}

//! Where a redirect points.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use super::{ServerName, ServerNameError, parse_port, shown};

/// An absolute `http` or `https` URL of printable ASCII, its host in the form nginx compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUrl {
    https: bool,
    host: String,
    port: Option<u16>,
    /// Path, query and fragment, as written; empty, or begins with `/`, `?` or `#`.
    rest: String,
}

/// Why a URL was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UrlError {
    /// Neither `http://` nor `https://`.
    #[error("a whole URL is expected, such as https://example.com/path")]
    Scheme,
    /// The host.
    #[error("{0}")]
    Host(#[from] ServerNameError),
    /// A wildcard or an IPv6 address that is none.
    #[error("`{}` is no host to redirect to", shown(.0))]
    NoHost(String),
    /// The port.
    #[error("a port is a number from 1 to 65535")]
    Port,
    /// A character that a URL writes percent-encoded.
    #[error("a URL does not hold `{}`: write it percent-encoded", .0.escape_debug())]
    Character(char),
    /// Longer than 2,000 bytes.
    #[error("a URL has at most 2000 bytes here, this one has {0}")]
    Long(usize),
    /// A query or fragment where the request's own path is appended.
    #[error("the path and query of each request are appended, so this URL has no `?` and no `#`")]
    Query,
}

impl RedirectUrl {
    /// Whether the scheme is `https`.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host: a name, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, its scheme's own (80 or 443) where none is written.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.https { 443 } else { 80 })
    }

    /// Path, query and fragment, as written; empty where the URL ends with its host.
    #[must_use]
    pub fn rest(&self) -> &str {
        &self.rest
    }

    /// Refuses what cannot have a request's path appended, for `--redirect-full`.
    pub fn without_query(self) -> Result<Self, UrlError> {
        if self.rest.contains(['?', '#']) {
            Err(UrlError::Query)
        } else {
            Ok(self)
        }
    }
}

impl FromStr for RedirectUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > 2000 {
            return Err(UrlError::Long(text.len()));
        }
        let (scheme, after) = text.split_once("://").ok_or(UrlError::Scheme)?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(UrlError::Scheme),
        };
        let (authority, rest) = match after.find(['/', '?', '#']) {
            Some(at) => after.split_at(at),
            None => (after, ""),
        };
        let bad = |c: char| {
            !c.is_ascii_graphic()
                || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '}' | '|')
        };
        if let Some(bad) = rest.chars().find(|&c| bad(c)) {
            return Err(UrlError::Character(bad));
        }
        let (host, port) = split_authority(authority)?;
        Ok(Self {
            https,
            host,
            port,
            rest: rest.to_owned(),
        })
    }
}

fn split_authority(text: &str) -> Result<(String, Option<u16>), UrlError> {
    let port = |text: &str| parse_port(text).map_err(|_| UrlError::Port);
    if let Some(rest) = text.strip_prefix('[') {
        let (inner, after) = rest
            .split_once(']')
            .ok_or_else(|| UrlError::NoHost(text.to_owned()))?;
        let address: Ipv6Addr = inner
            .parse()
            .map_err(|_| UrlError::NoHost(text.to_owned()))?;
        return match after.strip_prefix(':') {
            Some(digits) => Ok((format!("[{address}]"), Some(port(digits)?))),
            None if after.is_empty() => Ok((format!("[{address}]"), None)),
            None => Err(UrlError::NoHost(text.to_owned())),
        };
    }
    let (host, port) = match text.split_once(':') {
        Some((host, digits)) => (host, Some(port(digits)?)),
        None => (text, None),
    };
    let name: ServerName = host.parse()?;
    if name.is_wildcard() {
        return Err(UrlError::NoHost(host.to_owned()));
    }
    Ok((name.as_str().to_owned(), port))
}

impl fmt::Display for RedirectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        f.write_str(&self.rest)
    }
}

#[cfg(test)]
mod tests {
    use super::{RedirectUrl, UrlError};

    #[test]
    fn keeps_path_and_query_to_the_byte() {
        for (given, kept) in [
            ("https://example.com", "https://example.com"),
            (
                "HTTPS://Example.COM/A%2Fb?a=1&b='x';$y",
                "https://example.com/A%2Fb?a=1&b='x';$y",
            ),
            (
                "http://bücher.example:8080/",
                "http://xn--bcher-kva.example:8080/",
            ),
            ("http://[::1]:8080/x#y", "http://[::1]:8080/x#y"),
            ("https://x/?a=1&b=2", "https://x/?a=1&b=2"),
        ] {
            let url: RedirectUrl = given.parse().unwrap();
            assert_eq!(url.to_string(), kept);
            assert_eq!(kept.parse::<RedirectUrl>().unwrap(), url);
        }
    }

    #[test]
    fn refuses_what_would_split_a_header_or_point_nowhere() {
        for text in [
            "",
            "/x",
            "example.com",
            "ftp://a/",
            "javascript:alert(1)",
            "https://",
            "https:///x",
            "https://a b/",
            "https://a/b c",
            "https://a/\r\nX: y",
            "https://a/\"",
            "https://a/{",
            "https://a:0/",
            "https://a:x/",
            "https://*.a/",
            "https://[::1",
            "https://user@a/",
            "https://a/é",
        ] {
            assert!(text.parse::<RedirectUrl>().is_err(), "{text:?}");
        }
        let query: RedirectUrl = "https://a/?x".parse().unwrap();
        assert_eq!(query.without_query(), Err(UrlError::Query));
    }
}

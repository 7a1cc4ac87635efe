//! How requests are shared among backends, and how a client stays with one.

use std::fmt;
use std::str::FromStr;

/// By what rule the next backend is chosen (nginx docs, `ngx_http_upstream_module`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Balance {
    /// The backend with the fewest open requests, in turn where several have as few.
    LeastConn,
    /// One after the other, each as often as its weight.
    RoundRobin,
    /// Of two drawn at random the one with fewer open requests.
    Random,
    /// By the client's address, of IPv4 the first three bytes.
    IpHash,
    /// By the hash of something in the request, consistently: a backend that goes moves its own
    /// requests alone.
    Hash(HashKey),
}

/// What of a request is hashed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HashKey {
    /// The path and the query as the client sent them.
    Uri,
    /// The client's address.
    Ip,
    /// The name that was asked for.
    Host,
    /// A header, by its lower-case name.
    Header(String),
    /// A cookie.
    Cookie(String),
    /// An argument of the query.
    Argument(String),
}

/// How a client stays with the backend that it had first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sticky {
    /// By a cookie that nginx sets.
    Cookie(String),
    /// By its address.
    Ip,
    /// By a header that it sends; clients without it by their address.
    Header(String),
}

/// Text that is no rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BalanceError {
    /// None of the rules.
    #[error("expected least-conn, round-robin, random, ip-hash or hash:KEY")]
    Rule,
    /// None of the keys.
    #[error("expected hash: and uri, ip, host, header:NAME, cookie:NAME or arg:NAME behind it")]
    Key,
    /// None of the ways to stay.
    #[error("expected cookie, cookie:NAME, ip or header:NAME")]
    Sticky,
    /// A name that cannot stand in the name of a variable of nginx's.
    #[error(
        "the name of a header, cookie or argument here has 1 to 64 letters, digits, `_` or `-`"
    )]
    Name,
    /// A cookie with a hyphen.
    #[error(
        "nginx reads cookies and arguments only by names of letters, digits and `_`, not by `{0}`"
    )]
    Hyphen(String),
}

impl Sticky {
    /// The cookie where none is named.
    pub const COOKIE: &'static str = "mech_backend";
}

/// Reads a name; `hyphen` where nginx turns one into an underscore, as in headers.
fn name(text: &str, hyphen: bool) -> Result<String, BalanceError> {
    let known = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    if text.is_empty() || text.len() > 64 || !text.bytes().all(known) {
        return Err(BalanceError::Name);
    }
    if !hyphen && text.contains('-') {
        return Err(BalanceError::Hyphen(text.to_owned()));
    }
    Ok(text.to_owned())
}

impl FromStr for Balance {
    type Err = BalanceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            // As nginx writes it too.
            "least-conn" | "least_conn" => Ok(Self::LeastConn),
            "round-robin" => Ok(Self::RoundRobin),
            "random" => Ok(Self::Random),
            "ip-hash" | "ip_hash" => Ok(Self::IpHash),
            _ => match text.strip_prefix("hash:") {
                Some(key) => key.parse().map(Self::Hash),
                None => Err(BalanceError::Rule),
            },
        }
    }
}

impl FromStr for HashKey {
    type Err = BalanceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // nginx's own names mean the same.
        match text {
            "uri" | "$request_uri" => return Ok(Self::Uri),
            "ip" | "$remote_addr" => return Ok(Self::Ip),
            "host" | "$host" => return Ok(Self::Host),
            _ => {}
        }
        let named = |prefixes: [&str; 2]| prefixes.iter().find_map(|p| text.strip_prefix(p));
        if let Some(header) = named(["header:", "$http_"]) {
            return Ok(Self::Header(
                name(header, true)?.to_ascii_lowercase().replace('_', "-"),
            ));
        }
        if let Some(cookie) = named(["cookie:", "$cookie_"]) {
            return name(cookie, false).map(Self::Cookie);
        }
        if let Some(argument) = named(["arg:", "$arg_"]) {
            return name(argument, false).map(Self::Argument);
        }
        Err(BalanceError::Key)
    }
}

impl FromStr for Sticky {
    type Err = BalanceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "cookie" => return Ok(Self::Cookie(Self::COOKIE.to_owned())),
            "ip" => return Ok(Self::Ip),
            _ => {}
        }
        if let Some(cookie) = text.strip_prefix("cookie:") {
            return name(cookie, false).map(Self::Cookie);
        }
        if let Some(header) = text.strip_prefix("header:") {
            let name = name(header, true)?.to_ascii_lowercase();
            return Ok(Self::Header(name.replace('_', "-")));
        }
        Err(BalanceError::Sticky)
    }
}

impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LeastConn => f.write_str("least-conn"),
            Self::RoundRobin => f.write_str("round-robin"),
            Self::Random => f.write_str("random"),
            Self::IpHash => f.write_str("ip-hash"),
            Self::Hash(key) => write!(f, "hash:{key}"),
        }
    }
}

impl fmt::Display for HashKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uri => f.write_str("uri"),
            Self::Ip => f.write_str("ip"),
            Self::Host => f.write_str("host"),
            Self::Header(name) => write!(f, "header:{name}"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
            Self::Argument(name) => write!(f, "arg:{name}"),
        }
    }
}

impl fmt::Display for Sticky {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cookie(name) if name == Self::COOKIE => f.write_str("cookie"),
            Self::Cookie(name) => write!(f, "cookie:{name}"),
            Self::Ip => f.write_str("ip"),
            Self::Header(name) => write!(f, "header:{name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Balance, BalanceError, Sticky};

    #[test]
    fn rules_are_read_in_both_spellings_and_shown_in_one() {
        for (text, shown) in [
            ("least_conn", "least-conn"),
            ("ip-hash", "ip-hash"),
            ("hash:$request_uri", "hash:uri"),
            ("hash:$http_x_user", "hash:header:x-user"),
            ("hash:header:X-User", "hash:header:x-user"),
            ("hash:cookie:sid", "hash:cookie:sid"),
            ("hash:arg:q", "hash:arg:q"),
        ] {
            assert_eq!(text.parse::<Balance>().unwrap().to_string(), shown);
        }
        assert_eq!("hash:".parse::<Balance>(), Err(BalanceError::Key));
        assert_eq!("hash:cookie:".parse::<Balance>(), Err(BalanceError::Name));
        assert_eq!("least".parse::<Balance>(), Err(BalanceError::Rule));
    }

    #[test]
    fn a_cookie_with_a_hyphen_cannot_be_read_by_nginx() {
        assert!(matches!(
            "cookie:connect-sid".parse::<Sticky>(),
            Err(BalanceError::Hyphen(_))
        ));
        assert_eq!("cookie:a;b".parse::<Sticky>(), Err(BalanceError::Name));
        assert_eq!("cookie".parse::<Sticky>().unwrap().to_string(), "cookie");
    }
}

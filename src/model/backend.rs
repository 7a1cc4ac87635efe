//! Where a site's requests go.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::{
    AbsolutePath, AbsolutePathError, Duration, PortError, ServerName, ServerNameError, parse_port,
    shown,
};

/// One backend as the person wrote it: a target, perhaps a path below which alone it is asked, and
/// perhaps nginx's own `server` parameters.
///
/// ```text
/// 3000   host:3000   [::1]:3000   3000-3003   unix:/run/app.sock   @/srv/app/data/port
/// 3001/ci-server   3001:/ci-server   unix:/run/app.sock:/live   10.0.0.1:3000 weight=3
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// What is connected to.
    pub target: Target,
    /// The path whose requests it gets; without one it gets all that no path claims.
    pub path: Option<UrlPath>,
    /// nginx's own parameters, in the order given, each at most once.
    pub parameters: Vec<ServerParameter>,
}

/// What nginx connects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A host and one or more ports of it.
    Ports(BackendHost, PortRange),
    /// A unix domain socket.
    Unix(AbsolutePath),
    /// A text file that holds ports or addresses, read anew at each render.
    File(AbsolutePath),
}

/// The host part of a backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackendHost {
    /// `localhost`, also what a bare port means: this machine, whichever of IPv4 and IPv6 answers.
    Localhost,
    /// An IPv4 address.
    V4(Ipv4Addr),
    /// An IPv6 address.
    V6(Ipv6Addr),
    /// A name to be resolved.
    Name(ServerName),
}

/// One port, or several in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The first port.
    pub first: u16,
    /// The last port, not below the first.
    pub last: u16,
}

/// A parameter of nginx's `server` directive in an upstream
/// (<https://nginx.org/en/docs/http/ngx_http_upstream_module.html#server>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerParameter {
    /// `weight=`: the share of requests, from 1.
    Weight(u16),
    /// `max_conns=`: connections at once, 0 for no limit.
    MaxConns(u32),
    /// `max_fails=`: failures within `fail_timeout` that take it out, 0 for never.
    MaxFails(u32),
    /// `fail_timeout=`: for how long it is out, and the time in which failures are counted.
    FailTimeout(Duration),
    /// `backup`: asked only when all others are out.
    Backup,
    /// `down`: not asked.
    Down,
}

/// A path of a URL, without its final slash: `/ci-server`.
///
/// nginx compares it with the decoded path of a request, so it is written decoded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UrlPath(String);

/// Why a URL path was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PathError {
    /// It does not begin with a slash.
    #[error("a path begins with `/`")]
    Relative,
    /// It holds a character that has a meaning of its own in nginx or in URLs.
    #[error("a path does not hold `{}`", .0.escape_debug())]
    Character(char),
    /// It holds an empty, `.` or `..` segment, which nginx resolves before it compares.
    #[error("a path has no empty, `.` or `..` segment")]
    Segment,
    /// It is longer than 512 bytes.
    #[error("a path has at most 512 bytes")]
    Long,
}

/// Why a backend was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BackendError {
    /// None of the forms.
    #[error(
        "expected PORT, HOST:PORT, [IPV6]:PORT, PORT-PORT, unix:/SOCKET or @/FILE, perhaps with a /path"
    )]
    Form,
    /// The port.
    #[error("`{}`: {error}", shown(.text))]
    Port {
        /// What stood in its place.
        text: String,
        /// Why it is none.
        error: PortError,
    },
    /// The second port of a range is below the first, or the range is too long.
    #[error(
        "a range runs from its lower port to its higher one and holds at most {} ports",
        PortRange::MOST
    )]
    Range,
    /// The host.
    #[error("{0}")]
    Host(#[from] ServerNameError),
    /// A wildcard, which cannot be resolved.
    #[error("`*` cannot be resolved to an address")]
    Wildcard,
    /// The path of a socket or file.
    #[error("{0}")]
    File(#[from] AbsolutePathError),
    /// A socket's path that the kernel would not take.
    #[error("the path of a unix socket has at most 107 bytes, this one has {0}")]
    LongSocket(usize),
    /// A character that cannot stand in a socket's or file's path here.
    #[error("the path of a socket or file does not hold `{}` here", .0.escape_debug())]
    FileCharacter(char),
    /// A way up in a socket's or file's path.
    #[error("the path of a socket or file has no `..` segment here")]
    FileSegment,
    /// The URL path.
    #[error("{0}")]
    Path(#[from] PathError),
    /// An unknown parameter, or one with a bad value.
    #[error("`{}` is no parameter: weight=N, max_conns=N, max_fails=N, fail_timeout=TIME, backup, down", shown(.0))]
    Parameter(String),
    /// A parameter given twice.
    #[error("the parameter `{0}` is given twice")]
    Twice(String),
}

impl PortRange {
    /// The longest range that is taken for meant.
    pub const MOST: u16 = 256;

    /// Every port of the range.
    pub fn ports(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl UrlPath {
    /// The path, without a final slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is `path` or a path above it, on a segment's boundary.
    #[must_use]
    pub fn is_around(&self, path: &str) -> bool {
        path.strip_prefix(self.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Backend {
    /// The path by which backends are grouped: `/` for those without one.
    pub fn group(&self) -> &str {
        self.path.as_ref().map_or("/", UrlPath::as_str)
    }

    /// Whether it carries this parameter, whatever the value.
    #[must_use]
    pub fn has(&self, parameter: ServerParameter) -> bool {
        self.parameters.iter().any(|p| p.name() == parameter.name())
    }
}

impl ServerParameter {
    /// nginx's name of the parameter.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Weight(_) => "weight",
            Self::MaxConns(_) => "max_conns",
            Self::MaxFails(_) => "max_fails",
            Self::FailTimeout(_) => "fail_timeout",
            Self::Backup => "backup",
            Self::Down => "down",
        }
    }
}

impl FromStr for UrlPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.starts_with('/') {
            return Err(PathError::Relative);
        }
        let bad = |c: &char| {
            c.is_control()
                || c.is_whitespace()
                || matches!(
                    c,
                    '"' | '\''
                        | '\\'
                        | ';'
                        | '{'
                        | '}'
                        | '$'
                        | '#'
                        | '?'
                        | '%'
                        | ','
                        | '<'
                        | '>'
                        | '`'
                        | '^'
                        | '|'
                )
        };
        if let Some(bad) = text.chars().find(bad) {
            return Err(PathError::Character(bad));
        }
        let path = text.strip_suffix('/').unwrap_or(text);
        let whole = path.is_empty();
        if whole
            || path
                .split('/')
                .skip(1)
                .any(|s| matches!(s, "" | "." | ".."))
        {
            return Err(PathError::Segment);
        }
        if path.len() > 512 {
            return Err(PathError::Long);
        }
        Ok(Self(path.to_owned()))
    }
}

impl FromStr for ServerParameter {
    type Err = BackendError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || BackendError::Parameter(text.to_owned());
        let digits = |value: &str| {
            let plain = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
            plain
                .then(|| value.parse::<u32>().ok())
                .flatten()
                .ok_or_else(refused)
        };
        match text.split_once('=') {
            None if text == "backup" => Ok(Self::Backup),
            None if text == "down" => Ok(Self::Down),
            Some(("weight", value)) => match u16::try_from(digits(value)?) {
                Ok(0) | Err(_) => Err(refused()),
                Ok(weight) => Ok(Self::Weight(weight)),
            },
            Some(("max_conns", value)) => digits(value).map(Self::MaxConns),
            Some(("max_fails", value)) => digits(value).map(Self::MaxFails),
            Some(("fail_timeout", value)) => {
                value.parse().map(Self::FailTimeout).map_err(|_| refused())
            }
            _ => Err(refused()),
        }
    }
}

impl FromStr for Backend {
    type Err = BackendError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut words = text.split([' ', '\t']).filter(|w| !w.is_empty());
        let address = words.next().ok_or(BackendError::Form)?;
        let mut parameters = Vec::new();
        for word in words {
            let parameter: ServerParameter = word.parse()?;
            if parameters
                .iter()
                .any(|p: &ServerParameter| p.name() == parameter.name())
            {
                return Err(BackendError::Twice(parameter.name().to_owned()));
            }
            parameters.push(parameter);
        }
        let (target, path) = parse_address(address)?;
        Ok(Self {
            target,
            path,
            parameters,
        })
    }
}

fn parse_address(text: &str) -> Result<(Target, Option<UrlPath>), BackendError> {
    if let Some(rest) = text.strip_prefix("unix:") {
        let (file, path) = split_file(rest)?;
        if file.as_str().len() > 107 {
            return Err(BackendError::LongSocket(file.as_str().len()));
        }
        return Ok((Target::Unix(file), path));
    }
    if let Some(rest) = text.strip_prefix('@') {
        let (file, path) = split_file(rest)?;
        return Ok((Target::File(file), path));
    }
    if let Some((scheme @ ("http" | "https"), _)) = text.split_once("://") {
        return Err(ServerNameError::Scheme(format!("{scheme}://")).into());
    }
    let (authority, path) = match text.find('/') {
        // The predecessor's manual writes `3001:/ci-server`, its parser took `3001/ci-server` only.
        Some(at) => {
            let (authority, path) = text.split_at(at);
            (
                authority.strip_suffix(':').unwrap_or(authority),
                parse_path(path)?,
            )
        }
        None => (text, None),
    };
    let (host, ports) = match authority.rsplit_once(':') {
        Some((host, ports)) => (parse_host(host)?, ports),
        None => (BackendHost::Localhost, authority),
    };
    if matches!(host, BackendHost::Localhost) && !ports.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(BackendError::Form);
    }
    Ok((Target::Ports(host, parse_ports(ports)?), path))
}

fn split_file(text: &str) -> Result<(AbsolutePath, Option<UrlPath>), BackendError> {
    let (file, path) = match text.rsplit_once(":/") {
        Some((file, path)) => (file, parse_path(&format!("/{path}"))?),
        None => (text, None),
    };
    // nginx takes a socket's path bare after `unix:` and reads a colon as the start of a URI.
    if let Some(bad) = file.chars().find(|c| {
        // A comma ends an entry on the command line, so `list` could not print it back.
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '`' | '\\' | ';' | '{' | '}' | '$' | '#' | ':' | ','
            )
    }) {
        return Err(BackendError::FileCharacter(bad));
    }
    if file.split('/').any(|segment| segment == "..") {
        return Err(BackendError::FileSegment);
    }
    Ok((file.parse()?, path))
}

fn parse_path(text: &str) -> Result<Option<UrlPath>, PathError> {
    if text == "/" {
        Ok(None)
    } else {
        text.parse().map(Some)
    }
}

fn parse_host(text: &str) -> Result<BackendHost, BackendError> {
    if let Some(inner) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        return inner
            .parse()
            .map(BackendHost::V6)
            .map_err(|_| BackendError::Form);
    }
    if text.contains(':') {
        return Err(BackendError::Form);
    }
    if let Ok(IpAddr::V4(address)) = text.parse() {
        return Ok(BackendHost::V4(address));
    }
    let name: ServerName = text.parse()?;
    if name.is_wildcard() {
        return Err(BackendError::Wildcard);
    }
    if name.as_str() == "localhost" {
        return Ok(BackendHost::Localhost);
    }
    // `1.2.3` and `3000` are names to the grammar but addresses to the resolver (0.0.11.184).
    if name
        .as_str()
        .bytes()
        .all(|b| b.is_ascii_digit() || b == b'.')
    {
        return Err(BackendError::Form);
    }
    Ok(BackendHost::Name(name))
}

fn parse_ports(text: &str) -> Result<PortRange, BackendError> {
    let port = |text: &str| {
        parse_port(text).map_err(|error| BackendError::Port {
            text: text.to_owned(),
            error,
        })
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (port(first)?, port(last)?),
        None => (port(text)?, port(text)?),
    };
    if last < first || last - first >= PortRange::MOST {
        return Err(BackendError::Range);
    }
    Ok(PortRange { first, last })
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Ports(host, ports) => write!(f, "{host}:{ports}")?,
            Target::Unix(path) => write!(f, "unix:{path}")?,
            Target::File(path) => write!(f, "@{path}")?,
        }
        if let Some(path) = &self.path {
            if !matches!(self.target, Target::Ports(..)) {
                f.write_str(":")?;
            }
            f.write_str(path.as_str())?;
        }
        for parameter in &self.parameters {
            write!(f, " {parameter}")?;
        }
        Ok(())
    }
}

impl fmt::Display for BackendHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Localhost => f.write_str("localhost"),
            Self::V4(address) => write!(f, "{address}"),
            Self::V6(address) => write!(f, "[{address}]"),
            Self::Name(name) => write!(f, "{name}"),
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}-{}", self.first, self.last)
        }
    }
}

impl fmt::Display for ServerParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Weight(n) => write!(f, "weight={n}"),
            Self::MaxConns(n) => write!(f, "max_conns={n}"),
            Self::MaxFails(n) => write!(f, "max_fails={n}"),
            Self::FailTimeout(time) => write!(f, "fail_timeout={time}"),
            Self::Backup => f.write_str("backup"),
            Self::Down => f.write_str("down"),
        }
    }
}

impl fmt::Display for UrlPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;

//! HTTP/1.x on the wire, for both ends: streams, heads and bodies. Bytes above 127 are shown as Latin-1.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// After this time without a byte a read or write fails.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(5);

/// Where somebody listens; displayed in the command line's syntax.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

/// A connected socket.
pub(crate) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

/// The first line and the headers of a request or a response, in order and with the case they were sent in.
pub(crate) struct Head {
    pub(crate) first: String,
    pub(crate) headers: Vec<(String, String)>,
}

/// How the end of a body is found.
pub(crate) enum Framing {
    Empty,
    Length(usize),
    Chunked,
    UntilClose,
}

impl Address {
    pub(crate) fn connect(&self) -> io::Result<Stream> {
        let stream = match self {
            Self::Tcp(address) => {
                let stream = TcpStream::connect_timeout(address, TIMEOUT)?;
                stream.set_nodelay(true)?;
                Stream::Tcp(stream)
            }
            Self::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
        };
        stream.set_timeout(Some(TIMEOUT))?;
        Ok(stream)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

impl From<u16> for Address {
    fn from(port: u16) -> Self {
        Self::Tcp((Ipv4Addr::LOCALHOST, port).into())
    }
}

impl From<SocketAddr> for Address {
    fn from(address: SocketAddr) -> Self {
        Self::Tcp(address)
    }
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Self {
        Self::Unix(path.to_owned())
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        match text.strip_prefix("unix:") {
            Some(path) => Self::Unix(path.into()),
            None => Self::Tcp(text.parse().expect("an address such as 127.0.0.1:3000")),
        }
    }
}

impl Stream {
    pub(crate) fn set_timeout(&self, limit: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream
                .set_read_timeout(limit)
                .and(stream.set_write_timeout(limit)),
            Self::Unix(stream) => stream
                .set_read_timeout(limit)
                .and(stream.set_write_timeout(limit)),
        }
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(stream) => stream.try_clone().map(Self::Tcp),
            Self::Unix(stream) => stream.try_clone().map(Self::Unix),
        }
    }

    /// Closes both directions; a socket that is closed already is no error.
    pub(crate) fn close(&self) {
        match self {
            Self::Tcp(stream) => stream.shutdown(Shutdown::Both).ok(),
            Self::Unix(stream) => stream.shutdown(Shutdown::Both).ok(),
        };
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Unix(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(buffer),
            Self::Unix(stream) => stream.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads a head; `None` where the other end closed or reset the connection before any byte.
pub(crate) fn read_head(from: &mut impl BufRead) -> io::Result<Option<Head>> {
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        let end = from.read_until(b'\n', &mut line);
        let nothing = lines.is_empty() && line.is_empty();
        match end {
            Ok(0) if nothing => return Ok(None),
            Err(error) if nothing && is_closed(&error) => return Ok(None),
            Err(error) => return Err(error),
            Ok(_) if !line.ends_with(b"\n") => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
        }
        let line = latin1(line.trim_ascii_end());
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut lines = lines.into_iter();
    let first = lines.next().ok_or(ErrorKind::InvalidData)?;
    let headers = lines
        .map(|line| match line.split_once(':') {
            Some((name, value)) => (name.to_owned(), value.trim().to_owned()),
            None => (line, String::new()),
        })
        .collect();
    Ok(Some(Head { first, headers }))
}

/// Whether `error` says that the other end has closed the connection.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::ConnectionAborted
    )
}

/// The framing that `headers` announce, or `otherwise`.
pub(crate) fn framing(headers: &[(String, String)], otherwise: Framing) -> Framing {
    if value(headers, "Transfer-Encoding")
        .is_some_and(|coding| coding.eq_ignore_ascii_case("chunked"))
    {
        return Framing::Chunked;
    }
    match value(headers, "Content-Length") {
        Some(length) => Framing::Length(length.parse().expect("a content length")),
        None => otherwise,
    }
}

/// Reads a body and takes its chunks together.
pub(crate) fn read_body(from: &mut impl BufRead, framing: &Framing) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    match framing {
        Framing::Empty => {}
        Framing::Length(length) => {
            body.resize(*length, 0);
            from.read_exact(&mut body)?;
        }
        Framing::UntilClose => {
            from.read_to_end(&mut body)?;
        }
        Framing::Chunked => loop {
            let size = read_line(from)?;
            let size = size.split(';').next().unwrap_or_default();
            let size = usize::from_str_radix(size, 16).map_err(|_| ErrorKind::InvalidData)?;
            let start = body.len();
            body.resize(start + size, 0);
            from.read_exact(&mut body[start..])?;
            if size > 0 {
                read_line(from)?;
            } else {
                while !read_line(from)?.is_empty() {}
                break;
            }
        },
    }
    Ok(body)
}

/// The first value of the header `name`.
pub(crate) fn value<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut named = headers
        .iter()
        .filter(|(of, _)| of.eq_ignore_ascii_case(name));
    named.next().map(|(_, value)| value.as_str())
}

fn read_line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.read_until(b'\n', &mut line)?;
    if !line.ends_with(b"\n") {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(latin1(line.trim_ascii_end()))
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

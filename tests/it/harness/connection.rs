//! A client's connection: requests one after the other, raw bytes, and what a websocket needs.

use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::time::Duration;

use super::http::{Request, Response};
use super::wire::{self, Address, Framing, Stream};

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody accepted the connection.
    Connect(io::Error),
    /// The connection was closed before any byte of the answer: on a reused one RFC 9112 section 9.3.1 allows a retry.
    Unanswered,
    /// The answer broke off, came too late or was none.
    Broken(io::Error),
}

/// A connection that is kept; reads and writes give up after 5 seconds without a byte, unless told otherwise.
pub(crate) struct Connection {
    reader: BufReader<Stream>,
}

impl Connection {
    pub(crate) fn open(address: impl Into<Address>) -> Result<Self, Failure> {
        let stream = address.into().connect().map_err(Failure::Connect)?;
        Ok(Self {
            reader: BufReader::new(stream),
        })
    }

    /// Lets reads and writes wait for as long as `limit`.
    pub(crate) fn patient(self, limit: Duration) -> io::Result<Self> {
        self.reader.get_ref().set_timeout(Some(limit))?;
        Ok(self)
    }

    /// Sends `request` and reads the answer; fails the test where there is none.
    #[must_use = "an answer that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn send(&mut self, request: &Request) -> Response {
        match self.try_send(request) {
            Ok(response) => response,
            Err(failure) => panic!("{failure}"),
        }
    }

    pub(crate) fn try_send(&mut self, request: &Request) -> Result<Response, Failure> {
        // A server may answer and close before it has read everything, so an answer counts more than a failed write.
        let written = self.reader.get_mut().write_all(&request.bytes());
        match self.answer(request.method == "HEAD") {
            Err(Failure::Unanswered) => match written {
                Err(error) if !wire::is_closed(&error) => Err(Failure::Broken(error)),
                _ => Err(Failure::Unanswered),
            },
            answer => answer,
        }
    }

    /// Asks for a websocket on `target`; after 101 [`Connection::say`] and [`Connection::hear`] carry raw bytes.
    #[must_use = "an answer that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn upgrade(&mut self, host: &str, target: &str) -> Response {
        let request = Request::get(0, host, target)
            .header("Upgrade", "websocket")
            .header("Connection", "Upgrade")
            .header("Sec-WebSocket-Version", "13")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        self.send(&request)
    }

    /// Writes raw bytes.
    #[track_caller]
    pub(crate) fn say(&mut self, bytes: impl AsRef<[u8]>) {
        self.reader
            .get_mut()
            .write_all(bytes.as_ref())
            .expect("the connection takes bytes");
    }

    /// Reads exactly `count` raw bytes.
    #[track_caller]
    pub(crate) fn hear(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        self.reader
            .read_exact(&mut bytes)
            .expect("the connection gives bytes");
        bytes
    }

    /// Whether the other end closes without sending anything more.
    pub(crate) fn is_closed_by_peer(&mut self) -> bool {
        match self.reader.read(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => wire::is_closed(&error),
        }
    }

    /// Reads an answer to what [`Connection::say`] has sent.
    pub(crate) fn answer(&mut self, to_head: bool) -> Result<Response, Failure> {
        loop {
            let head = wire::read_head(&mut self.reader)
                .map_err(Failure::Broken)?
                .ok_or(Failure::Unanswered)?;
            let mut response = Response::from_head(head).map_err(Failure::Broken)?;
            let framing = match response.status {
                // An interim answer: the real one follows.
                100 | 102..=199 => continue,
                101 | 204 | 304 => Framing::Empty,
                _ if to_head => Framing::Empty,
                _ => wire::framing(&response.headers, Framing::UntilClose),
            };
            response.body = wire::read_body(&mut self.reader, &framing).map_err(Failure::Broken)?;
            return Ok(response);
        }
    }
}

/// Raw bytes, for a test that goes on where the other end does not.
impl Read for Connection {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl Write for Connection {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.reader.get_mut().write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.reader.get_mut().flush()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(error) => write!(f, "no connection: {error}"),
            Self::Unanswered => write!(f, "closed before any byte of the answer"),
            Self::Broken(error) => write!(f, "broken answer: {error}"),
        }
    }
}

//! A small HTTP/1.x client that sends exactly the bytes it is told, and an answer on which a test makes claims.

use std::fmt;
use std::io;

use super::connection::{Connection, Failure};
use super::echo::{Echo, NAME_HEADER};
use super::wire::{self, Address, Head};

/// A request; its target goes over the wire byte by byte.
#[must_use = "a request is not sent before `.send()`"]
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) address: Address,
    pub(crate) method: String,
    target: Vec<u8>,
    version: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// An answer. Its claims fail the test and show the whole answer.
#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// `GET TARGET` to the listener at `address`, for `host`.
    pub(crate) fn get(address: impl Into<Address>, host: &str, target: impl AsRef<[u8]>) -> Self {
        Self {
            address: address.into(),
            method: "GET".to_owned(),
            target: target.as_ref().to_vec(),
            version: "HTTP/1.1",
            headers: vec![("Host".to_owned(), host.to_owned())],
            body: Vec::new(),
        }
    }

    pub(crate) fn method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Adds a header; `Host` replaces the one that is there.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(of, _)| !(name.eq_ignore_ascii_case("Host") && of == "Host"));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sends `body` with its length, by POST unless another method was named.
    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let length = self.body.len().to_string();
        let post = if self.method == "GET" {
            "POST".to_owned()
        } else {
            self.method.clone()
        };
        self.method(&post).header("Content-Length", &length)
    }

    /// Speaks HTTP/1.0 and sends no `Host`.
    pub(crate) fn http_1_0(mut self) -> Self {
        self.version = "HTTP/1.0";
        self.headers.retain(|(name, _)| name != "Host");
        self
    }

    /// Sends on a fresh connection that is closed afterwards; fails the test where there is no answer.
    #[must_use = "an answer that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn send(self) -> Response {
        let what = format!(
            "{} {} at {}",
            self.method,
            self.target.escape_ascii(),
            self.address
        );
        match self.try_send() {
            Ok(response) => response,
            Err(failure) => panic!("{what}: {failure}"),
        }
    }

    /// As [`Request::send`], for tests that expect no answer.
    pub(crate) fn try_send(self) -> Result<Response, Failure> {
        let mut connection = Connection::open(self.address.clone())?;
        connection.try_send(&self.header("Connection", "close"))
    }

    /// What goes over the wire.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = [
            self.method.as_bytes(),
            b" ",
            &self.target,
            b" ",
            self.version.as_bytes(),
            b"\r\n",
        ]
        .concat();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

impl Response {
    pub(crate) fn from_head(head: Head) -> io::Result<Self> {
        let mut words = head.first.split(' ');
        let version = words.next().unwrap_or_default().to_owned();
        let status = words.next().and_then(|status| status.parse().ok());
        let (Some(status), true) = (status, version.starts_with("HTTP/")) else {
            return Err(io::Error::other(format!(
                "not an answer in HTTP: {}",
                head.first
            )));
        };
        Ok(Self {
            version,
            status,
            headers: head.headers,
            body: Vec::new(),
        })
    }

    /// Claims the status.
    #[track_caller]
    pub(crate) fn status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "status of:\n{self}");
        self
    }

    /// Claims that the backend called `name` answered.
    #[track_caller]
    #[expect(
        clippy::wrong_self_convention,
        reason = "it reads as a claim, not as a conversion"
    )]
    pub(crate) fn from_backend(self, name: &str) -> Self {
        self.has_header(NAME_HEADER, name)
    }

    /// Claims that the first header `name` is `value`.
    #[track_caller]
    pub(crate) fn has_header(self, name: &str, value: &str) -> Self {
        assert_eq!(self.header(name), Some(value), "header {name} of:\n{self}");
        self
    }

    /// Claims that there is no header `name`.
    #[track_caller]
    pub(crate) fn lacks_header(self, name: &str) -> Self {
        assert_eq!(self.header(name), None, "header {name} of:\n{self}");
        self
    }

    /// Claims a redirect to `url`.
    #[track_caller]
    pub(crate) fn redirects_to(self, url: &str) -> Self {
        assert!((300..400).contains(&self.status), "no redirect:\n{self}");
        self.has_header("Location", url)
    }

    /// Claims that `text` stands in the body.
    #[track_caller]
    pub(crate) fn body_has(self, text: &str) -> Self {
        assert!(self.text().contains(text), "no `{text}` in:\n{self}");
        self
    }

    /// The first value of the header `name`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        wire::value(&self.headers, name)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What the backend says that it received.
    #[track_caller]
    pub(crate) fn echo(&self) -> Echo {
        match serde_json::from_slice(&self.body) {
            Ok(echo) => echo,
            Err(error) => panic!("no backend's echo, {error}:\n{self}"),
        }
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {}", self.version, self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "{name}: {value}")?;
        }
        write!(f, "\n{:.2000}", self.text())
    }
}

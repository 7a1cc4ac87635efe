//! What a backend received, as it travels back to the test, and the answer that carries it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use super::wire::{self, Head};

/// The header by which every answer of a backend names it.
pub(crate) const NAME_HEADER: &str = "X-Test-Backend";

/// What a [`super::Backend`] says that it received.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Echo {
    pub(crate) backend: String,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) version: String,
    pub(crate) headers: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) body_length: usize,
    /// The name the client asked for in its TLS handshake; of TLS backends only.
    #[serde(default)]
    pub(crate) sni: String,
}

/// What the last two segments of a path ask for, such as `("status", 500)`.
pub(crate) type Wish<'a> = Option<(&'a str, usize)>;

impl Echo {
    /// What the backend called `backend` received.
    pub(crate) fn of(backend: &str, head: &Head, body_length: usize) -> Self {
        let (method, rest) = head.first.split_once(' ').unwrap_or_default();
        // From the right, so that a target with a space in it is shown whole.
        let (target, version) = rest.rsplit_once(' ').unwrap_or_default();
        Self {
            backend: backend.to_owned(),
            method: method.to_owned(),
            target: target.to_owned(),
            version: version.to_owned(),
            headers: head.headers.clone(),
            body_length,
            sni: String::new(),
        }
    }

    /// The first value that the backend received for the header `name`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        wire::value(&self.headers, name)
    }

    /// Whether the header `name` is `value`, in whatever case.
    pub(crate) fn says(&self, name: &str, value: &str) -> bool {
        self.header(name)
            .is_some_and(|of| of.eq_ignore_ascii_case(value))
    }

    /// The behaviour that the path asks for.
    pub(crate) fn wish(&self) -> Wish<'_> {
        let path = self.target.split('?').next()?;
        let mut segments = path.rsplit('/');
        let number = segments.next()?.parse().ok()?;
        Some((segments.next()?, number))
    }

    /// Whether the client lets the connection stay open.
    pub(crate) fn keeps(&self) -> bool {
        let by_default = self.version == "HTTP/1.1" && !self.says("Connection", "close");
        by_default || self.says("Connection", "keep-alive")
    }

    /// The whole answer; `always` is a status that outdoes the path's wish.
    pub(crate) fn answer(&self, always: Option<u16>, extra: &[(String, String)]) -> Vec<u8> {
        let wish = self.wish();
        let status = match (always, wish) {
            (Some(status), _) => usize::from(status),
            (None, Some(("status", status))) => status,
            (None, _) => 200,
        };
        let body = match wish {
            Some(("size", size)) => "x".repeat(size),
            _ => format!("{}\n", serde_json::to_string_pretty(self).unwrap()),
        };
        let mut head = format!(
            "HTTP/1.1 {status} Test\r\n{NAME_HEADER}: {}\r\n",
            self.backend
        );
        head.push_str("Content-Type: application/json\r\n");
        if let Some(("big-header", size)) = wish {
            write!(head, "X-Big: {}\r\n", "b".repeat(size)).unwrap();
        }
        for (name, value) in extra {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        let connection = if self.keeps() { "keep-alive" } else { "close" };
        write!(head, "Connection: {connection}\r\n").unwrap();
        let bodiless = matches!(status, 204 | 304);
        if !bodiless {
            write!(head, "Content-Length: {}\r\n", body.len()).unwrap();
        }
        head.push_str("\r\n");
        if !bodiless && self.method != "HEAD" {
            head.push_str(&body);
        }
        head.into_bytes()
    }
}

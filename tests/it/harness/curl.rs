//! HTTPS and HTTP/2 by the `curl` program.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use super::http::Response;
use super::wire;

/// A request by curl; HTTP/1.1 and verified certificates unless told otherwise.
#[must_use = "a request is not sent before `.send()`"]
pub(crate) struct Curl {
    command: Command,
    url: String,
    version: &'static str,
}

/// Why curl has no answer: its exit status (35: TLS handshake, 60: certificate not trusted) and its words.
#[derive(Debug)]
pub(crate) struct CurlFailure {
    pub(crate) code: i32,
    pub(crate) words: String,
}

impl Curl {
    /// `GET https://HOST:PORT/PATH` at 127.0.0.1, whatever DNS says about the host.
    pub(crate) fn https(host: &str, port: u16, path: &str) -> Self {
        let mut command = Command::new("curl");
        // `-q` comes first, or it would not stop the user's own settings.
        command.args([
            "-q",
            "-sS",
            "-i",
            "--max-time",
            "5",
            "--noproxy",
            "*",
            "--path-as-is",
        ]);
        command.args(["--resolve", &format!("{host}:{port}:127.0.0.1")]);
        Self {
            command,
            url: format!("https://{host}:{port}{path}"),
            version: "--http1.1",
        }
    }

    /// Trusts the certificates in the file `path`, and no others.
    pub(crate) fn cacert(mut self, path: &Path) -> Self {
        self.command.arg("--cacert").arg(path);
        self
    }

    /// Trusts any certificate.
    pub(crate) fn insecure(self) -> Self {
        self.arg("--insecure")
    }

    /// Offers HTTP/2; the answer's version tells what was agreed.
    pub(crate) fn http2(mut self) -> Self {
        self.version = "--http2";
        self
    }

    pub(crate) fn header(self, name: &str, value: &str) -> Self {
        self.arg("--header").arg(format!("{name}: {value}"))
    }

    /// Adds one of curl's own arguments.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    /// Sends; fails the test where there is no answer.
    #[must_use = "an answer that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn send(self) -> Response {
        let url = self.url.clone();
        match self.try_send() {
            Ok(response) => response,
            Err(failure) => panic!("{url}: curl {}: {}", failure.code, failure.words),
        }
    }

    /// As [`Curl::send`], for tests that expect no answer.
    pub(crate) fn try_send(mut self) -> Result<Response, CurlFailure> {
        let run = self
            .command
            .arg(self.version)
            .arg(&self.url)
            .output()
            .expect("needs curl: apt-get install curl");
        if !run.status.success() {
            let words = String::from_utf8_lossy(&run.stderr).into_owned();
            return Err(CurlFailure {
                code: run.status.code().unwrap_or(-1),
                words,
            });
        }
        let mut rest = run.stdout.as_slice();
        loop {
            let head = wire::read_head(&mut rest)
                .unwrap()
                .expect("curl shows a head");
            let mut response = Response::from_head(head).unwrap();
            // Interim answers come first.
            if response.status >= 200 {
                response.body = rest.to_vec();
                return Ok(response);
            }
        }
    }
}

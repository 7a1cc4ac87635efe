//! Requests by HTTP/3, made by the Python package `aioquic`, which `scripts/http3-client` gets.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::harness::Response;

/// A client; ended when dropped.
pub(super) struct Quic {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    port: u16,
}

impl Quic {
    /// A client for the sites on a port; none where the package cannot be had, which the script has said aloud.
    pub(super) fn to(port: u16) -> Option<Self> {
        let packages = packages()?;
        let script = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/it/versions/http3_client.py"
        );
        let mut child = Command::new("python3")
            .args(["-u", script])
            .env("PYTHONPATH", packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Some(Self {
            stdin: child.stdin.take(),
            stdout: BufReader::new(child.stdout.take().unwrap()),
            child,
            port,
        })
    }

    /// `GET PATH` for `host`, and by that name to nginx, on a connection of its own.
    #[track_caller]
    pub(super) fn get(&mut self, host: &str, path: &str) -> Response {
        let answer = self.try_get(host, path, &json!({}));
        answer.unwrap_or_else(|error| panic!("HTTP/3 {host}{path}: {error}"))
    }

    /// As [`Quic::get`], at another address, or on a connection that stays open under a name.
    pub(super) fn try_get(
        &mut self,
        host: &str,
        path: &str,
        how: &Value,
    ) -> Result<Response, String> {
        let mut asked = how.clone();
        asked["host"] = json!(host);
        asked["path"] = json!(path);
        asked["port"] = json!(self.port);
        writeln!(self.stdin.as_mut().unwrap(), "{asked}").unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        if let Some(error) = said["error"].as_str() {
            return Err(error.to_owned());
        }
        Ok(Response {
            version: "HTTP/3".to_owned(),
            status: serde_json::from_value(said["status"].clone()).unwrap(),
            headers: serde_json::from_value(said["headers"].clone()).unwrap(),
            body: said["body"].as_str().unwrap().as_bytes().to_vec(),
        })
    }
}

impl Drop for Quic {
    fn drop(&mut self) {
        drop(self.stdin.take());
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The folder of aioquic and what it needs.
fn packages() -> Option<&'static Path> {
    static FOUND: OnceLock<Option<std::path::PathBuf>> = OnceLock::new();
    let got = || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .parent()?
            .join("http3");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/http3-client");
        let status = Command::new("sh").arg(script).arg(&folder).status();
        match status.unwrap().code() {
            Some(0) => Some(folder.join("packages")),
            Some(3) => None,
            other => panic!("scripts/http3-client: {other:?}"),
        }
    };
    FOUND.get_or_init(got).as_deref()
}

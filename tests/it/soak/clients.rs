//! Clients that [`crate::harness::Load`] cannot play: websockets that stay open, slow readers and writers, TLS.

use std::fmt;
use std::io::{self, Read as _, Write as _};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

use crate::harness::{Connection, Request, World};

/// Websockets that stay open from the first change to the last.
const LASTING: usize = 4;

/// More than the kernel takes off nginx's hands, so that nginx itself has to wait for the reader.
const SLOW_BYTES: usize = 8_000_000;

/// Requests on one TLS connection, which a quarter of a second apart last through some changes.
const ON_ONE_CONNECTION: usize = 12;

/// All of them, and what became of them.
pub(super) struct Clients<'a> {
    world: &'a World,
    end: &'a AtomicBool,
    limit: Instant,
    messages: AtomicUsize,
    sockets: AtomicUsize,
    slow: AtomicUsize,
    tls: AtomicUsize,
    tls_retried: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

/// One transfer of curl's.
#[derive(Debug, PartialEq)]
enum Transfer {
    Answered,
    /// The connection was closed before any byte of the answer, and it may be sent again.
    Unanswered,
    Failed,
}

impl<'a> Clients<'a> {
    pub(super) fn new(world: &'a World, limit: Duration, end: &'a AtomicBool) -> Self {
        Self {
            world,
            end,
            limit: Instant::now() + limit,
            messages: AtomicUsize::default(),
            sockets: AtomicUsize::default(),
            slow: AtomicUsize::default(),
            tls: AtomicUsize::default(),
            tls_retried: AtomicUsize::default(),
            failures: Mutex::default(),
        }
    }

    /// Starts all; they go on until the end.
    pub(super) fn start<'scope>(&'scope self, scope: &'scope Scope<'scope, '_>) {
        for _ in 0..LASTING {
            scope.spawn(|| self.websocket(None));
        }
        scope.spawn(|| self.repeat(|| self.websocket(Some(30))));
        scope.spawn(|| self.repeat(|| self.slow_reader()));
        scope.spawn(|| self.repeat(|| self.slow_writer()));
        for version in ["--http1.1", "--http2"] {
            scope.spawn(move || self.repeat(|| self.over_tls(version)));
        }
    }

    /// Claims that each kind has done something and none was let down.
    #[track_caller]
    pub(super) fn none_failed(&self) {
        let failures = self.failures.lock().unwrap();
        assert!(failures.is_empty(), "{self}: {failures:#?}");
        for count in [&self.messages, &self.slow, &self.tls] {
            assert!(count.load(Ordering::SeqCst) > 0, "{self}");
        }
        assert!(self.sockets.load(Ordering::SeqCst) > LASTING, "{self}");
    }

    fn connect(&self) -> Connection {
        self.world.connect().patient(super::PATIENCE).unwrap()
    }

    fn over(&self) -> bool {
        self.end.load(Ordering::SeqCst) || Instant::now() > self.limit
    }

    fn repeat(&self, act: impl Fn()) {
        while !self.over() {
            act();
        }
    }

    fn failed(&self, what: String) {
        self.failures.lock().unwrap().push(what);
        // So that what cannot be done is not tried without end.
        thread::sleep(Duration::from_secs(1));
    }

    /// Opens a websocket and has its messages echoed, ten a second: `messages` of them or until the end.
    fn websocket(&self, messages: Option<usize>) {
        let mut socket = self.connect();
        let answer = socket.upgrade("live.test", "/socket");
        if answer.status != 101 {
            return self.failed(format!("no websocket:\n{answer}"));
        }
        let mut number = 0;
        while !self.over() && messages.is_none_or(|messages| number < messages) {
            let message = format!("message {number:06}");
            let mut heard = vec![0; message.len()];
            let said = socket.write_all(message.as_bytes());
            let echoed = said.and_then(|()| socket.read_exact(&mut heard));
            if echoed.is_err() || heard != message.as_bytes() {
                return self.failed(format!("websocket after {number} messages: {echoed:?}"));
            }
            number += 1;
            self.messages.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(100));
        }
        self.sockets.fetch_add(1, Ordering::SeqCst);
    }

    /// Reads at 160 kB a second for some seconds, then the rest.
    fn slow_reader(&self) {
        let path = format!("/size/{SLOW_BYTES}");
        let request =
            Request::get(self.world.http_port, "shop.test", path).header("Connection", "close");
        let mut connection = self.connect();
        let mut read = || {
            connection.write_all(&request.bytes())?;
            let (mut bytes, mut piece) = (Vec::new(), [0; 8_000]);
            for _ in 0..100 {
                connection.read_exact(&mut piece)?;
                bytes.extend_from_slice(&piece);
                self.pause(50);
            }
            connection.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes: io::Result<Vec<u8>> = read();
        self.slow(
            "reader",
            bytes.map(|bytes| {
                let body = bytes.iter().rev().take_while(|byte| **byte == b'x').count();
                bytes.starts_with(b"HTTP/1.1 200 ") && body == SLOW_BYTES
            }),
        );
    }

    /// Sends a megabyte at 200 kB a second.
    fn slow_writer(&self) {
        let request = Request::get(self.world.http_port, "shop.test", "/slow")
            .body(vec![b'w'; 1_000_000])
            .header("Connection", "close");
        let mut connection = self.connect();
        let mut write = || {
            for piece in request.bytes().chunks(20_000) {
                connection.write_all(piece)?;
                self.pause(100);
            }
            let mut bytes = Vec::new();
            connection.read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes: io::Result<Vec<u8>> = write();
        self.slow(
            "writer",
            bytes.map(|bytes| {
                let text = String::from_utf8_lossy(&bytes);
                text.starts_with("HTTP/1.1 200 ") && text.contains("\"body_length\": 1000000")
            }),
        );
    }

    fn slow(&self, which: &str, right: io::Result<bool>) {
        match right {
            Ok(true) => {
                self.slow.fetch_add(1, Ordering::SeqCst);
            }
            wrong => self.failed(format!("slow {which}: {wrong:?}")),
        }
    }

    /// Waits, unless all is over: then whoever is slow hurries.
    fn pause(&self, milliseconds: u64) {
        if !self.over() {
            thread::sleep(Duration::from_millis(milliseconds));
        }
    }

    /// Some requests on one TLS connection.
    fn over_tls(&self, version: &str) {
        let mut left = ON_ONE_CONNECTION;
        let mut in_vain = 0;
        while left > 0 && !self.over() {
            let said = self.curl(version, left);
            let transfers: Vec<Transfer> = said
                .lines()
                .map(|line| Transfer::read(line, version))
                .collect();
            let answered = transfers
                .iter()
                .filter(|one| **one == Transfer::Answered)
                .count();
            self.tls.fetch_add(answered, Ordering::SeqCst);
            in_vain = if answered == 0 { in_vain + 1 } else { 0 };
            let broken = transfers.len() != left || transfers.contains(&Transfer::Failed);
            if broken || in_vain > 1 {
                return self.failed(format!("curl {version}:\n{said}"));
            }
            left -= answered;
            self.tls_retried.fetch_add(left, Ordering::SeqCst);
        }
    }

    /// What curl says about each of `count` requests on one connection.
    fn curl(&self, version: &str, count: usize) -> String {
        let port = self.world.https_port;
        let cer = self.world.nginx.prefix().join("certs/tls.cer");
        let run = Command::new("curl")
            .args(["-q", "-sS", "--noproxy", "*", "--max-time", "60", version])
            .args([
                "-o",
                "/dev/null",
                "--resolve",
                &format!("tls.test:{port}:127.0.0.1"),
            ])
            .args([
                "-w",
                "%{exitcode} %{http_code} %{num_connects} %{size_header} %{errormsg}\n",
            ])
            .arg("--cacert")
            .arg(cer)
            .arg(format!("https://tls.test:{port}/[1-{count}]/delay/250"))
            .output()
            .expect("needs curl: apt-get install curl");
        String::from_utf8_lossy(&run.stdout).into_owned()
    }
}

impl Transfer {
    /// Reads a line that [`Clients::curl`] asks for.
    fn read(line: &str, version: &str) -> Self {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["0", "200", ..] => Self::Answered,
            [_, "000", "0", "0", ..] => Self::Unanswered,
            // To nginx a connection of HTTP/2 is idle before its first request too, and a worker that leaves closes
            // it; RFC 9113, section 8.7, lets the client ask again.
            [_, "000", _, "0", ..] if version == "--http2" => Self::Unanswered,
            _ => Self::Failed,
        }
    }
}

impl fmt::Display for Clients<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [sockets, messages, slow, tls, retried] = [
            &self.sockets,
            &self.messages,
            &self.slow,
            &self.tls,
            &self.tls_retried,
        ]
        .map(|count| count.load(Ordering::SeqCst));
        write!(
            f,
            "{sockets} websockets with {messages} messages; {slow} slow clients; \
             {tls} requests over TLS, {retried} sent twice"
        )
    }
}

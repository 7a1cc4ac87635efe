//! Answers that come piece by piece.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::added;
use crate::harness::World;

/// A backend that sends one piece, and the second when it is told to.
struct Slow {
    port: u16,
    go: Sender<()>,
    thread: JoinHandle<()>,
}

fn slow() -> Slow {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (go, wait) = channel();
    let thread = thread::spawn(move || {
        // mech itself looks who listens, and says nothing.
        let mut asked = [0; 4096];
        let mut stream = loop {
            let (mut stream, _) = listener.accept().unwrap();
            if stream.read(&mut asked).unwrap() > 0 {
                break stream;
            }
        };
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 10\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(b"first").unwrap();
        wait.recv_timeout(Duration::from_secs(10)).ok();
        stream.write_all(b"after").ok();
    });
    Slow { port, go, thread }
}

/// Whether the first piece arrives while the backend still holds the second.
fn first_piece_arrives(world: &World, backend: Slow, target: &str) -> bool {
    let connection = world.connect();
    let mut connection = connection.patient(Duration::from_millis(700)).unwrap();
    connection.say(format!("GET {target} HTTP/1.1\r\nHost: s.test\r\n\r\n"));
    let mut seen = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = connection.read(&mut piece) {
        seen.extend_from_slice(&piece[..count]);
        if seen.ends_with(b"first") {
            break;
        }
    }
    backend.go.send(()).unwrap();
    let early = seen.ends_with(b"first");
    let mut connection = connection.patient(Duration::from_secs(5)).unwrap();
    while !seen.ends_with(b"after") {
        let count = connection.read(&mut piece).unwrap();
        assert_ne!(count, 0, "{}", seen.escape_ascii());
        seen.extend_from_slice(&piece[..count]);
    }
    backend.thread.join().unwrap();
    early
}

#[test]
fn without_buffering_a_piece_arrives_when_the_app_sends_it() {
    let backend = slow();
    let address = format!("--backends={}", backend.port);
    let world = added([address.as_str(), "--buffering=off"]);
    assert!(first_piece_arrives(&world, backend, "/"));
}

#[test]
fn buffering_is_each_paths_own() {
    for (target, early) in [("/live/x", true), ("/lively", false), ("/", false)] {
        let backend = slow();
        let address = format!("--backends={}", backend.port);
        let world = added([address.as_str(), "--buffering=on,/live off"]);
        assert_eq!(
            first_piece_arrives(&world, backend, target),
            early,
            "{target}"
        );
    }
}

//! How nginx speaks with clients and backends: websockets, events as they come, sockets, TLS.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use super::raw::Raw;
use super::{add, backends, folder, refused, single};
use crate::harness::{Backend, TlsBackend, World};

fn echoes(world: &World, path: &str) {
    let mut socket = world.connect();
    let _ = socket.upgrade("s.com", path).status(101);
    for text in ["one", "a longer message"] {
        socket.say(text);
        assert_eq!(socket.hear(text.len()), text.as_bytes(), "{path}");
    }
}

#[test]
fn a_websocket_works_at_every_kind_of_location() {
    let (world, app, live) = (World::new(), Backend::tcp("app"), Backend::tcp("live"));
    let root = folder(&world, "www", &[("a.txt", "a"), ("in/a.html", "page")]);
    let list = format!("--backends={},{}/live", app.address(), live.address());
    let files = format!("--static={}", root.display());
    for more in [
        ["--static="].as_slice(),
        &[&files],
        &["--prerendered=/cache"],
        &["--app-first"],
    ] {
        let mut options = vec![list.as_str(), "--timeout=/in 9s"];
        options.extend(more);
        add(&world, &options);
        for path in [
            "/",
            "/socket.io/?EIO=4",
            "/primus",
            "/live",
            "/live/x",
            "/.dot/ws",
            "/in/x",
        ] {
            echoes(&world, path);
        }
    }
    let socket = world.unix_backend("sock");
    add(&world, &[&backends(&[&socket])]);
    echoes(&world, "/");
}

#[test]
fn a_websocket_works_over_tls_with_http2_offered() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let cert = world.cert("s", &["s.com"]);
    add(&world, &["--https", "--http2", &backends(&[&app])]);
    let request = world.https("s.com", "/ws").cacert(&cert.cer);
    let failure = request
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade")
        .arg("--max-time")
        .arg("1")
        .try_send()
        .unwrap_err();
    // curl gives up where the connection stays open.
    assert_eq!(failure.code, 28, "{}", failure.words);
    assert!(app.last().unwrap().says("Upgrade", "websocket"));
}

/// A backend that sends `events` half a second apart, behind `head`.
fn events(head: &'static str, pieces: &'static [&'static str]) -> Raw {
    Raw::start(move |stream| {
        stream.write_all(head.as_bytes()).ok();
        for piece in pieces {
            stream.write_all(piece.as_bytes()).ok();
            thread::sleep(Duration::from_millis(800));
        }
    })
}

/// Asks for `/events`; how long it took until `awaited` had come.
fn arrives(world: &World, awaited: &str) -> Duration {
    let start = Instant::now();
    let mut connection = world.connect();
    connection.say("GET /events HTTP/1.1\r\nHost: s.com\r\nAccept-Encoding: gzip\r\n\r\n");
    let (mut come, mut buffer) = (String::new(), [0; 4096]);
    while !come.contains(awaited) {
        let count = connection.read(&mut buffer).unwrap();
        assert!(count > 0, "the end came first: {come}");
        come.push_str(&String::from_utf8_lossy(&buffer[..count]));
    }
    start.elapsed()
}

const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const UNTIL_CLOSE: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
const UNTIL_CLOSE_UNBUFFERED: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Accel-Buffering: no\r\n\r\n";
const POLL: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n";
const CHUNKS: &[&str] = &[
    "b\r\ndata: one\n\n\r\n",
    "b\r\ndata: two\n\n\r\n",
    "0\r\n\r\n",
];
const PLAIN: &[&str] = &["data: one\n\n", "data: two\n\n"];
const AT_ONCE: Duration = Duration::from_millis(700);

#[test]
fn events_and_long_polls_arrive_at_once_with_buffering_on() {
    let world = World::new();
    let root = folder(&world, "www", &[("a.txt", "a")]);
    let files = format!("--static={}", root.display());
    for (head, text, word) in [
        (CHUNKED, CHUNKS, "one"),
        (UNTIL_CLOSE_UNBUFFERED, PLAIN, "one"),
        (POLL, &["true", ""], "true"),
    ] {
        let app = events(head, text);
        let list = format!("--backends={}", app.address());
        for more in ["--static=", &files, "--rate=/events 100r/s burst=99"] {
            add(&world, &[&list, "--buffering=true", more]);
            let first = arrives(&world, word);
            assert!(first < AT_ONCE, "{first:?} for {head}");
        }
    }
}

#[test]
fn events_without_length_or_chunks_wait_for_a_full_buffer_unless_their_path_has_none() {
    let world = World::new();
    let app = events(UNTIL_CLOSE, PLAIN);
    let list = format!("--backends={}", app.address());
    add(&world, &[&list]);
    assert!(arrives(&world, "one") > AT_ONCE);
    add(&world, &["--buffering=/events off"]);
    let first = arrives(&world, "one");
    assert!(first < AT_ONCE, "{first:?}");
}

#[test]
fn an_answer_that_a_client_takes_slowly_does_not_keep_the_app() {
    let world = World::new();
    let (sent, done) = channel();
    let size = 4 << 20;
    let app = Raw::start(move |stream| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n");
        stream.write_all(head.as_bytes()).ok();
        stream.write_all(&vec![b'x'; size]).ok();
        sent.send(()).ok();
    });
    add(&world, &[&format!("--backends={}", app.address())]);
    let mut slow = world.connect();
    slow.say("GET / HTTP/1.1\r\nHost: s.com\r\n\r\n");
    // Not a byte of it is read here.
    assert!(done.recv_timeout(Duration::from_secs(5)).is_ok());
}

#[test]
fn a_unix_socket_shares_requests_with_a_port() {
    let world = World::new();
    let (socket, port) = (world.unix_backend("sock"), Backend::tcp("port"));
    add(
        &world,
        &["--strip-prefix=/api", &backends(&[&socket, &port])],
    );
    for _ in 0..12 {
        let echo = world.get("s.com", "/api/x?y").status(200).echo();
        assert_eq!(echo.target, "/x?y");
    }
    assert!(socket.requests() >= 3 && port.requests() >= 3);
}

#[test]
fn the_certificate_of_a_backend_is_verified_where_that_is_asked_for() {
    let app = TlsBackend::start("app", &["s.com"]);
    let stranger = TlsBackend::start("stranger", &["other.com"]);
    let world = World::new();
    let at = |backend: &TlsBackend| format!("--backends={}", backend.address());
    let verify = |file: &Path| format!("--https-upstream-verify={}", file.display());
    add(&world, &["--https-upstream", &at(&app)]);
    assert_eq!(world.get("s.com", "/").status(200).echo().sni, "s.com");
    // Its own authority, and the right name.
    add(&world, &[&verify(app.ca())]);
    assert_eq!(world.get("s.com", "/").status(200).echo().sni, "s.com");
    // Another authority.
    add(&world, &[&verify(stranger.ca())]);
    let _ = world.get("s.com", "/").status(502);
    // The right authority for another name.
    add(&world, &[&at(&stranger), &verify(stranger.ca())]);
    let _ = world.get("s.com", "/").status(502);
    // This machine trusts neither.
    add(&world, &["--https-upstream-verify"]);
    let _ = world.get("s.com", "/").status(502);
    add(&world, &["--https-upstream-verify=false"]);
    let answer = world.get("s.com", "/").status(200);
    let _ = answer.from_backend("stranger");
}

#[test]
fn verification_without_tls_or_with_no_such_file_is_refused() {
    let world = single();
    let list = "--backends=3000";
    refused(&world, &[list, "--https-upstream-verify"], "https-upstream");
    let file = "--https-upstream-verify=/no/such.pem";
    refused(&world, &[list, "--https-upstream", file], "/no/such.pem");
    let relative = "--https-upstream-verify=ca.pem";
    refused(&world, &[list, "--https-upstream", relative], "PEM");
}

#[test]
fn what_this_nginx_is_too_old_for_is_refused_with_the_version_that_has_it() {
    let world = single();
    let version = world.nginx.version();
    let _ = world.cert("s", &["s.com"]);
    for (options, need, since) in [
        (["--backend-protocol=h2c"].as_slice(), "1.29.4", (1, 29, 4)),
        (&["--https", "--http3"], "1.25.0", (1, 25, 0)),
        (&["--backend-protocol=grpc"], "1.25.1", (1, 25, 1)),
        (&["--sticky=cookie"], "1.29.6", (1, 29, 6)),
    ] {
        let mut all = vec!["--backends=3000,3001 backup"];
        all.extend(options);
        if (version.0, version.1, version.2) < since {
            refused(&world, &all, need);
        } else {
            add(&world, &all);
            let _ = world.mech(["remove", "s"]).ok();
        }
    }
}

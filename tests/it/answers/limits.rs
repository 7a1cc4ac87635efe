//! Sizes and times.

use std::time::{Duration, Instant};

use super::{add, added, folder, to};
use crate::harness::{Backend, World};

#[test]
fn a_body_that_is_too_large_gets_413_that_says_so() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--max-body=1k,/upload 8k,/upload/any 0"]);
    let post = |target: &str, size: usize| world.request("s.test", target).body("x".repeat(size));
    for (target, most) in [
        ("/", 1024),
        ("/uploads", 1024),
        ("/upload", 8192),
        ("/upload/a", 8192),
    ] {
        let _ = post(target, most).send().status(200).from_backend("app");
        let refused = post(target, most + 1).send().status(413);
        let _ = refused.body_has("413 Request Entity Too Large");
    }
    let taken = post("/upload/any/x", 300_000).send().status(200);
    assert_eq!(taken.echo().body_length, 300_000);
}

#[test]
fn a_chunked_body_is_measured_too() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--max-body=1k,/upload 8k"]);
    let chunked = |target: &str, size: usize| {
        let chunk = format!("{size:x}\r\n{}\r\n0\r\n\r\n", "x".repeat(size));
        let mut connection = world.connect();
        connection.say(format!(
            "POST {target} HTTP/1.1\r\nHost: s.test\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"
        ));
        connection.answer(false).unwrap()
    };
    let _ = chunked("/", 2000).status(413);
    let taken = chunked("/upload", 2000).status(200);
    assert_eq!(taken.echo().body_length, 2000);
    let _ = chunked("/upload/x", 9000).status(413);
}

#[test]
fn the_size_holds_in_front_of_the_app_behind_files() {
    let app = Backend::tcp("app");
    let world = World::new();
    let files = folder(&world, "files", &[("a.txt", "a")]);
    let files = format!("--static={}", files.display());
    add(
        &world,
        "s",
        [to(&app).as_str(), &files, "--max-body=1k,/upload 8k"],
    );
    let post = |target: &str, size: usize| world.request("s.test", target).body("x".repeat(size));
    let _ = post("/a.txt", 1024).send().status(200).from_backend("app");
    let _ = post("/a.txt", 1025).send().status(413);
    let _ = post("/upload/x", 8192)
        .send()
        .status(200)
        .from_backend("app");
    let _ = post("/upload/x", 8193).send().status(413);
}

#[test]
fn a_silent_backend_is_given_up_after_the_timeout_and_not_before_that_of_its_path() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--timeout=1s,/slow 4s,/slow/er 1s"]);
    let start = Instant::now();
    let _ = world.get("s.test", "/delay/2500").status(504);
    let waited = start.elapsed();
    let second = Duration::from_secs(1);
    assert!(waited >= second && waited < 2 * second, "{waited:?}");
    let _ = world
        .get("s.test", "/slow/delay/1600")
        .status(200)
        .from_backend("app");
    let _ = world.get("s.test", "/slow/er/delay/2500").status(504);
    let _ = world.get("s.test", "/slower/delay/2500").status(504);
}

#[test]
fn a_limit_that_cannot_work_is_refused_with_the_reason() {
    let world = World::new();
    let files = folder(&world, "files", &[]);
    let files = format!("--static={}", files.display());
    for (option, words) in [
        ("--timeout=5s", "`timeout`, which needs `backends`"),
        ("--buffering=off", "`buffering`, which needs `backends`"),
        ("--max-body=1x", "a size is expected, such as 512k"),
        ("--max-body=/a 1k,/a 2k", "`max-body` twice for `/a`"),
        ("--timeout=soon", "a length of time from 1s to 24d"),
        ("--timeout=0", "a length of time from 1s to 24d"),
        ("--timeout=1m,/x 25d", "a length of time from 1s to 24d"),
        ("--max-connections=0", "a whole number from 1 to 100000"),
        ("--rate=5r/h", "a rate is expected, such as 10r/s"),
    ] {
        let ran = world.mech(["add", "s", &files, option]).code(1);
        let _ = ran.no_panic().stderr_has(words);
    }
}

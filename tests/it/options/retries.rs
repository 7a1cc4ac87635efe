//! Retries: one request is tried on another backend where that can do no harm, and no URL takes the
//! site down.

use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::raw::Raw;
use super::{add, backends, single};
use crate::harness::{Backend, Failure, Load, Request, World};

fn asked(apps: &[&Backend]) -> usize {
    apps.iter().map(|app| app.requests()).sum()
}

#[test]
fn a_get_whose_backend_dies_over_it_is_answered_by_another() {
    let (world, alive) = (single(), Backend::tcp("alive"));
    let dying = Raw::start(|_| {});
    let list = format!("--backends={},{}", dying.address(), alive.address());
    add(&world, &[&list]);
    for _ in 0..6 {
        let _ = world.get("s.com", "/").status(200).from_backend("alive");
    }
    assert!(dying.requests() >= 1);
}

#[test]
fn an_answer_that_has_begun_is_never_begun_again_elsewhere() {
    let (world, other) = (single(), Backend::tcp("other"));
    let dying = Raw::start(|stream| {
        let half = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
        stream.write_all(half).ok();
    });
    let list = format!("--backends={},{}", dying.address(), other.address());
    add(&world, &["--balance=round-robin", &list]);
    let failed = world.request("s.com", "/").try_send();
    assert!(matches!(failed, Err(Failure::Broken(_))), "{failed:?}");
    assert_eq!((dying.requests(), other.requests()), (1, 0));
}

#[test]
fn what_is_not_idempotent_is_sent_once_and_the_rest_tried_again() {
    for (method, times) in [
        ("POST", 1),
        ("PATCH", 1),
        ("GET", 2),
        ("PUT", 2),
        ("DELETE", 2),
    ] {
        let (world, a, b) = (single(), Backend::tcp("a"), Backend::tcp("b"));
        add(&world, &[&backends(&[&a, &b])]);
        let mut request = world.request("s.com", "/close/0").method(method);
        if method != "GET" {
            request = request.body("pay");
        }
        let _ = request.send().status(502);
        assert_eq!(asked(&[&a, &b]), times, "{method}");
    }
}

#[test]
fn a_post_that_no_backend_has_seen_yet_reaches_the_next_one() {
    let (world, alive, mut gone) = (single(), Backend::tcp("alive"), Backend::tcp("gone"));
    add(&world, &[&backends(&[&gone, &alive])]);
    gone.stop();
    for _ in 0..6 {
        let answer = world.request("s.com", "/").body("pay").send().status(200);
        assert_eq!(answer.from_backend("alive").echo().body_length, 3);
    }
}

#[test]
fn a_request_that_brings_down_its_backend_meets_three_of_them_at_most() {
    let apps = ["a", "b", "c", "d", "e"].map(Backend::tcp);
    let world = single();
    add(&world, &[&backends(&apps.each_ref())]);
    let _ = world.get("s.com", "/close/0").status(502);
    assert_eq!(asked(&apps.each_ref()), 3);
}

#[test]
fn after_all_backends_were_gone_the_site_is_back_with_the_first_of_them() {
    let (world, mut a, mut b) = (single(), Backend::tcp("a"), Backend::tcp("b"));
    add(&world, &[&backends(&[&a, &b])]);
    a.stop();
    b.stop();
    for _ in 0..4 {
        let _ = world.get("s.com", "/").status(502);
    }
    b.start();
    for _ in 0..10 {
        let _ = world.get("s.com", "/").status(200).from_backend("b");
    }
}

/// Claims that `/` is answered all the time while others ask for `bad` again and again.
#[track_caller]
fn stands(world: &World, bad: &Request) {
    let end = AtomicBool::new(false);
    let summary = thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let start = Instant::now();
                while !end.load(Ordering::SeqCst) && start.elapsed() < Duration::from_secs(10) {
                    assert!(bad.clone().send().status >= 500);
                }
            });
        }
        let load = Load::on(world.http_port, "s.com", "/").per_second(100);
        let (summary, ()) = load.during(|| thread::sleep(Duration::from_millis(2500)));
        end.store(true, Ordering::SeqCst);
        summary
    });
    let _ = summary.none_failed();
}

#[test]
fn a_url_that_makes_every_backend_hang_up_does_not_take_the_site_down() {
    let apps = ["a", "b"].map(Backend::tcp);
    for rule in ["least-conn", "round-robin", "random", "ip-hash", "hash:uri"] {
        let world = World::new();
        let rule = format!("--balance={rule}");
        add(&world, &[&rule, &backends(&apps.each_ref())]);
        stands(&world, &world.request("s.com", "/close/0"));
        stands(&world, &world.request("s.com", "/close/0").body("pay"));
    }
}

#[test]
fn a_url_that_hangs_does_not_take_the_site_down() {
    let apps = ["a", "b"].map(Backend::tcp);
    let world = World::new();
    add(&world, &["--timeout=1s", &backends(&apps.each_ref())]);
    stands(&world, &world.request("s.com", "/delay/2500"));
}

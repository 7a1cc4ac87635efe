//! `--balance` and the parameters of backends: which backend gets which request.

use std::collections::BTreeSet;
use std::thread;

use super::{add, backends, refused, single, who};
use crate::harness::{Backend, Request, World, until};

/// Asks for each of `requests` several times; which backend answered each, always the same one.
#[track_caller]
fn settled(requests: &[Request]) -> Vec<String> {
    let ask = |request: &Request| who(&request.clone().send().status(200));
    let first: Vec<String> = requests.iter().map(ask).collect();
    for _ in 0..3 {
        let again: Vec<String> = requests.iter().map(ask).collect();
        assert_eq!(first, again, "the same key reaches the same backend");
    }
    first
}

fn used(names: &[String]) -> usize {
    names.iter().collect::<BTreeSet<_>>().len()
}

#[test]
fn by_itself_a_site_passes_by_a_busy_backend_and_takes_turns_among_idle_ones() {
    let (world, a, b) = (single(), Backend::tcp("a"), Backend::tcp("b"));
    add(&world, &[&backends(&[&a, &b])]);
    for _ in 0..10 {
        let _ = world.get("s.com", "/").status(200);
    }
    assert_eq!((a.requests(), b.requests()), (5, 5));
    thread::scope(|scope| {
        let slow = scope.spawn(|| who(&world.get("s.com", "/delay/1500").status(200)));
        until("the slow request is on its way", || {
            a.requests() + b.requests() == 11
        });
        let others: BTreeSet<String> = (0..12)
            .map(|_| who(&world.get("s.com", "/").status(200)))
            .collect();
        assert_eq!(others.len(), 1, "{others:?}");
        assert!(!others.contains(&slow.join().unwrap()));
    });
}

#[test]
fn round_robin_gives_each_backend_its_turn_however_busy_it_is() {
    let (world, a, b) = (single(), Backend::tcp("a"), Backend::tcp("b"));
    add(&world, &["--balance=round-robin", &backends(&[&a, &b])]);
    thread::scope(|scope| {
        scope.spawn(|| world.get("s.com", "/delay/1000").status(200));
        until("the slow request is on its way", || {
            a.requests() + b.requests() == 1
        });
        for _ in 0..11 {
            let _ = world.get("s.com", "/").status(200);
        }
    });
    assert_eq!((a.requests(), b.requests()), (6, 6));
}

#[test]
fn a_weight_holds_under_least_conn_and_round_robin() {
    for rule in ["least-conn", "round-robin"] {
        let (world, a, b) = (single(), Backend::tcp("a"), Backend::tcp("b"));
        let list = format!("--backends={} weight=3,{}", a.address(), b.address());
        add(&world, &[&format!("--balance={rule}"), &list]);
        for _ in 0..20 {
            let _ = world.get("s.com", "/").status(200);
        }
        assert_eq!((a.requests(), b.requests()), (15, 5), "{rule}");
    }
}

#[test]
fn random_uses_every_backend() {
    let (world, apps) = (single(), ["a", "b", "c"].map(Backend::tcp));
    add(&world, &["--balance=random", &backends(&apps.each_ref())]);
    for _ in 0..120 {
        let _ = world.get("s.com", "/").status(200);
    }
    for app in &apps {
        // Fewer than 10 of 120 happens once in a billion runs.
        assert!(app.requests() >= 10, "{}", app.requests());
    }
}

#[test]
fn each_hash_keeps_its_key_with_one_backend() {
    let apps = ["a", "b", "c"].map(Backend::tcp);
    let world = World::new();
    let list = backends(&apps.each_ref());
    let keyed = |rule: &str, make: &dyn Fn(usize) -> Request| {
        add(&world, &[&format!("--balance={rule}"), &list]);
        let keys: Vec<Request> = (0..24).map(make).collect();
        assert_eq!(used(&settled(&keys)), 3, "{rule} uses all backends");
    };
    keyed("hash:uri", &|n| {
        world.request("s.com", format!("/page?n={n}"))
    });
    keyed("hash:cookie:sid", &|n| {
        let request = world.request("s.com", format!("/x{n}"));
        request.header("Cookie", &format!("other=1; sid=user{n}"))
    });
    keyed("hash:header:X-User", &|n| {
        let request = world.request("s.com", "/");
        request.header("X-User", &format!("u{n}"))
    });
    keyed("hash:arg:room", &|n| {
        world.request("s.com", format!("/?room=r{n}"))
    });
    let names: Vec<String> = (0..24).map(|n| format!("t{n}.com")).collect();
    add(&world, &[&format!("--aliases={}", names.join(","))]);
    keyed("hash:host", &|n| world.request(&names[n], "/"));
}

#[test]
fn a_hash_moves_only_the_keys_of_the_backend_that_goes() {
    let mut apps = ["a", "b", "c"].map(Backend::tcp);
    let world = World::new();
    add(&world, &["--balance=hash:uri", &backends(&apps.each_ref())]);
    let keys: Vec<Request> = (0..24)
        .map(|n| world.request("s.com", format!("/{n}")))
        .collect();
    let before = settled(&keys);
    apps[0].stop();
    for (key, was) in keys.iter().zip(&before) {
        let now = who(&key.clone().send().status(200));
        assert!(*was == now || was == "a", "{was} moved to {now}");
        assert_ne!(now, "a");
    }
}

#[test]
fn ip_hash_takes_the_first_three_bytes_and_hash_ip_all_four() {
    let apps = ["a", "b", "c"].map(Backend::tcp);
    let world = World::new();
    let _ = world.mech(["set", "trust", "127.0.0.1"]).ok();
    let from = |address: String| {
        let request = world.request("s.com", "/");
        request.header("X-Forwarded-For", &address)
    };
    add(&world, &["--balance=ip-hash", &backends(&apps.each_ref())]);
    let near: Vec<Request> = (1..30).map(|n| from(format!("198.51.100.{n}"))).collect();
    assert_eq!(used(&settled(&near)), 1);
    let far: Vec<Request> = (1..30).map(|n| from(format!("198.51.{n}.7"))).collect();
    assert_eq!(used(&settled(&far)), 3);
    add(&world, &["--balance=hash:ip"]);
    assert_eq!(used(&settled(&near)), 3);
}

#[test]
fn a_backup_is_asked_only_while_all_others_fail_and_one_that_is_down_never() {
    let [mut a, spare, off] = ["a", "spare", "off"].map(Backend::tcp);
    let world = World::new();
    let list = format!(
        "--backends={},{} backup,{} down",
        a.address(),
        spare.address(),
        off.address()
    );
    add(&world, &[&list]);
    for _ in 0..10 {
        let _ = world.get("s.com", "/").status(200).from_backend("a");
    }
    a.stop();
    for _ in 0..10 {
        let _ = world.get("s.com", "/").status(200).from_backend("spare");
    }
    a.start();
    until("the first backend is asked again", || {
        who(&world.get("s.com", "/").status(200)) == "a"
    });
    assert_eq!(off.requests(), 0);
}

#[test]
fn max_conns_holds_for_all_workers_together() {
    let (world, small, large) = (World::new(), Backend::tcp("small"), Backend::tcp("large"));
    let list = format!(
        "--backends={} max_conns=1,{}",
        small.address(),
        large.address()
    );
    add(&world, &["--balance=round-robin", &list]);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| world.get("s.com", "/delay/1500").status(200));
        }
        until("all requests are with the backends", || {
            small.requests() + large.requests() == 8
        });
        assert_eq!((small.requests(), large.requests()), (1, 7));
    });
}

#[test]
fn what_nginx_cannot_do_together_is_refused_with_the_reason() {
    let world = single();
    for (options, reason) in [
        (
            ["--backends=3000,3001 backup", "--balance=ip-hash"].as_slice(),
            "no `backup` beside",
        ),
        (
            &["--backends=3000,3001 backup", "--sticky=ip"],
            "no `backup` beside",
        ),
        (
            &["--backends=3000,3001", "--sticky=ip", "--balance=hash:uri"],
            "both choose",
        ),
        (&["--static=/srv", "--balance=random"], "backends"),
    ] {
        refused(&world, options, reason);
    }
}

//! How often one client may ask, and over how many connections at once.

use std::thread;
use std::time::Duration;

use super::{add, added, folder, from_v6, to};
use crate::harness::{Backend, World, until};

/// How many of `count` requests pass; all others are claimed to get 429.
#[track_caller]
fn passing(world: &World, host: &str, target: &str, count: usize) -> usize {
    let answers = (0..count).map(|_| world.get(host, target));
    let mut passed = 0;
    for answer in answers {
        if answer.status == 429 {
            let _ = answer.body_has("429 Too Many Requests");
        } else {
            let _ = answer.status(200);
            passed += 1;
        }
    }
    passed
}

#[test]
fn who_asks_too_often_gets_429_that_says_so() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--rate=1r/m"]);
    assert_eq!(passing(&world, "s.test", "/", 4), 1);
    assert_eq!(app.requests(), 1);
    // Another client has a counter of its own.
    let _ = from_v6(&world, "/").send().status(200);
    let _ = from_v6(&world, "/").send().status(429);
}

#[test]
fn a_burst_passes_at_once_and_no_more() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--rate=/login 1r/m burst=3"]);
    assert_eq!(passing(&world, "s.test", "/login", 8), 4);
    assert_eq!(passing(&world, "s.test", "/other", 8), 8);
    assert_eq!(passing(&world, "s.test", "/logins", 3), 3);
    let _ = world.get("s.test", "/login/step/2").status(429);
}

#[test]
fn a_path_keeps_the_limit_of_the_site_beside_its_own() {
    let app = Backend::tcp("app");
    let options = ["--rate=1r/m burst=5", "--rate=/login 1r/m burst=1"];
    let world = added([to(&app).as_str(), options[0], options[1]]);
    assert_eq!(passing(&world, "s.test", "/login", 4), 2);
    // Two of the site's six are gone.
    assert_eq!(passing(&world, "s.test", "/", 8), 4);
    let _ = world.get("s.test", "/login").status(429);
}

#[test]
fn two_sites_count_apart() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--rate=1r/m"]);
    add(&world, "t", [to(&app).as_str(), "--rate=1r/m"]);
    assert_eq!(passing(&world, "s.test", "/", 3), 1);
    assert_eq!(passing(&world, "t.test", "/", 3), 1);
}

#[test]
fn a_rate_that_changes_is_taken_by_a_running_nginx() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--rate=1r/m"]);
    assert_eq!(passing(&world, "s.test", "/", 3), 1);
    for rate in [
        "--rate=1r/m burst=9",
        "--rate=6000r/m burst=50",
        "--rate=/a 1r/s",
    ] {
        let _ = world.mech(["update", "s", rate]).ok();
        assert!(passing(&world, "s.test", "/", 4) > 1, "{rate}");
    }
    let _ = world
        .mech(["update", "s", "--rate=", "--max-connections=5"])
        .ok();
    assert_eq!(passing(&world, "s.test", "/", 9), 9);
}

#[test]
fn files_alone_are_limited_and_files_in_front_of_an_app_are_not() {
    let app = Backend::tcp("app");
    let world = World::new();
    let files = folder(&world, "files", &[("a.txt", "a")]);
    let files = format!("--static={}", files.display());
    add(&world, "s", [files.as_str(), "--rate=1r/m"]);
    add(
        &world,
        "t",
        [files.as_str(), to(&app).as_str(), "--rate=1r/m"],
    );
    assert_eq!(passing(&world, "s.test", "/a.txt", 4), 1);
    assert_eq!(passing(&world, "t.test", "/a.txt", 4), 4);
    assert_eq!(passing(&world, "t.test", "/app", 4), 1);
}

#[test]
fn one_client_has_so_many_connections_and_the_next_gets_429() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--max-connections=/download 2"]);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let _ = world.get("s.test", "/download/delay/1500").status(200);
            });
        }
        until("both requests have reached the app", || app.requests() == 2);
        let refused = world.get("s.test", "/download/more").status(429);
        let _ = refused.body_has("429 Too Many Requests");
        let _ = world.get("s.test", "/elsewhere").status(200);
        let _ = from_v6(&world, "/download/more").send().status(200);
    });
    thread::sleep(Duration::from_millis(50));
    let _ = world.get("s.test", "/download/more").status(200);
}

#[test]
fn wrong_passwords_are_counted_where_files_come_first() {
    let app = Backend::tcp("app");
    let world = World::new();
    let root = folder(&world, "www", &[("index.html", "hello")]);
    let files = format!("--static={}", root.display());
    let words = [
        "add",
        "s",
        "--host=s.test",
        &to(&app),
        &files,
        "--auth",
        "--rate=1r/m",
    ];
    let _ = world.mech(words).ok();
    let guess = || {
        world
            .request("s.test", "/")
            .header("Authorization", "Basic YTpi")
            .send()
    };
    let _ = guess().status(401);
    let _ = guess().status(429);
}

#[test]
fn a_site_that_redirects_everything_promises_no_guard() {
    let world = World::new();
    for guard in ["--auth", "--deny=10.0.0.0/8", "--rate=1r/s"] {
        let words = [
            "add",
            "s",
            "--host=s.test",
            "--redirect=http://b.test/",
            guard,
        ];
        let _ = world
            .mech(words)
            .code(1)
            .stderr_has("everybody is redirected before");
    }
}

//! What mechanic took and should have refused.

use serde_json::json;

use super::{serving, write_override};
use crate::harness::{Backend, World};

fn one_site(app: &Backend) -> World {
    let world = serving(&json!([
        { "shortname": "s", "host": "s.com", "aliases": ["a.com"], "backends": [app.address()], "default": true },
    ]));
    // The first run made the override files.
    let _ = world.mech(["refresh"]).ok();
    world
}

#[track_caller]
fn refused(world: &World, args: &[&str], about: &str) {
    let run = world.untouched_by(|| world.mech(args));
    assert!(matches!(run.code, 1 | 2), "{run}");
    let _ = run.stderr_has(about).no_panic();
    let _ = world.get("s.com", "/").status(200).from_backend("app");
}

// defect 6
#[test]
fn a_shortname_cannot_leave_the_folder_of_overrides() {
    let app = Backend::tcp("app");
    let world = one_site(&app);
    for name in [
        "../../pwned",
        "..",
        "a/b",
        ".removed",
        "a b",
        "",
        "ümlaut",
        "a;b",
    ] {
        refused(
            &world,
            &["add", name, "--host=x.com", "--backends=3000"],
            "shortname",
        );
    }
}

// defect 7
#[test]
fn no_value_carries_a_directive() {
    let app = Backend::tcp("app");
    let world = one_site(&app);
    for (option, word) in [
        ("--host=a.com; return 418", "host"),
        ("--host=a.com {", "host"),
        ("--aliases=b.com;,c.com", "alias"),
        ("--backends=3000; return 418", "backends"),
        ("--backends=3000/x; return 418", "backends"),
        ("--backends=3000/x{}", "backends"),
        ("--backends=unix:/x;y", "backends"),
        ("--redirect=http://x.com/;return\u{a}418", "redirect"),
        ("--static=/x\u{a}return 418", "static"),
        ("--static=x;", "static"),
    ] {
        refused(&world, &["update", "s", option], word);
    }
    for (key, value) in [
        ("bind", "127.0.0.1:80; return 418"),
        ("logs", "x; return 418"),
        ("http-port", "80 default_server"),
    ] {
        refused(&world, &["set", key, value], key);
    }
    // A path may hold what it likes: it is quoted, and stays a path.
    let _ = world
        .mech(["update", "s", "--static=/srv/x; return 418"])
        .ok();
    let _ = world.get("s.com", "/").status(200).from_backend("app");
}

// defect 11
#[test]
fn two_defaults_and_one_host_on_two_sites_are_refused() {
    let app = Backend::tcp("app");
    let world = one_site(&app);
    refused(
        &world,
        &["add", "t", "--host=t.com", "--backends=3000", "--default"],
        "`s`",
    );
    for host in ["s.com", "S.COM", "a.com"] {
        let option = format!("--host={host}");
        refused(&world, &["add", "t", &option, "--backends=3000"], "`s`");
    }
    refused(
        &world,
        &["add", "t", "--aliases=s.com", "--backends=3000"],
        "`s`",
    );
}

// defect 12
#[test]
fn a_port_is_a_port() {
    let app = Backend::tcp("app");
    let world = one_site(&app);
    for port in [
        "0",
        "99999",
        "65536",
        "-1",
        "3000-2999",
        "3000-70000",
        "1e3",
        "host:",
        "host:99999",
        "[::1]:0",
    ] {
        refused(
            &world,
            &["update", "s", &format!("--backends={port}")],
            "backends",
        );
    }
}

// defect 2
#[test]
fn a_broken_override_is_refused_and_the_file_that_is_live_stays() {
    let app = Backend::tcp("app");
    let world = one_site(&app);
    write_override(&world, "s", "server", "no_such_directive on;\n");
    let run = world.untouched_by(|| world.mech(["update", "s", "--aliases=b.com"]).code(4));
    let _ = run
        .stderr_has("no_such_directive")
        .stderr_has("`s`")
        .no_panic();
    assert!(
        world.nginx.test().is_ok(),
        "what is live does not include it"
    );
}

// defect 3
#[test]
fn after_a_refusal_the_next_valid_change_goes_through() {
    let app = Backend::tcp("app");
    let world = one_site(&app);
    for bad in [
        vec!["add", "t"],
        vec!["add", "t", "--host=t.com", "--backends=99999"],
        vec!["add", "t", "--host=s.com", "--backends=3000"],
        vec!["update", "s", "--https"],
    ] {
        let _ = world.untouched_by(|| world.mech(&bad).code(1));
    }
    let _ = world
        .mech(["add", "t", "--host=t.com", "--backends", &app.address()])
        .ok();
    let _ = world.get("t.com", "/").status(200).from_backend("app");
    let _ = world.get("s.com", "/").status(200).from_backend("app");
}

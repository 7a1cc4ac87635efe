//! Backends that are host names: resolved by mech for an nginx that would do so at its start only.

use std::fs;

use super::{in_namespace, write};
use crate::harness::{Backend, Ran, World};

/// Runs mech on a machine whose `/etc/hosts` holds these lines, and whose name server does not answer.
#[track_caller]
fn with_hosts(world: &World, lines: &str, args: &[&str]) -> Ran {
    let at = |name: &str| world.home.path().join(name);
    let (hosts, resolv) = (at("hosts"), at("resolv.conf"));
    fs::write(&hosts, format!("127.0.0.1 localhost\n{lines}\n")).unwrap();
    let silent = "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n";
    fs::write(&resolv, silent).unwrap();
    let mounts = "mount --bind \"$HOSTS\" /etc/hosts && mount --bind \"$RESOLV\" /etc/resolv.conf";
    let env = [("HOSTS", hosts), ("RESOLV", resolv)];
    in_namespace(world, mounts, &env, args)
}

/// A world whose site `shop` has the backend `app.test`, which is 127.0.0.1.
fn shop(backend: &Backend) -> (World, String) {
    let world = World::new();
    let option = format!("--backends=app.test:{}", backend.port());
    let add = ["add", "shop", "--host=shop.example", &option];
    let _ = with_hosts(&world, "127.0.0.1 app.test", &add).ok();
    (world, option)
}

#[test]
fn a_name_is_resolved_when_its_site_is_added_and_requests_reach_it() {
    let backend = Backend::tcp("app");
    let (world, _) = shop(&backend);
    world
        .get("shop.example", "/")
        .status(200)
        .from_backend("app");
    let server = format!("server 127.0.0.1:{}", backend.port());
    assert!(world.rendered().contains(&server), "{}", world.rendered());
}

#[test]
fn a_name_that_does_not_resolve_is_refused_with_its_site() {
    let world = World::new();
    let add = ["add", "shop", "--backends=3000,no.test:3000"];
    for args in [&add[..], &[&add[..], &["--dry-run"]].concat()] {
        let ran = world.untouched_by(|| with_hosts(&world, "", args).code(1));
        let _ = ran
            .stderr_has(
                "the site `shop` sends requests to `no.test`, and that name does not resolve",
            )
            .stderr_has("hint: see what this machine knows of it: getent ahosts no.test");
    }
    let file = write(&world, "ports", "3000\nno.test:3000\n");
    let add = ["add", "shop", &format!("--backends=@{file}")];
    let _ = world
        .untouched_by(|| with_hosts(&world, "", &add).code(1))
        .stderr_has("`no.test`");
    let add = [
        "add",
        "shop",
        "--backends=3000",
        "--forward-auth=http://no.test/ask",
    ];
    let _ = world
        .untouched_by(|| with_hosts(&world, "", &add).code(1))
        .stderr_has("`no.test`");
}

#[test]
fn a_refresh_takes_in_other_addresses_and_nothing_else_does() {
    let backend = Backend::tcp("app");
    let (world, option) = shop(&backend);
    let port = backend.port();
    let same = [
        "127.0.0.1 app.test",
        "127.0.0.1 app.test\n127.0.0.1 app.test",
    ];
    for lines in same {
        let ran = world.untouched_by(|| with_hosts(&world, lines, &["refresh"]).ok());
        assert_eq!(ran.last_line(), "refresh: unchanged, nginx was left alone");
    }
    let two = "127.0.0.9 app.test\n127.0.0.1 app.test";
    let other = ["add", "other", "--backends=3001"];
    let _ = with_hosts(&world, two, &other).ok();
    assert!(!world.rendered().contains("127.0.0.9"));
    let _ = with_hosts(&world, two, &["refresh"])
        .ok()
        .stderr_has("nginx has reloaded");
    let text = world.rendered();
    let at = |address: &str| text.find(&format!("server {address}:{port}")).unwrap();
    assert!(at("127.0.0.1") < at("127.0.0.9"), "sorted:\n{text}");
    let update = ["update", "shop", &option, "--aliases=s.example"];
    let _ = with_hosts(&world, "127.0.0.1 app.test", &update).ok();
    assert!(!world.rendered().contains("127.0.0.9"));
}

#[test]
fn a_name_that_is_lost_stops_neither_nginx_nor_the_changes_of_others() {
    let backend = Backend::tcp("app");
    let (world, _) = shop(&backend);
    let server = format!("server 127.0.0.1:{}", backend.port());
    let refresh = world.untouched_by(|| with_hosts(&world, "", &["refresh"]).ok());
    let words = "site `shop` keeps the addresses that `app.test` last had: ";
    assert!(
        refresh.stderr.contains(&format!("warning: {words}")),
        "{refresh}"
    );
    assert!(refresh.stderr.contains("refresh: unchanged"), "{refresh}");
    let json = with_hosts(&world, "", &["refresh", "--json"]).ok();
    assert!(json.stdout.contains(words), "{json}");
    let other = ["add", "other", "--backends=3001"];
    let _ = with_hosts(&world, "", &other)
        .ok()
        .stderr_has("nginx has reloaded")
        .says_nothing_of("app.test");
    assert!(world.rendered().contains(&server), "{}", world.rendered());
    let _ = with_hosts(&world, "", &["show", "shop", "--nginx"])
        .ok()
        .stdout_has(&server);
    let update = ["update", "shop", "--aliases=s.example"];
    let _ = world
        .untouched_by(|| with_hosts(&world, "", &update).code(1))
        .stderr_has("`app.test`");
    let _ = with_hosts(&world, "127.0.0.1 app.test", &update).ok();
    world.get("s.example", "/").status(200).from_backend("app");
}

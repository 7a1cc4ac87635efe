//! Names that no site has.

use std::net::{Ipv6Addr, SocketAddr};

use super::{add, added, to};
use crate::harness::{Backend, Failure, Nginx, Request, World, free_port};

const NOTE: &str = "from now on connections for names that no site has are closed";

/// Ways to ask for no site.
fn strangers(world: &World) -> Vec<Request> {
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, world.http_port));
    vec![
        world.request("other.test", "/"),
        world.request("127.0.0.1", "/"),
        world.request("www.s.test", "/"),
        world.request("s.test", "/").http_1_0(),
        world.request("s.test", "http://other.test/"),
        Request::get(v6, "[::1]", "/"),
        world.request("other.test", "/").body("x"),
    ]
}

#[test]
fn they_are_closed_without_a_byte() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    for request in strangers(&world) {
        let shown = request.bytes().escape_ascii().to_string();
        assert!(
            matches!(request.try_send(), Err(Failure::Unanswered)),
            "{shown}"
        );
    }
    for host in ["s.test", "S.TEST", "s.test.", "s.test:81"] {
        let _ = world.get(host, "/").status(200).from_backend("app");
    }
    assert_eq!(app.requests(), 4);
}

#[test]
fn over_tls_the_handshake_is_refused_and_a_foreign_name_gets_nothing() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test"]);
    for option in ["--http2=false", "--http2"] {
        add(
            &world,
            "s",
            [to(&app).as_str(), "--https", option, "--upsert"],
        );
        let refused = world
            .https("other.test", "/")
            .insecure()
            .try_send()
            .unwrap_err();
        assert_eq!(refused.code, 35, "{refused:?}");
        // Who shows the right name first and asks for another then meets neither site nor nginx's own page.
        let foreign = world
            .https("s.test", "/")
            .cacert(&cert.cer)
            .header("Host", "other.test");
        match foreign.try_send() {
            Ok(answer) => assert_eq!(
                (answer.status, answer.text().contains("Welcome")),
                (421, false),
                "{answer}"
            ),
            Err(failure) => assert_eq!(failure.code, 52, "{failure:?}"),
        }
        let own = world.https("s.test", "/").cacert(&cert.cer).http2().send();
        let _ = own.status(200).from_backend("app");
    }
    assert_eq!(app.requests(), 2);
}

#[test]
fn they_get_404_where_that_is_set() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    let _ = world.mech(["set", "unknown-hosts", "404"]).ok();
    for request in strangers(&world) {
        let _ = request.send().status(404);
    }
    assert_eq!(app.requests(), 0);
}

#[test]
fn they_get_the_site_that_is_the_default_or_the_first() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let world = added([to(&one).as_str()]);
    add(&world, "t", [to(&two).as_str()]);
    let _ = world.mech(["set", "unknown-hosts", "default-site"]).ok();
    for request in strangers(&world) {
        let _ = request.send().status(200).from_backend("one");
    }
    let _ = world.mech(["unset", "unknown-hosts"]).ok();
    let _ = world.mech(["update", "t", "--default"]).ok();
    for request in strangers(&world) {
        let _ = request.send().status(200).from_backend("two");
    }
    let _ = world.get("s.test", "/").from_backend("one");
}

#[test]
fn it_is_said_when_it_first_happens_and_not_again() {
    let app = Backend::tcp("app");
    let world = World::new();
    // Without a host of its own a site cannot be told from others.
    let ran = world.mech(["add", "bare", &to(&app)]).ok();
    let _ = ran.says_nothing_of(NOTE);
    let _ = world
        .get("anything.test", "/")
        .status(200)
        .from_backend("app");
    let ran = world.mech(["add", "s", "--host=s.test", &to(&app)]).ok();
    let _ = ran
        .stderr_has(NOTE)
        .stderr_has("unknown-hosts default-site");
    let ran = world.mech(["add", "t", "--host=t.test", &to(&app)]).ok();
    let _ = ran.says_nothing_of(NOTE);
    assert!(world.request("anything.test", "/").try_send().is_err());
    let _ = world.get("bare", "/").status(200);
}

#[test]
fn a_default_server_of_the_persons_own_stays_the_default() {
    let app = Backend::tcp("app");
    for own in [
        "listen @PORT@ default_server; server_name _;",
        "listen @PORT@; server_name mine.test;",
    ] {
        let (port, tls) = (free_port(), free_port());
        let text = format!(
            "server {{ {} return 200 mine; }}\n",
            own.replace("@PORT@", &port.to_string())
        );
        let mut world = World::with(Nginx::private().conf("a-mine.conf", &text));
        (world.http_port, world.https_port) = (port, tls);
        world.write_registry(&serde_json::json!([]));
        add(&world, "s", [to(&app).as_str()]);
        let _ = world.get("other.test", "/").status(200).body_has("mine");
        let _ = world.get("s.test", "/").status(200).from_backend("app");
        let _ = world.mech(["set", "unknown-hosts", "404"]);
        let _ = world.get("other.test", "/").status(200).body_has("mine");
    }
}

//! Clients that are announced in the PROXY protocol (version 1, the one in text).

use super::{added, logged, to};
use crate::harness::{Backend, Failure, Response, World};

fn ask(world: &World, announced: &str, headers: &str) -> Result<Response, Failure> {
    let mut connection = world.connect();
    connection.say(format!(
        "{announced}GET /announced HTTP/1.1\r\nHost: s.test\r\n{headers}Connection: close\r\n\r\n"
    ));
    connection.answer(false)
}

const V4: &str = "PROXY TCP4 9.9.9.9 127.0.0.1 5555 443\r\n";
const V6: &str = "PROXY TCP6 2001:db8::7 ::1 5555 80\r\n";

#[test]
fn the_announced_address_is_the_client() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--deny=8.8.8.8"]);
    let _ = world
        .mech(["set", "trust", "proxy-protocol"])
        .ok()
        .stderr_has("nginx has reloaded");
    let lies = "X-Forwarded-For: 6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n";
    for (announced, client) in [(V4, "9.9.9.9"), (V6, "2001:db8::7")] {
        let seen = ask(&world, announced, lies).unwrap().status(200).echo();
        assert_eq!(seen.header("X-Real-IP"), Some(client));
        assert_eq!(seen.header("X-Forwarded-For"), Some(client));
        // What passes bytes through has not read this header, so it is the client's own.
        assert_eq!(seen.header("X-Forwarded-Proto"), Some("http"));
    }
    let denied = "PROXY TCP4 8.8.8.8 127.0.0.1 5555 80\r\n";
    let _ = ask(&world, denied, lies).unwrap().status(403);
    let line = logged(&world, "s.access.log", " 403 ");
    assert!(line.starts_with("8.8.8.8 - "), "{line}");
}

#[test]
fn a_client_that_is_not_announced_is_refused_and_switching_back_lets_it_in() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    let _ = ask(&world, "", "").unwrap().status(200);
    let _ = world
        .mech(["set", "trust", "proxy-protocol"])
        .ok()
        .stderr_has("nginx has reloaded");
    assert!(matches!(ask(&world, "", ""), Err(Failure::Unanswered)));
    assert!(matches!(
        ask(&world, "PROXY nonsense\r\n", ""),
        Err(Failure::Unanswered)
    ));
    let _ = ask(&world, V4, "").unwrap().status(200);
    let _ = world
        .mech(["unset", "trust"])
        .ok()
        .stderr_has("nginx has reloaded");
    let _ = ask(&world, "", "").unwrap().status(200);
    assert_eq!(app.requests(), 3);
}

#[test]
fn only_the_networks_that_are_named_beside_it_may_announce() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    for (trust, client) in [
        ("proxy-protocol,10.0.0.0/8", "127.0.0.1"),
        ("proxy-protocol,127.0.0.1", "9.9.9.9"),
    ] {
        let _ = world.mech(["set", "trust", trust]).ok();
        let seen = ask(&world, V4, "X-Forwarded-Proto: https\r\n")
            .unwrap()
            .status(200)
            .echo();
        assert_eq!(seen.header("X-Real-IP"), Some(client), "{trust}");
        assert_eq!(seen.header("X-Forwarded-Proto"), Some("http"), "{trust}");
    }
}

#[test]
fn tls_and_unknown_names_are_announced_too() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test"]);
    let backend = to(&app);
    let _ = world
        .mech(["add", "s", "--host=s.test", &backend, "--https"])
        .ok();
    let _ = world.mech(["set", "trust", "proxy-protocol"]).ok();
    let asked = world.https("s.test", "/").cacert(&cert.cer);
    let seen = asked.arg("--haproxy-protocol").send().status(200).echo();
    assert_eq!(seen.header("X-Forwarded-Proto"), Some("https"));
    assert!(
        world
            .https("s.test", "/")
            .cacert(&cert.cer)
            .try_send()
            .is_err()
    );
    let mut connection = world.connect();
    connection.say(format!("{V4}GET / HTTP/1.1\r\nHost: other.test\r\n\r\n"));
    assert!(connection.is_closed_by_peer());
}

//! Code 3: what nginx does not take though it passed the test; and what no reload can bring about.

use std::net::{Ipv4Addr, TcpListener, TcpStream};

use super::{UNTOUCHED, as_json, hints, shape, with_site};
use crate::harness::{Backend, Request, free_port};

const RESTORED: &str =
    "everything is restored as it was before; nginx serves the old configuration";

#[test]
fn code_3_restores_all_when_the_port_is_taken_and_quotes_the_error_log() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let port = free_port();
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).unwrap();
    let value = port.to_string();
    let ran = world.untouched_by(|| world.mech(["set", "http-port", &value]));
    let ran = shape(ran, 3, RESTORED).stderr_has("nginx did not take the new configuration");
    let words = format!("bind() to 0.0.0.0:{port} failed (98: Address already in use)");
    let line = ran
        .stderr
        .lines()
        .find(|line| line.contains(&words))
        .unwrap_or_else(|| panic!("{ran}"))
        .trim();
    assert!(
        world.nginx.error_log().contains(line),
        "not verbatim: {line}"
    );
    assert_eq!(hints(&ran), ["see who holds the port: ss -ltnp"]);
    world.get("s.example", "/").status(200).from_backend("a");
    let error = as_json(
        world.untouched_by(|| world.mech(["set", "http-port", &value, "--json"])),
        3,
        "reload",
        "restored",
    );
    assert!(
        error["details"][0]
            .as_str()
            .unwrap()
            .contains("Address already in use"),
        "{error}"
    );
    drop(taken);
    let _ = world.mech(["set", "http-port", &value]).ok();
    Request::get(port, "s.example", "/")
        .send()
        .status(200)
        .from_backend("a");
}

#[test]
fn a_change_that_no_reload_can_apply_is_refused_beforehand_and_done_on_request() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let bind = ["set", "bind", "127.0.0.1"];
    let ran = shape(world.untouched_by(|| world.mech(bind)), 1, UNTOUCHED);
    let ran = ran.stderr_has(&format!("port {}", world.http_port));
    assert!(hints(&ran)[0].contains("--restart-nginx"), "{ran}");
    let open = |address: &str| TcpStream::connect((address, world.http_port)).is_ok();
    assert!(open("127.0.0.1") && open("127.0.0.2"));
    let _ = world
        .mech([&bind[..], &["--restart-nginx"]].concat())
        .ok()
        .stderr_has("nginx was stopped and started");
    assert!(open("127.0.0.1") && !open("127.0.0.2"));
    world.get("s.example", "/").status(200).from_backend("a");
    let _ = world.mech(["unset", "bind", "--restart-nginx"]).ok();
    assert!(open("127.0.0.2"));
}

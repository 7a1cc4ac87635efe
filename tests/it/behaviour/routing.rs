//! Which site answers a host name.

use serde_json::json;

use super::serving;
use crate::harness::{Backend, Request, World};

#[test]
fn a_site_answers_to_its_host_whatever_its_case_port_or_final_dot() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let world = serving(&json!([
        { "shortname": "one", "host": "one.com", "backends": [one.address()] },
        { "shortname": "two", "host": "Two.Com", "backends": [two.address()] },
    ]));
    let port = world.http_port;
    for (host, backend) in [
        ("one.com", "one"),
        ("two.com", "two"),
        ("TWO.com", "two"),
        ("two.com.", "two"),
        ("Two.Com.:80", "two"),
        (&format!("two.com:{port}"), "two"),
        ("two.com:1", "two"),
    ] {
        let _ = world.get(host, "/").status(200).from_backend(backend);
    }
    // The absolute form names the host before the header does.
    let _ = world
        .request("one.com", "http://two.com/a")
        .send()
        .from_backend("two");
}

#[test]
fn a_site_answers_to_its_aliases_and_wildcards() {
    let (one, two, three) = (
        Backend::tcp("one"),
        Backend::tcp("two"),
        Backend::tcp("three"),
    );
    let world = serving(&json!([
        { "shortname": "one", "host": "one.com", "aliases": ["www.one.com", "1.one.com"], "backends": [one.address()] },
        { "shortname": "two", "host": "*.one.com", "backends": [two.address()] },
        { "shortname": "three", "host": "bücher.example", "backends": [three.address()] },
    ]));
    for (host, backend) in [
        ("www.one.com", "one"),
        ("1.one.com", "one"),
        ("other.one.com", "two"),
        ("a.b.one.com", "two"),
        ("xn--bcher-kva.example", "three"),
    ] {
        let _ = world.get(host, "/").status(200).from_backend(backend);
    }
}

// defect 5
#[test]
fn a_site_without_host_answers_to_its_shortname() {
    let (app, other) = (Backend::tcp("app"), Backend::tcp("other"));
    let world = World::new();
    let _ = world
        .mech([
            "add",
            "first",
            "--host=x.com",
            "--backends",
            &other.address(),
        ])
        .ok();
    let _ = world
        .mech(["add", "EXAMPLE", "--backends", &app.address()])
        .ok();
    let _ = world.get("example", "/").status(200).from_backend("app");
    let _ = world.get("EXAMPLE", "/").status(200).from_backend("app");
    let _ = world.get("x.com", "/").status(200).from_backend("other");
}

#[test]
fn names_that_look_like_mechs_own_live_together() {
    let names = [
        "tls", "json", "shared", "reject", "a", "a_1", "site", "mech",
    ];
    let backends: Vec<Backend> = names.iter().map(|name| Backend::tcp(name)).collect();
    let sites: Vec<_> = names
        .iter()
        .zip(&backends)
        .map(|(name, backend)| {
            let (all, path) = (backend.address(), format!("{}/x", backend.address()));
            json!({ "shortname": name, "host": format!("{}.com", name.replace('_', "-")), "backends": [all, path] })
        })
        .collect();
    let world = serving(&json!(sites));
    for name in names {
        let host = format!("{}.com", name.replace('_', "-"));
        for path in ["/", "/x/y"] {
            let _ = world.get(&host, path).status(200).from_backend(name);
        }
    }
}

#[test]
fn a_removed_site_is_not_served_any_more() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let world = serving(&json!([
        { "shortname": "one", "host": "one.com", "backends": [one.address()] },
        { "shortname": "two", "host": "two.com", "backends": [two.address()] },
    ]));
    let _ = world.get("two.com", "/").from_backend("two");
    let _ = world.mech(["remove", "two"]).ok();
    let before = (one.requests(), two.requests());
    let gone = world.request("two.com", "/").try_send();
    assert!(gone.is_err(), "{gone:?}");
    assert_eq!((one.requests(), two.requests()), before);
}

// defect 30
#[test]
fn sites_answer_on_ipv6_too() {
    let app = Backend::tcp("app");
    let world =
        serving(&json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }]));
    let v6 = std::net::SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, world.http_port));
    let answer = Request::get(v6, "s.com", "/").send().status(200);
    assert_eq!(answer.echo().header("X-Real-IP"), Some("::1"));
}

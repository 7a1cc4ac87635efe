//! Requests that no site matches, and how `default` and `canonical` meet.

use serde_json::json;

use super::serving;
use crate::harness::Backend;

#[test]
fn the_default_site_answers_what_no_site_matches() {
    let (one, fallback) = (Backend::tcp("one"), Backend::tcp("fallback"));
    let world = serving(&json!([
        { "shortname": "fallback", "host": "f.com", "backends": [fallback.address()], "default": true },
        { "shortname": "one", "host": "one.com", "backends": [one.address()] },
    ]));
    for (host, backend) in [
        ("unknown.com", "fallback"),
        ("127.0.0.1", "fallback"),
        ("f.com", "fallback"),
        ("one.com", "one"),
    ] {
        let _ = world.get(host, "/").status(200).from_backend(backend);
    }
    let nameless = world.request("ignored", "/").http_1_0().send();
    let _ = nameless.status(200).from_backend("fallback");
}

// defect 22
#[test]
fn a_default_site_with_aliases_serves_them_all_itself() {
    let app = Backend::tcp("app");
    let world = serving(&json!([
        { "shortname": "s", "host": "s.com", "aliases": ["a.com", "b.com"], "backends": [app.address()], "default": true },
    ]));
    for host in ["s.com", "a.com", "b.com", "unknown.com"] {
        let _ = world.get(host, "/").status(200).from_backend("app");
    }
    let said = world.nginx.test().unwrap();
    assert!(!said.contains("warn"), "{said}");
}

#[test]
fn a_canonical_site_redirects_its_aliases_only() {
    let app = Backend::tcp("app");
    let world = serving(&json!([
        { "shortname": "s", "host": "s.com", "aliases": ["a.com"], "backends": [app.address()], "canonical": true },
    ]));
    let port = world.http_port;
    let _ = world.get("s.com", "/").status(200).from_backend("app");
    let _ = world
        .get("a.com", "/p?q=1")
        .status(302)
        .redirects_to(&format!("http://s.com:{port}/p?q=1"));
}

#[test]
fn a_canonical_default_site_redirects_every_other_name_to_its_host() {
    for aliases in [json!(["a.com"]), json!([])] {
        let (app, other) = (Backend::tcp("app"), Backend::tcp("other"));
        let world = serving(&json!([
            { "shortname": "other", "host": "other.com", "backends": [other.address()] },
            { "shortname": "s", "host": "s.com", "aliases": aliases, "backends": [app.address()],
              "canonical": true, "default": true },
        ]));
        let home = format!("http://s.com:{}/x", world.http_port);
        let _ = world.get("s.com", "/x").status(200).from_backend("app");
        let _ = world.get("other.com", "/x").from_backend("other");
        let _ = world.get("unknown.com", "/x").redirects_to(&home);
        let nameless = world.request("ignored", "/x").http_1_0().send();
        let _ = nameless.redirects_to(&home);
        if aliases != json!([]) {
            let _ = world.get("a.com", "/x").redirects_to(&home);
        }
    }
}

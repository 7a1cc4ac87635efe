//! A second name for each site, usable before its public DNS moves here.

use serde_json::json;

use super::serving;
use crate::harness::{Backend, World};

const PATTERN: &str = "{shortname}-prod.example.net";

fn prepared(options: &serde_json::Value, app: &Backend) -> World {
    let mut site = json!({ "shortname": "s", "host": "s.com", "aliases": ["a.com"], "backends": [app.address()] });
    for (key, value) in options.as_object().unwrap() {
        site[key] = value.clone();
    }
    let other =
        json!({ "shortname": "other", "host": "other.com", "redirect": "http://elsewhere.com/" });
    let world = World::new();
    world.cert("s", &["s.com", "a.com", "s-prod.example.net"]);
    world.write_registry(&json!([other, site]));
    let _ = world.mech(["set", "prelaunch-host", PATTERN]).ok();
    world
}

#[test]
fn a_site_answers_at_its_prelaunch_host() {
    let app = Backend::tcp("app");
    let world = prepared(&json!({}), &app);
    let _ = world.get("s-prod.example.net", "/").from_backend("app");
    let _ = world.mech(["unset", "prelaunch-host"]).ok();
    let gone = world.request("s-prod.example.net", "/").try_send();
    assert!(gone.is_err(), "{gone:?}");
}

#[test]
fn nobody_is_redirected_away_from_a_prelaunch_host() {
    for options in [
        json!({ "canonical": true }),
        json!({ "canonical": true, "default": true }),
        json!({ "https": true, "redirect-to-https": true }),
        json!({ "https": true, "redirect-to-https": true, "canonical": true, "default": true }),
    ] {
        let app = Backend::tcp("app");
        let world = prepared(&options, &app);
        let answer = world.get("s-prod.example.net", "/x").status(200);
        let _ = answer.from_backend("app");
        if options.get("https").is_some() {
            let answer = world.https("s-prod.example.net", "/x").insecure().send();
            let _ = answer.status(200).from_backend("app");
        }
        assert!(
            (300..400).contains(&world.get("a.com", "/x").status),
            "{options}"
        );
    }
}

#[test]
fn a_prelaunch_host_may_be_the_sites_own_name() {
    let app = Backend::tcp("app");
    let world = serving(&json!([
        { "shortname": "own", "host": "own-prod.example.net", "backends": [app.address()] },
        { "shortname": "alias", "host": "b.com", "aliases": ["alias-prod.example.net"], "backends": [app.address()] },
    ]));
    let _ = world.mech(["set", "prelaunch-host", PATTERN]).ok();
    for host in ["own-prod.example.net", "alias-prod.example.net"] {
        let _ = world.get(host, "/").status(200).from_backend("app");
    }
    let said = world.nginx.test().unwrap();
    assert!(!said.contains("warn"), "{said}");
}

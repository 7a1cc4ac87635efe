//! Redirects: where to, with which status, and that no byte of the request is changed on the way.

use serde_json::json;

use super::serving;
use crate::harness::Backend;

/// A path and query in which everything stands that nginx would normalise.
const RAW: &str = "/a%2Fb//d/../%7e+;x?x=%20y&z=%2F&&q=a?b";

// defect 20
#[test]
fn a_full_redirect_keeps_every_byte_of_path_and_query() {
    let world = serving(&json!([
        { "shortname": "plain", "host": "plain.com", "redirect-full": "https://new.com" },
        { "shortname": "slash", "host": "slash.com", "redirect-full": "https://new.com/" },
        { "shortname": "below", "host": "below.com", "redirect-full": "http://new.com:8080/old" },
        { "shortname": "deep", "host": "deep.com", "redirect-full": "http://new.com/old/" },
        { "shortname": "dollar", "host": "dollar.com", "redirect-full": "http://new.com/$host" },
    ]));
    for (host, to) in [
        ("plain.com", "https://new.com"),
        ("slash.com", "https://new.com"),
        ("below.com", "http://new.com:8080/old"),
        ("deep.com", "http://new.com/old"),
        ("dollar.com", "http://new.com/$host"),
    ] {
        for target in ["/", "/x", "/a%2Fb//d?x=%20y", RAW, "/?"] {
            let answer = world.get(host, target).status(302);
            let _ = answer.redirects_to(&format!("{to}{target}"));
        }
    }
}

// defect 20
#[test]
fn a_redirect_goes_to_exactly_one_url() {
    let url = "https://new.com/landing?a=1&b='2'#$part";
    let world = serving(&json!([
        { "shortname": "s", "host": "s.com", "redirect": url },
        { "shortname": "t", "host": "t.com", "redirect": "http://new.com" },
    ]));
    for target in ["/", "/x/y", RAW] {
        let _ = world.get("s.com", target).status(302).redirects_to(url);
        let _ = world.get("t.com", target).redirects_to("http://new.com");
    }
}

// defect 21
#[test]
fn permanent_makes_every_kind_of_redirect_a_301() {
    let app = Backend::tcp("app");
    let world = serving(&json!([
        { "shortname": "one", "host": "one.com", "redirect": "https://new.com/", "permanent": true },
        { "shortname": "full", "host": "full.com", "redirect-full": "https://new.com/", "permanent": true },
        { "shortname": "canon", "host": "canon.com", "aliases": ["alias.com"], "canonical": true, "permanent": true,
          "backends": [app.address()] },
    ]));
    let port = world.http_port;
    let canon = format!("http://canon.com:{port}/p");
    for (host, to) in [
        ("one.com", "https://new.com/"),
        ("full.com", "https://new.com/p"),
        ("alias.com", canon.as_str()),
    ] {
        let _ = world.get(host, "/p").status(301).redirects_to(to);
    }
    let _ = world.get("canon.com", "/p").status(200);
}

#[test]
fn a_redirect_leaves_out_the_apps_and_comes_back_when_it_is_unset() {
    let app = Backend::tcp("app");
    let world = serving(
        &json!([{ "shortname": "s", "host": "s.com", "backends": [app.address(), format!("{}/ci", app.address())] }]),
    );
    let _ = world
        .mech(["update", "s", "--redirect=http://new.com/x"])
        .ok();
    for path in ["/", "/ci/a"] {
        let _ = world.get("s.com", path).redirects_to("http://new.com/x");
    }
    assert_eq!(app.requests(), 0);
    let _ = world
        .mech(["update", "s", "--redirect-full=http://new.com/y"])
        .ok();
    let _ = world.get("s.com", "/a").redirects_to("http://new.com/y/a");
    let _ = world.mech(["update", "s", "--redirect-full="]).ok();
    let _ = world.get("s.com", "/a").status(200).from_backend("app");
}

#[test]
fn canonical_redirects_keep_every_byte() {
    let app = Backend::tcp("app");
    let world = serving(&json!([
        { "shortname": "s", "host": "s.com", "aliases": ["*.s.com"], "canonical": true, "backends": [app.address()] },
    ]));
    let port = world.http_port;
    let _ = world
        .get("www.s.com", RAW)
        .status(302)
        .redirects_to(&format!("http://s.com:{port}{RAW}"));
}

//! Redirects: which status, which bytes.

use super::{add, added, to};
use crate::harness::{Backend, Request, World};

/// Paths and queries of which no byte may change.
const TARGETS: [&str; 9] = [
    "/",
    "/a%2Fb",
    "//x//y",
    "/?a=b&c",
    "/a?b=%26&c=d;e",
    "/%C3%BC?%E2%82%AC",
    "/a/../b/./c",
    "/%0d%0aX-Evil:%201",
    "/a?b?c=http://x/?y#",
];

/// Claims that each target is sent on to `base` byte for byte.
#[track_caller]
fn exact(world: &World, host: &str, base: &str, status: u16) {
    for target in TARGETS {
        let sent = target.trim_end_matches('#');
        let answer = world.get(host, sent).status(status);
        let answer = answer.redirects_to(&format!("{base}{sent}"));
        assert_eq!(answer.header("X-Evil"), None);
    }
    // Bytes that are no ASCII stay as they came.
    let raw = world.request(host, b"/\xc3\xbc?\xff".as_slice()).send();
    let _ = raw
        .status(status)
        .redirects_to(&format!("{base}/\u{c3}\u{bc}?\u{ff}"));
}

#[test]
fn every_code_sends_every_byte_on() {
    let world = World::new();
    add(&world, "s", ["--redirect-full=https://new.test"]);
    exact(&world, "s.test", "https://new.test", 302);
    for code in [301, 302, 307, 308] {
        let option = format!("--redirect-code={code}");
        let _ = world.mech(["update", "s", &option]).ok();
        exact(&world, "s.test", "https://new.test", code);
    }
    let _ = world
        .mech(["update", "s", "--redirect-full=http://new.test:81/below/"])
        .ok();
    exact(&world, "s.test", "http://new.test:81/below", 308);
}

#[test]
fn a_post_is_answered_with_the_code_that_keeps_it_a_post() {
    let app = Backend::tcp("app");
    for code in [307, 308] {
        let option = format!("--redirect-code={code}");
        let world = added([
            to(&app).as_str(),
            "--aliases=t.test",
            "--canonical",
            &option,
        ]);
        let target = format!("http://s.test:{}/x?y", world.http_port);
        let post = world.request("t.test", "/x?y").body("z");
        let _ = post.send().status(code).redirects_to(&target);
        let there = Request::get(world.http_port, "s.test", "/x?y")
            .body("z")
            .send();
        assert_eq!(there.echo().body_length, 1);
    }
    assert_eq!(app.requests(), 2);
}

#[test]
fn an_alias_of_a_tls_site_reaches_its_host_in_one_hop() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test", "t.test"]);
    let options = [
        "--https",
        "--redirect-to-https",
        "--aliases=t.test",
        "--canonical",
        "--redirect-code=308",
    ];
    add(&world, "s", [to(&app).as_str()].into_iter().chain(options));
    let base = format!("https://s.test:{}", world.https_port);
    exact(&world, "t.test", &base, 308);
    exact(&world, "s.test", &base, 308);
    let alias = world.https("t.test", "/a%2Fb//?c").cacert(&cert.cer).send();
    let _ = alias.status(308).redirects_to(&format!("{base}/a%2Fb//?c"));
    let _ = world
        .https("s.test", "/a")
        .cacert(&cert.cer)
        .send()
        .status(200)
        .from_backend("app");
}

#[test]
fn the_name_before_the_launch_is_never_redirected_and_no_hsts_is_said_by_it() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test", "t.test", "www.s.test", "s-prod.test"]);
    let _ = world
        .mech(["set", "prelaunch-host", "{shortname}-prod.test"])
        .ok();
    let options = [
        "--https",
        "--redirect-to-https",
        "--aliases=t.test",
        "--canonical",
        "--www=add",
        "--hsts=1d",
    ];
    add(&world, "s", [to(&app).as_str()].into_iter().chain(options));
    let plain = world
        .get("s-prod.test", "/x")
        .status(200)
        .from_backend("app");
    let _ = plain.lacks_header("Strict-Transport-Security");
    let tls = world.https("s-prod.test", "/x").cacert(&cert.cer).send();
    let tls = tls.status(200).from_backend("app");
    let _ = tls.lacks_header("Strict-Transport-Security");
    for name in ["s.test", "t.test"] {
        let moved = world.https(name, "/x").cacert(&cert.cer).send().status(302);
        let _ = moved.has_header("Strict-Transport-Security", "max-age=86400");
    }
}

#[test]
fn a_code_that_is_none_and_a_way_that_comes_back_are_refused() {
    let world = World::new();
    add(&world, "a", ["--redirect=https://x.test/"]);
    let ran = world.mech(["update", "a", "--redirect-code=303"]).code(1);
    let _ = ran.no_panic().stderr_has("301, 302, 307 or 308");
    let back = format!("--redirect-full=http://a.test:{}", world.http_port);
    let ran = world.mech(["update", "a", "--redirect=", &back]).code(1);
    let _ = ran.no_panic().stderr_has("comes back to itself");
}

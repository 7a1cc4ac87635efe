//! The name with `www.` and the one without.

use super::{add, added, to};
use crate::harness::{Backend, World};

#[test]
fn the_other_side_of_www_is_redirected_whichever_is_given() {
    let app = Backend::tcp("app");
    for (host, www, main, twin) in [
        ("x.test", "add", "www.x.test", "x.test"),
        ("www.x.test", "add", "www.x.test", "x.test"),
        ("x.test", "strip", "x.test", "www.x.test"),
        ("www.x.test", "strip", "x.test", "www.x.test"),
    ] {
        let world = World::new();
        let (host, www) = (format!("--host={host}"), format!("--www={www}"));
        let _ = world.mech(["add", "s", &host, &to(&app), &www]).ok();
        let _ = world.get(main, "/a").status(200).from_backend("app");
        let target = format!("http://{main}:{}/a%2F?b", world.http_port);
        let _ = world.get(twin, "/a%2F?b").status(302).redirects_to(&target);
    }
}

#[test]
fn with_tls_each_name_reaches_the_main_one_in_one_hop() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test", "www.s.test", "t.test"]);
    let options = [
        "--www=add",
        "--https",
        "--redirect-to-https",
        "--redirect-code=301",
    ];
    add(
        &world,
        "s",
        [to(&app).as_str(), "--aliases=t.test"]
            .into_iter()
            .chain(options),
    );
    let main = format!("https://www.s.test:{}/x?y", world.https_port);
    for name in ["s.test", "www.s.test", "t.test"] {
        let _ = world.get(name, "/x?y").status(301).redirects_to(&main);
    }
    let twin = world.https("s.test", "/x?y").cacert(&cert.cer).send();
    let _ = twin.status(301).redirects_to(&main);
    for name in ["www.s.test", "t.test"] {
        let _ = world
            .https(name, "/x?y")
            .cacert(&cert.cer)
            .send()
            .status(200);
    }
    let _ = world.mech(["update", "s", "--www=strip"]).ok();
    let main = format!("https://s.test:{}/x?y", world.https_port);
    let _ = world
        .get("www.s.test", "/x?y")
        .status(301)
        .redirects_to(&main);
    let twin = world.https("www.s.test", "/x?y").cacert(&cert.cer).send();
    let _ = twin.status(301).redirects_to(&main);
}

#[test]
fn an_alias_that_is_the_twin_is_redirected_once() {
    let app = Backend::tcp("app");
    let world = added([
        to(&app).as_str(),
        "--www=strip",
        "--aliases=www.s.test,t.test",
        "--canonical",
    ]);
    let main = format!("http://s.test:{}/", world.http_port);
    for name in ["www.s.test", "t.test"] {
        let _ = world.get(name, "/").status(302).redirects_to(&main);
    }
    let _ = world.get("s.test", "/").status(200);
}

#[test]
fn www_needs_a_name_of_which_there_are_two_sides() {
    let app = Backend::tcp("app");
    let world = World::new();
    let ran = world.mech(["add", "s", &to(&app), "--www=add"]).code(1);
    let _ = ran.no_panic().stderr_has("`www`, which needs `host`");
    let ran = world
        .mech(["add", "s", &to(&app), "--host=*.s.test", "--www=add"])
        .code(1);
    let _ = ran.no_panic().stderr_has("a wildcard has no `www.`");
    add(&world, "t", [to(&app).as_str(), "--www=add"]);
    // Both sides belong to the site.
    let ran = world
        .mech(["add", "u", "--host=www.t.test", &to(&app)])
        .code(1);
    let _ = ran.no_panic().stderr_has("`www.t.test` is on two sites");
}

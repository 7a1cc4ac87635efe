//! HSTS: over TLS alone, as long as is chosen.

use super::{add, folder, once, to};
use crate::harness::{Backend, World};

const NAME: &str = "Strict-Transport-Security";

#[test]
fn it_is_said_over_tls_alone_and_as_long_as_is_chosen() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test"]);
    add(&world, "s", [to(&app).as_str(), "--https"]);
    let ask = || {
        world
            .https("s.test", "/")
            .cacert(&cert.cer)
            .send()
            .status(200)
    };
    let _ = ask().lacks_header(NAME);
    for (chosen, said) in [
        ("5m", "max-age=300"),
        ("730d", "max-age=63072000"),
        ("1d includeSubDomains", "max-age=86400; includeSubDomains"),
        (
            "365d includeSubDomains preload",
            "max-age=31536000; includeSubDomains; preload",
        ),
        ("0", "max-age=0"),
    ] {
        let _ = world
            .mech(["update", "s", &format!("--hsts={chosen}")])
            .ok();
        once(&ask(), NAME, said);
        let _ = world.get("s.test", "/").status(200).lacks_header(NAME);
    }
    let _ = world.mech(["update", "s", "--hsts="]).ok();
    let _ = ask().lacks_header(NAME);
}

#[test]
fn every_answer_says_it_and_the_apps_own_word_goes() {
    let mut app = Backend::tcp("app");
    app.always_send(NAME, "max-age=1");
    let world = World::new();
    let cert = world.cert("s", &["s.test", "t.test"]);
    let files = folder(&world, "files", &[("a.txt", "a"), ("fast/b.txt", "b")]);
    let files = format!("--static={}", files.display());
    let options = [
        "--https",
        "--hsts=1d",
        "--redirect-to-https",
        "--aliases=t.test",
        "--canonical",
        "--max-body=1k",
        "--rate=/login 1r/m",
        "--deny=/in all",
        "--immutable=/fast",
    ];
    add(
        &world,
        "s",
        [to(&app).as_str(), &files].into_iter().chain(options),
    );
    let ask = |host: &str, target: &str| world.https(host, target).cacert(&cert.cer);
    let claim = |answer: crate::harness::Response, status: u16| {
        assert_eq!(answer.status, status, "{answer}");
        once(&answer, NAME, "max-age=86400");
    };
    claim(ask("s.test", "/app").send(), 200);
    claim(ask("s.test", "/a.txt").send(), 200);
    claim(ask("s.test", "/fast/b.txt").send(), 200);
    claim(ask("s.test", "/fast/app").send(), 200);
    claim(ask("s.test", "/.dot").send(), 200);
    claim(ask("s.test", "/status/404").send(), 404);
    claim(ask("s.test", "/in").send(), 403);
    claim(ask("s.test", "/login").send(), 200);
    claim(ask("s.test", "/login").send(), 429);
    claim(ask("t.test", "/").send(), 302);
    let large = ask("s.test", "/").arg("--data").arg("x".repeat(2000));
    claim(large.arg("--header").arg("Expect:").send(), 413);
    app.stop();
    claim(ask("s.test", "/app").send(), 502);
    let plain = world.get("s.test", "/app").status(302);
    let _ = plain.lacks_header(NAME);
}

#[test]
fn without_tls_it_is_refused() {
    let app = Backend::tcp("app");
    let world = World::new();
    let ran = world.mech(["add", "s", &to(&app), "--hsts=1d"]).code(1);
    let _ = ran.no_panic().stderr_has("`hsts`, which needs `https`");
    let _ = world.cert("s", &["s.test"]);
    let ran = world
        .mech(["add", "s", &to(&app), "--https", "--hsts=1d preload"])
        .code(1);
    let _ = ran
        .no_panic()
        .stderr_has("preload wants at least 365d and includeSubDomains");
}

#[test]
fn who_is_to_be_preloaded_shows_tls_at_the_name_that_was_asked_for_first() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test", "www.s.test"]);
    let options = ["--https", "--redirect-to-https", "--www=add"];
    add(&world, "s", [to(&app).as_str()].into_iter().chain(options));
    let port = world.https_port;
    for (hsts, host) in [
        ("365d includeSubDomains", "www.s.test"),
        ("365d includeSubDomains preload", "s.test"),
    ] {
        let _ = world.mech(["update", "s", &format!("--hsts={hsts}")]).ok();
        let answer = world.get("s.test", "/a%2Fb?c").status(302);
        let _ = answer.has_header("Location", &format!("https://{host}:{port}/a%2Fb?c"));
    }
    let first = world.https("s.test", "/a").cacert(&cert.cer);
    let first = first.send().status(302);
    let _ = first.has_header("Location", &format!("https://www.s.test:{port}/a"));
}

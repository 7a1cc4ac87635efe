//! `--sticky`: a client stays with the backend that it had first.

use std::collections::BTreeSet;

use super::{add, backends, folder, who};
use crate::harness::{Backend, Response, World, until};

/// Every `Set-Cookie` of an answer for the cookie `name`.
fn cookies<'a>(answer: &'a Response, name: &str) -> Vec<&'a str> {
    let start = format!("{name}=");
    let all = answer.headers.iter();
    all.filter(|(of, value)| of.eq_ignore_ascii_case("Set-Cookie") && value.starts_with(&start))
        .map(|(_, value)| value.as_str())
        .collect()
}

/// The pair of the one cookie `name` that a client sends back, and its attributes.
#[track_caller]
fn cookie(answer: &Response, name: &str) -> (String, String) {
    let all = cookies(answer, name);
    assert_eq!(all.len(), 1, "one cookie `{name}`:\n{answer}");
    let (pair, attributes) = all[0].split_once("; ").unwrap();
    (pair.to_owned(), attributes.to_owned())
}

#[test]
fn a_client_with_the_cookie_keeps_its_backend_through_all_workers() {
    let apps = ["a", "b", "c"].map(Backend::tcp);
    let world = World::new();
    add(&world, &["--sticky=cookie", &backends(&apps.each_ref())]);
    let mut used = BTreeSet::new();
    for _ in 0..16 {
        let first = world.get("s.com", "/login").status(200);
        let (pair, attributes) = cookie(&first, "mech_backend");
        assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Lax");
        for path in ["/", "/a?b", "/status/500"] {
            let request = world.request("s.com", path);
            let answer = request
                .header("Cookie", &format!("x=1; {pair}; y=2"))
                .send();
            assert_eq!(who(&answer), who(&first));
            let none: Vec<&str> = Vec::new();
            assert_eq!(cookies(&answer, "mech_backend"), none);
        }
        used.insert(who(&first));
    }
    assert_eq!(used.len(), 3, "new clients are spread");
}

#[test]
fn a_client_whose_backend_dies_is_served_by_one_other_and_comes_back() {
    let mut apps = ["a", "b", "c"].map(Backend::tcp);
    let world = World::new();
    add(
        &world,
        &["--sticky=cookie:keep", &backends(&apps.each_ref())],
    );
    let first = world.get("s.com", "/").status(200);
    let (pair, _) = cookie(&first, "keep");
    let own = who(&first);
    let ask = || {
        let request = world.request("s.com", "/").header("Cookie", &pair);
        who(&request.send().status(200))
    };
    let at = ["a", "b", "c"].iter().position(|name| *name == own);
    let at = at.unwrap();
    apps[at].stop();
    let other = ask();
    assert_ne!(other, own);
    for _ in 0..10 {
        assert_eq!(ask(), other, "one other, not several");
    }
    apps[at].start();
    until("the client is back with its backend", || ask() == own);
}

#[test]
fn the_cookie_stands_beside_those_of_the_app_and_not_on_files() {
    let apps = ["a", "b"].map(Backend::tcp);
    let world = World::new();
    let root = folder(&world, "www", &[("a.css", "a{}")]);
    let files = format!("--static={}", root.display());
    let list = backends(&apps.each_ref());
    add(
        &world,
        &["--sticky=cookie", "--header=X-Own: yes", &list, &files],
    );
    for app in &apps {
        app.always_send("Set-Cookie", "session=1; Path=/");
    }
    let answer = world.get("s.com", "/").status(200);
    let answer = answer.has_header("X-Own", "yes");
    let _ = cookie(&answer, "session");
    let _ = cookie(&answer, "mech_backend");
    let file = world.get("s.com", "/a.css").status(200);
    let _ = file.has_header("X-Own", "yes").lacks_header("Set-Cookie");
}

#[test]
fn an_answer_that_caches_keep_for_a_year_carries_no_cookie() {
    let apps = ["a", "b"].map(Backend::tcp);
    let world = World::new();
    let list = backends(&apps.each_ref());
    add(&world, &["--sticky=cookie", "--immutable=/assets", &list]);
    let answer = world.get("s.com", "/assets/a.js").status(200);
    let _ = answer
        .has_header("Cache-Control", "public, max-age=31536000, immutable")
        .lacks_header("Set-Cookie");
}

#[test]
fn of_a_site_for_tls_alone_the_cookie_is_secure() {
    let apps = ["a", "b"].map(Backend::tcp);
    let world = World::new();
    let cert = world.cert("s", &["s.com"]);
    let list = backends(&apps.each_ref());
    add(&world, &["--sticky=cookie", "--https", &list]);
    let ask = || {
        let answer = world.https("s.com", "/").cacert(&cert.cer).send();
        cookie(&answer.status(200), "mech_backend").1
    };
    // Here a browser could not send it along on plain HTTP any more.
    assert_eq!(ask(), "Path=/; HttpOnly; SameSite=Lax");
    add(&world, &["--redirect-to-https"]);
    assert_eq!(ask(), "Path=/; HttpOnly; SameSite=Lax; Secure");
}

#[test]
fn by_a_header_a_client_without_it_goes_by_its_address() {
    let apps = ["a", "b", "c"].map(Backend::tcp);
    let world = World::new();
    let _ = world.mech(["set", "trust", "127.0.0.1"]).ok();
    add(
        &world,
        &["--sticky=header:X-User", &backends(&apps.each_ref())],
    );
    let ask = |user: Option<usize>, client: usize| {
        let mut request = world.request("s.com", format!("/{client}"));
        request = request.header("X-Forwarded-For", &format!("198.51.100.{client}"));
        if let Some(user) = user {
            request = request.header("X-User", &format!("user{user}"));
        }
        who(&request.send().status(200))
    };
    let mut used = BTreeSet::new();
    for key in 1..20 {
        let by_user = ask(Some(key), 1);
        assert!((2..5).all(|client| ask(Some(key), client) == by_user));
        let by_address = ask(None, key);
        assert!((0..3).all(|_| ask(None, key) == by_address));
        used.insert(by_address);
    }
    assert_eq!(used.len(), 3, "clients without the header are spread");
}

#[test]
fn by_address_one_client_has_one_backend() {
    let apps = ["a", "b", "c"].map(Backend::tcp);
    let world = World::new();
    let _ = world.mech(["set", "trust", "127.0.0.1"]).ok();
    add(&world, &["--sticky=ip", &backends(&apps.each_ref())]);
    let ask = |client: usize, path: &str| {
        let request = world.request("s.com", path);
        let request = request.header("X-Forwarded-For", &format!("198.51.100.{client}"));
        who(&request.send().status(200))
    };
    let mut used = BTreeSet::new();
    for client in 1..20 {
        let own = ask(client, "/");
        assert!(
            ["/a", "/b?c", "/d"]
                .iter()
                .all(|path| ask(client, path) == own)
        );
        used.insert(own);
    }
    assert_eq!(used.len(), 3);
}

#[test]
fn it_is_said_which_way_clients_stay() {
    let world = World::new();
    let words = [
        "add",
        "s",
        "--host=s.com",
        "--backends=3000,3001",
        "--sticky=cookie",
    ];
    // The plan says it too.
    let _ = world
        .run(words)
        .args(["--dry-run"])
        .run()
        .ok()
        .stderr_has("consistent hash of a cookie");
    let _ = world
        .mech(words)
        .ok()
        .stderr_has("consistent hash of a cookie");
    let other = ["update", "s", "--sticky=ip"];
    let _ = world
        .mech(other)
        .ok()
        .says_nothing_of("consistent hash of a cookie");
}

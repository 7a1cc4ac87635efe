//! Clients that keep their backends: by nginx's own `sticky` where it has it, by a hash below.

use std::collections::BTreeSet;

use mech::render::NginxVersion;

use super::{no_warning, on_each};
use crate::harness::{Backend, Response, World, until};

/// The first version with `sticky` for everybody.
const SINCE: NginxVersion = NginxVersion(1, 29, 6);

/// The cookie that an answer sets, and its attributes in small letters.
fn cookie(answer: &Response, name: &str) -> Option<(String, BTreeSet<String>)> {
    let (pair, attributes) = answer.header("Set-Cookie")?.split_once(';')?;
    assert!(pair.starts_with(&format!("{name}=")), "{answer}");
    let attributes = attributes.split(';').map(|a| a.trim().to_lowercase());
    Some((pair.to_owned(), attributes.collect()))
}

fn name(answer: &Response) -> String {
    answer
        .header("X-Test-Backend")
        .unwrap_or_default()
        .to_owned()
}

/// Requests with this cookie on fresh connections, so of several workers; who answers.
#[track_caller]
fn who(world: &World, pair: &str) -> BTreeSet<String> {
    let answers = (0..8).map(|_| {
        let request = world.request("s.com", "/").header("Cookie", pair);
        let answer = request.send().status(200);
        assert!(
            answer
                .header("Set-Cookie")
                .is_none_or(|set| set.starts_with(pair))
        );
        name(&answer)
    });
    answers.collect()
}

#[test]
fn a_client_keeps_its_backend_by_its_cookie_on_every_nginx() {
    on_each(|version, world| {
        let apps = ["a", "b", "c"].map(Backend::tcp);
        let [a, b, c] = apps.each_ref().map(Backend::address);
        let backends = format!("--backends={a},{b},{c}");
        let _ = world
            .mech([
                "add",
                "s",
                "--host=s.com",
                "--sticky=cookie:keep",
                &backends,
            ])
            .ok();
        no_warning(&world);
        let native = world.rendered().contains("sticky cookie keep ");
        assert_eq!(native, version.number >= SINCE);
        let mut used = BTreeSet::new();
        for _ in 0..9 {
            let first = world.get("s.com", "/").status(200);
            let (pair, attributes) = cookie(&first, "keep").expect("a new client gets one");
            let expected = ["path=/", "httponly", "samesite=lax"].map(str::to_owned);
            assert_eq!(attributes, BTreeSet::from(expected));
            assert_eq!(who(&world, &pair), BTreeSet::from([name(&first)]));
            used.insert(name(&first));
        }
        assert!(used.len() > 1, "new clients are spread: {used:?}");
    });
}

#[test]
fn a_cookie_of_a_site_that_leads_to_https_is_for_https_alone() {
    on_each(|_, world| {
        let apps = ["a", "b"].map(Backend::tcp);
        let [a, b] = apps.each_ref().map(Backend::address);
        let backends = format!("--backends={a},{b}");
        world.cert("s", &["s.com"]);
        let add = [
            "add",
            "s",
            "--host=s.com",
            "--sticky=cookie",
            "--https",
            "--redirect-to-https",
        ];
        let _ = world.mech(add.into_iter().chain([backends.as_str()])).ok();
        let answer = world.https("s.com", "/").insecure().send().status(200);
        let (_, attributes) = cookie(&answer, "mech_backend").unwrap();
        assert!(attributes.contains("secure"), "{answer}");
    });
}

#[test]
fn a_sticky_client_goes_to_the_backup_and_back_from_1_29_6_on() {
    on_each(|version, world| {
        let mut apps = ["a", "b", "spare"].map(Backend::tcp);
        let [a, b, spare] = apps.each_ref().map(Backend::address);
        let backends = format!("--backends={a},{b},{spare} backup");
        let add = ["add", "s", "--host=s.com", "--sticky=cookie", &backends];
        if version.number < SINCE {
            let refused = world.untouched_by(|| world.mech(add).code(1));
            let _ = refused
                .stderr_has("beside a `backup` backend")
                .stderr_has(&SINCE.to_string())
                .no_panic();
            return;
        }
        let _ = world.mech(add).ok();
        no_warning(&world);
        let first = world.get("s.com", "/").status(200);
        let (pair, _) = cookie(&first, "mech_backend").unwrap();
        let own = name(&first);
        assert_ne!(own, "spare");
        for app in &mut apps[..2] {
            app.stop();
        }
        let ask = || {
            let request = world.request("s.com", "/").header("Cookie", &pair);
            name(&request.send().status(200))
        };
        assert_eq!(ask(), "spare");
        for app in &mut apps[..2] {
            app.start();
        }
        until("the client is back", || ask() == own);
    });
}

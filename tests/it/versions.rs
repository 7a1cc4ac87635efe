//! Several real versions of nginx: `make test-versions` gets them and names their folder, and then each claim here is
//! made on each of them; a plain `cargo test` makes the same claims on the system's nginx.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, writes files, and says which nginx it was about"
)]

mod grpc;
mod http3;
mod modules;
mod quic;
mod resolve;
mod sticky;
mod unknown_tls;

use std::fs;
use std::process::Command;

use mech::model::SiteOption;
use mech::render::NginxVersion;
use serde_json::{Value, json};

use crate::harness::{Backend, Cert, Nginx, Request, Version, World, until, versions};
use crate::matrix::choices::{BACKEND_FILE, CHOICES, Choice, MAP_FILE, registry};

/// From here on HTTP/2 belongs to the site, not to the socket.
const OWN_HTTP2: NginxVersion = NginxVersion(1, 25, 1);
/// From here on an idle connection outlives a reload.
const KEEPS_IDLE: NginxVersion = NginxVersion(1, 27, 4);

/// Runs `claim` on each nginx; a failure shows on which.
fn on_each(claim: impl Fn(&Version, World)) {
    for version in versions() {
        println!("nginx {}: {}", version.number, version.program.display());
        claim(&version, World::with(Nginx::private().version(&version)));
    }
}

/// Whether an nginx was built with this argument.
fn has_module(version: &Version, argument: &str) -> bool {
    let run = Command::new(&version.program).arg("-V").output().unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    said.split([' ', '\n']).any(|word| word == argument)
}

/// The sites of a registry that holds each of `sets` as one site, all with their certificates.
fn sites_of(world: &World, sets: &[Vec<&Choice>]) -> Value {
    let ports = world.nginx.prefix().join("ports");
    fs::write(&ports, "3000 3001\nunix:/run/listed.sock [::1]:3002\n").unwrap();
    let certs = world.nginx.prefix().join("certs");
    let cert = Cert::make(&certs, "one-for-all", &["example.com"]);
    for number in 0..sets.len() {
        fs::copy(&cert.cer, certs.join(format!("site{number}.cer"))).unwrap();
        fs::copy(&cert.key, certs.join(format!("site{number}.key"))).unwrap();
    }
    let text = registry(sets, &[])["sites"].to_string();
    let moved = world.nginx.prefix().join("moved.csv");
    fs::write(
        &moved,
        "from,to,code\n/old page,/new,\n/api,https://elsewhere.com/,308\n",
    )
    .unwrap();
    let text = text.replace(BACKEND_FILE, ports.to_str().unwrap());
    serde_json::from_str(&text.replace(MAP_FILE, moved.to_str().unwrap())).unwrap()
}

/// Claims that all of `sets` go live in one nginx, proven, and that nginx has no warning about them.
#[track_caller]
fn go_live(world: &World, sets: &[Vec<&Choice>]) {
    world.write_registry(&sites_of(world, sets));
    let done = world.mech(["refresh"]).ok();
    let _ = done.stderr_has("nginx has reloaded");
    no_warning(world);
}

/// Claims that nginx has no warning about what is live.
#[track_caller]
fn no_warning(world: &World) {
    let said = world.nginx.test().unwrap();
    assert!(!said.contains("[warn]"), "{said}\n{}", world.rendered());
}

#[test]
fn every_option_has_a_choice() {
    for option in SiteOption::ALL {
        let name = option.name();
        assert!(
            CHOICES.iter().any(|choice| choice.option == name),
            "no choice for `{name}`"
        );
    }
}

/// Claims that each of the choices goes live beside `others`, all in one nginx; before 1.25.1 in two, for HTTP/2 is
/// what all sites of a socket have or none.
#[track_caller]
fn all_go_live(version: &Version, world: &World, others: &[&'static Choice]) {
    let had = CHOICES
        .iter()
        .filter(|choice| choice.lacking(version.number).is_none())
        .filter(|choice| others.iter().all(|other| other.option != choice.option));
    let together = |choice: &&Choice| version.number >= OWN_HTTP2 || !choice.speaks_http2();
    let (first, second): (Vec<_>, Vec<_>) = had.partition(together);
    for sets in [first, second] {
        let sets: Vec<_> = sets
            .into_iter()
            .map(|choice| [others, &[choice]].concat())
            .collect();
        if !sets.is_empty() {
            go_live(world, &sets);
        }
    }
}

#[test]
fn every_option_alone_goes_live_without_a_warning() {
    on_each(|version, world| all_go_live(version, &world, &[]));
}

#[test]
fn every_option_of_an_https_site_goes_live_without_a_warning() {
    let https = CHOICES.iter().find(|c| c.option == "https").unwrap();
    on_each(|version, world| all_go_live(version, &world, &[https]));
}

#[test]
fn what_an_nginx_lacks_is_refused_with_the_version_that_has_it() {
    on_each(|version, world| {
        for choice in CHOICES {
            if let Some(since) = choice.lacking(version.number) {
                world.write_registry(&sites_of(&world, &[vec![choice]]));
                let refused = world.mech(["refresh"]).code(1);
                let _ = refused.stderr_has(&since.to_string()).no_panic();
            }
        }
        // HTTP/2 of the socket cannot be one site's alone.
        let app = Backend::tcp("app");
        for name in ["a", "b"] {
            world.cert(name, &[&format!("{name}.com")]);
        }
        world.write_registry(&json!([
            { "shortname": "a", "host": "a.com", "backends": [app.address()], "https": true, "http2": true },
            { "shortname": "b", "host": "b.com", "backends": [app.address()], "https": true },
        ]));
        let run = world.mech(["refresh"]);
        if version.number < OWN_HTTP2 {
            let _ = run.code(1).stderr_has(&OWN_HTTP2.to_string()).no_panic();
            return;
        }
        let _ = run.ok();
        for (host, spoken) in [("a.com", "HTTP/2"), ("b.com", "HTTP/1.1")] {
            let answer = world.https(host, "/").insecure().http2().send();
            assert_eq!(answer.status(200).version, spoken, "{host}");
        }
    });
}

#[test]
fn sites_are_served_over_http_and_https_and_changes_are_proven() {
    on_each(|_, world| {
        let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
        let cert = world.cert("s", &["s.com"]);
        let add = ["add", "s", "--host=s.com", "--https", "--http2"];
        let backend = format!("--backends={}", one.address());
        let run = world.mech(add.into_iter().chain([backend.as_str()])).ok();
        let _ = run.stderr_has("nginx has reloaded");
        no_warning(&world);
        let plain = world.get("s.com", "/a%2Fb").status(200);
        assert_eq!(plain.from_backend("one").echo().target, "/a%2Fb");
        let secure = || world.https("s.com", "/x").cacert(&cert.cer);
        for (request, spoken) in [(secure(), "HTTP/1.1"), (secure().http2(), "HTTP/2")] {
            let answer = request.send().status(200).from_backend("one");
            assert_eq!(answer.version, spoken);
        }
        let before = world.nginx.worker_pids();
        let backend = format!("--backends={}", two.address());
        let run = world.mech(["update", "s", &backend]).ok();
        let _ = run.stderr_has("nginx has reloaded");
        let after = world.nginx.worker_pids();
        assert!(!after.iter().any(|pid| before.contains(pid)), "{after:?}");
        let _ = world.get("s.com", "/").status(200).from_backend("two");
        let again = secure().http2().send().status(200);
        let _ = again.from_backend("two");
        assert!(!world.nginx.error_log().contains("[emerg]"));
    });
}

#[test]
fn a_change_that_nginx_rejects_and_a_reload_that_fails_leave_everything_as_it_was() {
    on_each(|_, world| {
        let app = Backend::tcp("app");
        let backend = format!("--backends={}", app.address());
        let _ = world.mech(["add", "s", "--host=s.com", &backend]).ok();
        let overrides = world.nginx.prefix().join("mech-overrides/s");
        fs::create_dir_all(&overrides).unwrap();
        fs::write(overrides.join("proxy"), "proxy_bufering off;\n").unwrap();
        let rejected = world.untouched_by(|| world.mech(["refresh"]).code(4));
        let _ = rejected.stderr_has("unknown directive").no_panic();
        fs::remove_file(overrides.join("proxy")).unwrap();
        let taken = Backend::tcp("taken");
        let port = taken.port().to_string();
        let failed = world.untouched_by(|| world.mech(["set", "http-port", &port]).code(3));
        let _ = failed.stderr_has("Address already in use").no_panic();
        let _ = world.get("s.com", "/").status(200).from_backend("app");
    });
}

#[test]
fn an_idle_connection_outlives_a_change_from_1_27_4_on() {
    on_each(|version, world| {
        let app = Backend::tcp("app");
        let backend = format!("--backends={}", app.address());
        let _ = world.mech(["add", "s", "--host=s.com", &backend]).ok();
        let request = Request::get(world.http_port, "s.com", "/");
        let mut connection = world.connect();
        let _ = connection.send(&request).status(200);
        let _ = world.mech(["update", "s", "--aliases=a.com"]).ok();
        if version.number >= KEEPS_IDLE {
            let _ = connection.send(&request).status(200);
        } else {
            until("the connection is closed", || {
                connection.is_closed_by_peer()
            });
        }
    });
}

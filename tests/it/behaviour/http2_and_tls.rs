//! HTTPS: certificates, names, HTTP/2, sessions, and the way there from plain HTTP.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{serve, serving};
use crate::harness::{Backend, World};

fn https_site(app: &Backend, options: &Value) -> Value {
    let mut site =
        json!({ "shortname": "s", "host": "s.com", "backends": [app.address()], "https": true });
    for (key, value) in options.as_object().unwrap() {
        site[key] = value.clone();
    }
    json!([site])
}

fn secure(app: &Backend, options: &Value) -> World {
    let world = World::new();
    world.cert("s", &["s.com", "a.com"]);
    serve(&world, &https_site(app, options));
    world
}

#[test]
fn a_site_serves_tls_with_its_own_certificate() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let world = World::new();
    let certs = [
        world.cert("one", &["one.com"]),
        world.cert("two", &["two.com"]),
    ];
    serve(
        &world,
        &json!([
            { "shortname": "one", "host": "one.com", "backends": [one.address()], "https": true },
            { "shortname": "two", "host": "two.com", "backends": [two.address()], "https": true },
        ]),
    );
    for (name, cert) in ["one", "two"].iter().zip(&certs) {
        let host = format!("{name}.com");
        let answer = world
            .https(&host, "/a%2Fb")
            .cacert(&cert.cer)
            .send()
            .status(200);
        let echo = answer.from_backend(name).echo();
        let seen = format!("{host}:{}", world.https_port);
        assert_eq!(echo.header("Host"), Some(seen.as_str()));
        assert_eq!(echo.header("X-Forwarded-Proto"), Some("https"));
        assert_eq!(
            echo.header("X-Forwarded-Port"),
            Some(world.https_port.to_string().as_str())
        );
        assert_eq!(echo.target, "/a%2Fb");
        // Plain HTTP stays served unless it is to be redirected.
        let _ = world.get(&host, "/").status(200).from_backend(name);
    }
}

// defect 4
#[test]
fn https_before_the_certificates_are_there_is_refused() {
    let app = Backend::tcp("app");
    let world =
        serving(&json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }]));
    let _ = world.mech(["refresh"]).ok();
    let run = world.untouched_by(|| world.mech(["update", "s", "--https"]).code(1));
    let _ = run.stderr_has("s.cer").no_panic();
    let _ = world.get("s.com", "/").status(200);
    world.cert("s", &["s.com"]);
    let _ = world.mech(["update", "s", "--https"]).ok();
    let _ = world.https("s.com", "/").insecure().send().status(200);
}

// defect 14
#[test]
fn a_name_that_no_site_has_is_refused_in_the_handshake() {
    let app = Backend::tcp("app");
    let world = secure(&app, &json!({}));
    let refused = world.https("unknown.com", "/").insecure().try_send();
    assert_eq!(refused.expect_err("no certificate is shown").code, 35);
    let _ = world.https("s.com", "/").insecure().send().status(200);
    assert_eq!(app.requests(), 1);
}

#[test]
fn a_default_https_site_answers_every_name() {
    let app = Backend::tcp("app");
    let world = secure(&app, &json!({ "default": true }));
    for host in ["s.com", "unknown.com"] {
        let answer = world.https(host, "/").insecure().send();
        let _ = answer.status(200).from_backend("app");
    }
}

#[test]
fn plain_http_is_redirected_byte_by_byte_where_it_is_asked_for() {
    let app = Backend::tcp("app");
    let world = secure(
        &app,
        &json!({ "aliases": ["a.com"], "redirect-to-https": true }),
    );
    let home = format!("https://s.com:{}", world.https_port);
    for host in ["s.com", "a.com"] {
        let answer = world.get(host, "/a%2Fb//d?x=%20y").status(302);
        let _ = answer.redirects_to(&format!("{home}/a%2Fb//d?x=%20y"));
    }
    let _ = world.mech(["update", "s", "--permanent"]).ok();
    let _ = world.get("s.com", "/").status(301);
    for host in ["s.com", "a.com"] {
        let _ = world
            .https(host, "/x")
            .insecure()
            .send()
            .status(200)
            .from_backend("app");
    }
}

#[test]
fn a_wildcard_host_is_redirected_to_the_name_that_was_asked_for() {
    let app = Backend::tcp("app");
    let options = json!({ "host": "*.s.com", "redirect-to-https": true });
    let world = secure(&app, &options);
    let answer = world.get("a.s.com", "/x?y").status(302);
    let _ = answer.redirects_to(&format!("https://a.s.com:{}/x?y", world.https_port));
}

#[test]
fn a_default_site_without_https_lends_its_name_to_no_handshake() {
    let (app, plain) = (Backend::tcp("app"), Backend::tcp("plain"));
    let world = World::new();
    world.cert("s", &["s.com"]);
    let mut sites = https_site(&app, &json!({}));
    let default = json!({ "shortname": "d", "host": "d.com", "backends": [plain.address()], "default": true });
    sites.as_array_mut().unwrap().push(default);
    serve(&world, &sites);
    for host in ["d.com", "unknown.com"] {
        let _ = world.get(host, "/").status(200).from_backend("plain");
        let refused = world.https(host, "/").insecure().try_send();
        assert_eq!(refused.expect_err("no certificate is shown").code, 35);
    }
}

#[test]
fn a_canonical_https_site_needs_one_hop_from_anywhere() {
    let app = Backend::tcp("app");
    for redirect in [true, false] {
        let options = json!({ "aliases": ["a.com"], "redirect-to-https": redirect, "canonical": true, "default": true });
        let world = secure(&app, &options);
        let home = format!("https://s.com:{}/x?y=%20", world.https_port);
        for host in ["a.com", "unknown.com"] {
            let _ = world
                .https(host, "/x?y=%20")
                .insecure()
                .send()
                .redirects_to(&home);
            let plain = if redirect {
                home.clone()
            } else {
                format!("http://s.com:{}/x?y=%20", world.http_port)
            };
            let _ = world.get(host, "/x?y=%20").redirects_to(&plain);
        }
        let _ = world
            .https("s.com", "/x")
            .insecure()
            .send()
            .status(200)
            .from_backend("app");
    }
}

#[test]
fn http2_is_spoken_where_the_site_or_the_setting_says_so() {
    let app = Backend::tcp("app");
    let world = secure(&app, &json!({}));
    let version = || {
        world
            .https("s.com", "/")
            .insecure()
            .http2()
            .send()
            .status(200)
            .version
    };
    assert_eq!(version(), "HTTP/1.1");
    let _ = world.mech(["update", "s", "--http2"]).ok();
    assert_eq!(version(), "HTTP/2");
    let _ = world.mech(["update", "s", "--http2="]).ok();
    assert_eq!(version(), "HTTP/1.1");
    let _ = world.mech(["set", "http2", "true"]).ok();
    assert_eq!(version(), "HTTP/2");
    let _ = world.mech(["update", "s", "--http2=false"]).ok();
    assert_eq!(version(), "HTTP/1.1");
}

#[test]
fn a_websocket_works_over_tls_beside_http2() {
    let app = Backend::tcp("app");
    let world = secure(&app, &json!({ "http2": true }));
    let curl = world
        .https("s.com", "/ws")
        .insecure()
        .header("Upgrade", "websocket")
        .header("Connection", "Upgrade");
    // curl waits for more of the socket until its time is over; the app has seen the upgrade by then.
    assert!(curl.arg("--max-time").arg("1").try_send().is_err());
    assert!(app.last().unwrap().says("Upgrade", "websocket"));
}

/// What `openssl s_client` says.
fn s_client(world: &World, more: &[&str]) -> String {
    let address = format!("127.0.0.1:{}", world.https_port);
    let run = Command::new("openssl")
        .args(["s_client", "-connect", &address, "-servername", "s.com"])
        .args(more)
        .stdin(Stdio::null())
        .output()
        .expect("needs openssl: apt-get install openssl");
    let [out, err] =
        [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    out + &err
}

// defect 31
#[test]
fn tls_sessions_are_resumed_and_old_protocols_refused() {
    let app = Backend::tcp("app");
    let world = secure(&app, &json!({}));
    let session = world.home.path().join("session");
    let session = session.to_str().unwrap();
    let first = s_client(&world, &["-tls1_2", "-sess_out", session]);
    assert!(first.contains("New, TLSv1.2"), "{first}");
    let again = s_client(&world, &["-tls1_2", "-sess_in", session]);
    assert!(again.contains("Reused, TLSv1.2"), "{again}");
    let third = s_client(&world, &["-tls1_3"]);
    assert!(third.contains("New, TLSv1.3"), "{third}");
    let old = s_client(&world, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(
        old.contains("Cipher is (NONE)") || old.contains("no protocols available"),
        "{old}"
    );
}

//! What the app is told of a request, and how connections to it are used.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use serde_json::json;

use super::{serve, serving};
use crate::harness::{Backend, Nginx, World};

fn world(app: &Backend) -> World {
    serving(
        &json!([{ "shortname": "s", "host": "s.com", "aliases": ["a.com"], "backends": [app.address()] }]),
    )
}

// defect 29
#[test]
fn the_app_sees_the_host_as_the_visitor_wrote_it() {
    let app = Backend::tcp("app");
    let world = world(&app);
    let port = world.http_port;
    for name in ["s.com", "a.com"] {
        let host = format!("{name}:{port}");
        let echo = world.get(&host, "/").status(200).echo();
        for header in ["Host", "X-Forwarded-Host"] {
            assert_eq!(echo.header(header), Some(host.as_str()), "{header}");
        }
        assert_eq!(
            echo.header("X-Forwarded-Port"),
            Some(port.to_string().as_str())
        );
        assert_eq!(echo.header("X-Forwarded-Proto"), Some("http"));
        assert_eq!(echo.header("X-Real-IP"), Some("127.0.0.1"));
        assert_eq!(echo.header("X-Forwarded-For"), Some("127.0.0.1"));
    }
}

// defect 29
#[test]
fn a_client_cannot_forge_what_the_app_is_told() {
    let app = Backend::tcp("app");
    let world = world(&app);
    let forged = [
        ("X-Real-IP", "6.6.6.6"),
        ("X-Forwarded-For", "6.6.6.6, 7.7.7.7"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.com"),
        ("X-Forwarded-Port", "666"),
        ("X-Request-ID", "evil"),
        ("Forwarded", "for=6.6.6.6"),
        ("Proxy", "http://evil.com"),
    ];
    let mut request = world.request("s.com", "/");
    for (name, value) in forged {
        request = request.header(name, value);
    }
    let echo = request.send().status(200).echo();
    for (name, value) in forged {
        let seen: Vec<_> = echo
            .headers
            .iter()
            .filter(|(of, _)| of.eq_ignore_ascii_case(name))
            .collect();
        let gone = matches!(name, "Forwarded" | "Proxy");
        assert_eq!(seen.len(), usize::from(!gone), "{name}: {seen:?}");
        assert!(seen.iter().all(|(_, of)| !of.contains(value)), "{seen:?}");
    }
    // The absolute form is a second way to name a host.
    let echo = world.request("evil.com", "http://s.com/").send().echo();
    assert!(
        echo.header("Host").unwrap().starts_with("s.com"),
        "{echo:?}"
    );
}

#[test]
fn every_request_has_an_id_of_its_own() {
    let app = Backend::tcp("app");
    let world = world(&app);
    let ids: BTreeSet<String> = (0..5)
        .map(|_| {
            world
                .get("s.com", "/")
                .echo()
                .header("X-Request-ID")
                .unwrap()
                .to_owned()
        })
        .collect();
    assert_eq!(ids.len(), 5);
    assert!(ids.iter().all(|id| id.len() == 32), "{ids:?}");
}

#[test]
fn the_visitors_other_headers_arrive_unchanged() {
    let app = Backend::tcp("app");
    let world = world(&app);
    let sent = [
        ("Cookie", "a=1; b=\"2\""),
        ("Authorization", "Bearer x"),
        ("X-Own", "$host {};"),
        ("Origin", "http://o.com"),
    ];
    let request = sent
        .iter()
        .fold(world.request("s.com", "/"), |request, (name, value)| {
            request.header(name, value)
        });
    let echo = request.send().echo();
    for (name, value) in sent {
        assert_eq!(echo.header(name), Some(value));
    }
}

// defect 25
#[test]
fn connections_to_the_app_are_http_1_1_and_kept() {
    let app = Backend::tcp("app");
    let world =
        serving(&json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }]));
    for _ in 0..20 {
        let echo = world.get("s.com", "/").status(200).echo();
        assert_eq!(echo.version, "HTTP/1.1");
        assert_eq!(echo.header("Connection"), None);
    }
    // Each of the two workers keeps its own.
    assert!(
        app.connections() <= 2,
        "{} connections for 20 requests",
        app.connections()
    );
}

// defect 25
#[test]
fn a_slow_visitor_does_not_hold_the_app() {
    const SIZE: usize = 20_000_000;
    let app = Backend::tcp("app");
    let world = World::with(Nginx::private().workers(1));
    serve(
        &world,
        &json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }]),
    );
    let mut slow = world.connect();
    let request = world.request("s.com", format!("/size/{SIZE}"));
    slow.say(request.bytes());
    // The visitor reads nothing, and nginx has time to take the whole answer.
    thread::sleep(Duration::from_secs(1));
    let _ = world.get("s.com", "/").status(200).from_backend("app");
    // The app's connection was free again, so no second one was needed.
    assert_eq!(app.connections(), 1);
    let Ok(answer) = slow.answer(false) else {
        panic!("no answer")
    };
    assert_eq!(answer.body.len(), SIZE);
}

#[test]
fn long_response_headers_pass() {
    let app = Backend::tcp("app");
    let world = world(&app);
    let answer = world.get("s.com", "/big-header/15000").status(200);
    assert_eq!(answer.header("X-Big").map(str::len), Some(15_000));
}

// defect 29
#[test]
fn a_redirect_of_the_app_reaches_the_visitor_unchanged() {
    // The second is what nginx would rewrite by itself: the name by which it knows the app.
    for own in ["http://10.0.0.9:3000/next", "http://s.mech_site/next"] {
        let app = Backend::tcp("app");
        let world = world(&app);
        app.always_answer(Some(302));
        app.always_send("Location", own);
        let _ = world.get("s.com", "/").status(302).redirects_to(own);
    }
}

#[test]
fn paths_and_queries_reach_the_app_byte_by_byte() {
    let app = Backend::tcp("app");
    let world = world(&app);
    for target in [
        "/a%2Fb//d?x=%20y",
        "/%7Euser/.%2E/x;y=1",
        "/./a/../b",
        "/?",
        "/a+b?'\"&&",
    ] {
        let echo = world.get("s.com", target).status(200).echo();
        assert_eq!(echo.target, target);
    }
}

//! Websockets: passed on every location, unless the site says no.

use serde_json::json;

use super::{folder, serve};
use crate::harness::{Backend, World};

fn site(world: &World, app: &Backend, options: &serde_json::Value) {
    let backends = [app.address(), format!("{}/live", app.address())];
    let mut site = json!({ "shortname": "s", "host": "s.com", "backends": backends });
    for (key, value) in options.as_object().unwrap() {
        site[key] = value.clone();
    }
    serve(world, &json!([site]));
}

fn echoes(world: &World, path: &str) {
    let mut socket = world.connect();
    let _ = socket
        .upgrade("s.com", path)
        .status(101)
        .from_backend("app");
    for text in ["one", "a longer message"] {
        socket.say(text);
        assert_eq!(socket.hear(text.len()), text.as_bytes());
    }
}

#[test]
fn a_websocket_works_at_every_path_with_nothing_said() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, &app, &json!({}));
    for path in ["/", "/socket.io/?EIO=4", "/live", "/live/x"] {
        echoes(&world, path);
    }
    let root = folder(&world, "www", &[("a.txt", "a")]);
    site(&world, &app, &json!({ "static": root, "websockets": true }));
    for path in ["/", "/ws", "/live/x"] {
        echoes(&world, path);
    }
}

// defect 24
#[test]
fn only_a_websocket_is_announced_as_one() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, &app, &json!({}));
    let echo = world.get("s.com", "/").echo();
    assert_eq!(
        (echo.header("Connection"), echo.header("Upgrade")),
        (None, None)
    );
    echoes(&world, "/ws");
    let echo = app.last().unwrap();
    assert!(
        echo.says("Connection", "upgrade") && echo.says("Upgrade", "websocket"),
        "{echo:?}"
    );
}

#[test]
fn a_site_without_websockets_never_passes_an_upgrade() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, &app, &json!({ "websockets": false }));
    for path in ["/", "/live/x"] {
        let mut socket = world.connect();
        let echo = socket.upgrade("s.com", path).status(200).echo();
        assert_eq!(
            (echo.header("Connection"), echo.header("Upgrade")),
            (None, None)
        );
    }
}

#[test]
fn no_other_protocol_is_passed_for_nginx_would_not_see_what_is_said_in_it() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, &app, &json!({}));
    for protocol in ["h2c", "tcp", "websocket, h2c", "TLS/1.0"] {
        let request = world.request("s.com", "/");
        let request = request
            .header("Connection", "Upgrade, HTTP2-Settings")
            .header("Upgrade", protocol)
            .header("HTTP2-Settings", "AAMAAABkAAQAAP__");
        let echo = request.send().status(200).from_backend("app").echo();
        assert_eq!(echo.header("Connection"), None, "{protocol}");
    }
    let odd = world.request("s.com", "/").header("Upgrade", "WebSocket");
    let _ = odd.header("Connection", "Upgrade").send();
    assert!(app.last().unwrap().says("Connection", "upgrade"));
}

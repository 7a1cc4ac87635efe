//! Backends that get only what is below a path.

use serde_json::json;

use super::{folder, serve, serving};
use crate::harness::{Backend, Nginx, World};

#[test]
fn a_path_begins_and_ends_at_a_segment() {
    let (app, ci) = (Backend::tcp("app"), Backend::tcp("ci"));
    let world = serving(
        &json!([{ "shortname": "s", "host": "s.com", "backends": [app.address(), format!("{}/ci", ci.address())] }]),
    );
    for (path, backend) in [
        ("/ci", "ci"),
        ("/ci?q=%20", "ci"),
        ("/ci/", "ci"),
        ("/ci/a%2Fb//c?d=%2F", "ci"),
        ("/cix", "app"),
        ("/ci-server", "app"),
        ("/x/ci/y", "app"),
        ("/", "app"),
        ("/CI/", "app"),
    ] {
        let echo = world
            .get("s.com", path)
            .status(200)
            .from_backend(backend)
            .echo();
        assert_eq!(echo.target, path, "the path arrives as it was sent");
    }
}

// defect 18
#[test]
fn both_ways_to_write_a_path_work() {
    let (app, ci, live) = (
        Backend::tcp("app"),
        Backend::tcp("ci"),
        Backend::tcp("live"),
    );
    let world = World::new();
    let backends = format!(
        "--backends={},{}:/ci-server,{}/live",
        app.port(),
        ci.port(),
        live.port()
    );
    let _ = world.mech(["add", "s", "--host=s.com", &backends]).ok();
    for (path, backend) in [("/", "app"), ("/ci-server/x", "ci"), ("/live/x", "live")] {
        let _ = world.get("s.com", path).status(200).from_backend(backend);
    }
}

#[test]
fn several_backends_share_a_path_and_the_longest_path_wins() {
    let [app, a, b, deep] = ["app", "a", "b", "deep"].map(Backend::tcp);
    let world = World::with(Nginx::private().workers(1));
    let sock = world.unix_backend("sock");
    serve(
        &world,
        &json!([{ "shortname": "s", "host": "s.com", "backends": [
            format!("{}/ci", a.address()), app.address(), format!("{}/ci/deep", deep.address()),
            format!("{}/ci", b.address()), format!("{}:/sock", sock.address()),
        ] }]),
    );
    for _ in 0..10 {
        let _ = world.get("s.com", "/ci/x").status(200);
    }
    assert_eq!((a.requests(), b.requests()), (5, 5));
    for (path, backend) in [
        ("/ci/deep", "deep"),
        ("/ci/deep/x", "deep"),
        ("/sock/x", "sock"),
        ("/", "app"),
    ] {
        let _ = world.get("s.com", path).status(200).from_backend(backend);
    }
    let deeper = world
        .get("s.com", "/ci/deepx")
        .status(200)
        .header("X-Test-Backend")
        .map(str::to_owned);
    assert!(matches!(deeper.as_deref(), Some("a" | "b")), "{deeper:?}");
}

// defect 32
#[test]
fn a_site_of_paths_alone_answers_404_elsewhere() {
    let ci = Backend::tcp("ci");
    let world = serving(
        &json!([{ "shortname": "s", "host": "s.com", "backends": [format!("{}/ci", ci.address())] }]),
    );
    let _ = world.get("s.com", "/ci/x").status(200).from_backend("ci");
    for path in ["/", "/index.html", "/cix"] {
        let answer = world.get("s.com", path).status(404);
        let _ = answer.lacks_header("Cache-Control");
    }
}

#[test]
fn a_path_goes_before_files_and_files_before_the_app() {
    let (app, ci) = (Backend::tcp("app"), Backend::tcp("ci"));
    let world = World::new();
    let root = folder(&world, "www", &[("ci/a.txt", "file"), ("b.txt", "file b")]);
    serve(
        &world,
        &json!([{ "shortname": "s", "host": "s.com", "static": root,
            "backends": [app.address(), format!("{}/ci", ci.address())] }]),
    );
    let _ = world.get("s.com", "/ci/a.txt").from_backend("ci");
    let _ = world.get("s.com", "/b.txt").body_has("file b");
    let _ = world.get("s.com", "/c.txt").from_backend("app");
    serve(
        &world,
        &json!([{ "shortname": "s", "host": "s.com", "static": root, "backends": [format!("{}/ci", ci.address())] }]),
    );
    let _ = world.get("s.com", "/b.txt").status(200).body_has("file b");
    let _ = world.get("s.com", "/c.txt").status(404);
    let _ = world
        .request("s.com", "/ci/post")
        .body("x")
        .send()
        .from_backend("ci");
}

// defect 19
#[test]
fn a_path_gets_all_that_the_site_gets() {
    let (app, ci) = (Backend::tcp("app"), Backend::tcp("ci"));
    let world = serving(
        &json!([{ "shortname": "s", "host": "s.com", "backends": [app.address(), format!("{}/ci", ci.address())] }]),
    );
    let seen = |path: &str| {
        let request = world
            .request("s.com", path)
            .header("X-Forwarded-For", "6.6.6.6");
        let mut headers = request.send().status(200).echo().headers;
        headers.retain(|(name, _)| name != "X-Request-ID");
        headers.sort();
        headers
    };
    assert_eq!(seen("/ci/x"), seen("/x"));
    for (path, backend) in [("/ci", "ci"), ("/ci/ws", "ci"), ("/ws", "app")] {
        let mut socket = world.connect();
        let _ = socket
            .upgrade("s.com", path)
            .status(101)
            .from_backend(backend);
        socket.say("ping");
        assert_eq!(socket.hear(4), b"ping");
    }
    let _ = world.get("s.com", "/ci/big-header/15000").status(200);
}

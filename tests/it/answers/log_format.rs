//! What stands in the logs.

use serde_json::Value;

use super::{add, added, logged, to};
use crate::harness::{Backend, World};

#[track_caller]
fn entry(world: &World, log: &str, text: &str) -> Value {
    let line = logged(world, log, text);
    serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
}

#[test]
fn a_line_of_json_holds_what_an_operator_asks_for() {
    let mut app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    let _ = world.mech(["set", "log-format", "json"]).ok();
    let request = world
        .request("s.test", "/first?a=b")
        .header("Referer", "http://from.test/");
    let seen = request.body("12345").send().status(200).echo();
    let entry_of = |text: &str| entry(&world, "s.access.log", text);
    let line = entry_of("/first?a=b");
    assert_eq!(line["id"], seen.header("X-Request-ID").unwrap());
    for (field, value) in [
        ("client", "127.0.0.1"),
        ("host", "s.test"),
        ("method", "POST"),
        ("uri", "/first?a=b"),
        ("protocol", "HTTP/1.1"),
        ("status", "200"),
        ("backend_status", "200"),
        ("referer", "http://from.test/"),
        ("tls", ""),
    ] {
        assert_eq!(line[field], value, "{field} of {line}");
    }
    assert_eq!(line["backend"], app.address());
    for field in ["bytes", "received", "seconds"] {
        assert!(line[field].is_number(), "{field} of {line}");
    }
    for field in ["backend_connect", "backend_header", "backend_response"] {
        let seconds: f64 = line[field].as_str().unwrap().parse().unwrap();
        assert!((0.0..5.0).contains(&seconds), "{field} of {line}");
    }
    assert!(line["bytes"].as_u64().unwrap() > 100, "{line}");
    app.stop();
    let _ = world.get("s.test", "/failed").status(502);
    let line = entry_of("/failed");
    assert_eq!(
        (&line["status"], &line["backend_status"]),
        (&"502".into(), &"502".into())
    );
}

#[test]
fn whatever_a_client_calls_itself_a_line_stays_one_line_of_json() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str()]);
    let _ = world.mech(["set", "log-format", "json"]).ok();
    let agents = [
        "\"quoted\" 'and' \\back\\slash",
        "\",\"status\":\"200\",\"x\":\"",
        "\u{1}\u{8}\u{b}\u{1b}[31mred\u{7f}",
        "tab\there",
        "ümläut \u{20ac} \u{1f600}",
        "</script><!--",
        "\\u0000 \\n",
    ];
    for (number, agent) in agents.iter().enumerate() {
        let target = format!("/agent-{number}");
        let _ = world
            .request("s.test", &target)
            .header("User-Agent", agent)
            .send()
            .status(200);
        let line = entry(&world, "s.access.log", &target);
        assert_eq!(line["agent"], *agent, "{line}");
        assert_eq!(line["status"], "200");
    }
    let mut raw = world.connect();
    raw.say("GET /\"\\\u{1}raw HTTP/1.1\r\nHost: s.test\r\n\r\n");
    let _ = raw.answer(false);
    let _ = world.request("s.test", "/after").send().status(200);
    let _ = entry(&world, "s.access.log", "/after");
    let log = std::fs::read_to_string(world.nginx.prefix().join("logs/s.access.log")).unwrap();
    for line in log.lines() {
        assert!(serde_json::from_str::<Value>(line).is_ok(), "{line}");
    }
}

#[test]
fn a_shared_log_names_the_site_in_both_formats() {
    let app = Backend::tcp("app");
    let world = added([
        to(&app).as_str(),
        "--aliases=alias.test",
        "--canonical",
        "--max-body=1k",
    ]);
    add(&world, "other-site", [to(&app).as_str()]);
    let _ = world.mech(["set", "logs-shared", "true"]).ok();
    let ask = |round: &str| {
        let _ = world.get("s.test", &format!("/{round}-one")).status(200);
        let _ = world
            .get("other-site.test", &format!("/{round}-two"))
            .status(200);
        let _ = world
            .get("alias.test", &format!("/{round}-three"))
            .status(302);
        let large = world
            .request("s.test", format!("/{round}-four"))
            .body("x".repeat(2000));
        let _ = large.send().status(413);
        [
            ("one", "s"),
            ("two", "other-site"),
            ("three", "s"),
            ("four", "s"),
        ]
        .map(|(end, site)| (format!("/{round}-{end}"), site))
    };
    for (target, site) in ask("plain") {
        let line = logged(&world, "mech.access.log", &target);
        assert!(line.starts_with(&format!("{site} ")), "{line}");
    }
    let _ = world.mech(["set", "log-format", "json"]).ok();
    for (target, site) in ask("json") {
        assert_eq!(entry(&world, "mech.access.log", &target)["site"], site);
    }
}

#[test]
fn one_site_can_go_unlogged() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--access-log=off"]);
    add(&world, "t", [to(&app).as_str()]);
    let logs = world.nginx.prefix().join("logs");
    for (shared, log) in [("false", "t.access.log"), ("true", "mech.access.log")] {
        let _ = world.mech(["set", "logs-shared", shared]).ok();
        let _ = world.get("s.test", "/secret").status(200);
        let _ = world.get("t.test", &format!("/known-{shared}")).status(200);
        let _ = logged(&world, log, &format!("/known-{shared}"));
        for entry in std::fs::read_dir(&logs).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(!text.contains("/secret"), "{}", path.display());
        }
    }
    let _ = world.mech(["update", "s", "--access-log="]).ok();
    let _ = world.get("s.test", "/told").status(200);
    let _ = logged(&world, "mech.access.log", "/told");
}

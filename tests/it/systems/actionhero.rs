//! `ActionHero`, the real package, on a unix socket, with a Redis in memory.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use super::node::{Node, packages};
use super::{folder, follow, write};
use crate::harness::{Connection, Request, World, until};

const TITLE: &str = "ActionHero";
const HOST: &str = "api.example.com";
const MEGABYTE: usize = 1024 * 1024;

/// The app, and nginx before it as the recipe has it.
struct Api {
    world: World,
    _app: Node,
}

impl Api {
    /// With these networks trusted in place of the recipe's.
    fn trusting(networks: &str) -> Self {
        let world = World::new();
        let root = folder(&world, "srv/api");
        let here = [
            ("/srv/api", root.clone()),
            ("10.0.0.0/8", networks.to_owned()),
        ];
        let socket = format!("{root}/shared/tmp/sockets/actionhero.sock");
        for (file, text) in [
            ("shared/tmp/sockets/.keep", ""),
            (
                "current/package.json",
                "{\"name\":\"api\",\"version\":\"1.0.0\"}",
            ),
            (
                "current/server.js",
                include_str!("apps/actionhero_server.js"),
            ),
            (
                "current/dist/config/api.js",
                include_str!("apps/actionhero_config.js"),
            ),
            (
                "current/dist/actions/all.js",
                include_str!("apps/actionhero_actions.js"),
            ),
            ("current/public/about.html", "about us"),
            ("current/public/docs/index.html", "the docs"),
            ("current/public/cache/news.html", "cached news"),
            ("current/public/cache/blog/index.html", "cached blog"),
            ("current/log/.keep", ""),
            ("current/pids/.keep", ""),
        ] {
            write(format!("{root}/{file}").as_ref(), text);
        }
        let wanted = ["actionhero@29.3.5", "ioredis-mock@8.7.0"];
        let modules = packages("actionhero-29.3.5", &wanted);
        let current = format!("{root}/current");
        let env = [
            ("SOCKET", socket.as_str()),
            ("NODE_PATH", modules.to_str().unwrap()),
            ("PROJECT_ROOT", current.as_str()),
        ];
        let script = format!("{current}/server.js");
        let app = Node::start(script.as_ref(), &env, || {
            Connection::open(std::path::Path::new(&socket)).is_ok()
        });
        let _ = follow(&world, TITLE, 0..1, &here);
        Self { world, _app: app }
    }

    fn who(&self, headers: &[(&str, &str)]) -> Value {
        let request = self.world.request(HOST, "/api/who");
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(name, value)
        });
        serde_json::from_slice(&request.send().status(200).body).unwrap()
    }

    /// A file of so many bytes, as a form sends it.
    fn upload(&self, bytes: usize) -> Request {
        let part = "Content-Disposition: form-data; name=\"upload\"; filename=\"a\"\r\nContent-Type: application/octet-stream";
        let mut body = format!("--line\r\n{part}\r\n\r\n").into_bytes();
        body.resize(body.len() + bytes, b'x');
        body.extend(b"\r\n--line--\r\n");
        self.world
            .request(HOST, "/api/upload")
            .header("Content-Type", "multipart/form-data; boundary=line")
            .body(body)
    }
}

#[test]
fn cached_pages_come_before_the_app() {
    let api = Api::trusting("10.0.0.0/8");
    let pages = [
        ("/about", "about us"),
        ("/docs", "the docs"),
        ("/news", "cached news"),
        ("/blog", "cached blog"),
    ];
    for (path, text) in pages {
        let page = api.world.get(HOST, path).status(200).body_has(text);
        let _ = page.lacks_header("X-Powered-By");
    }
    let answer = api.world.get(HOST, "/api/who").status(200);
    assert!(answer.header("X-Powered-By").is_some(), "the app answers");
    let answer = api.world.get(HOST, "/never-rendered").status(404);
    assert!(answer.header("X-Powered-By").is_some(), "{answer}");
}

#[test]
fn a_websocket_at_primus_is_welcomed_by_the_app() {
    let api = Api::trusting("10.0.0.0/8");
    let mut socket = api.world.connect();
    let _ = socket.upgrade(HOST, "/primus").status(101);
    let head = socket.hear(2);
    assert_eq!(head[0], 0x81, "one frame of text");
    let said = socket.hear(usize::from(head[1]));
    let said: Value = serde_json::from_slice(&said).unwrap();
    assert_eq!(said["context"], "api", "{said}");
}

#[test]
fn bodies_up_to_50_mb_reach_the_app() {
    let api = Api::trusting("10.0.0.0/8");
    let patient = Connection::open(api.world.http_port).ok().unwrap();
    let mut patient = patient.patient(Duration::from_secs(30)).unwrap();
    let taken = patient.send(&api.upload(49 * MEGABYTE)).status(200);
    let taken: Value = serde_json::from_slice(&taken.body).unwrap();
    assert_eq!(taken["bytes"], 49 * MEGABYTE);
    let refused = api.upload(50 * MEGABYTE).send().status(413);
    let _ = refused.lacks_header("X-Powered-By");
}

#[test]
fn the_app_sees_visitors_and_believes_the_balancer_alone() {
    let forwarded = [
        ("X-Forwarded-For", "6.6.6.6, 203.0.113.7"),
        ("X-Forwarded-Proto", "https"),
    ];
    let api = Api::trusting("127.0.0.0/8");
    let seen = api.who(&forwarded);
    assert_eq!(seen["address"], "203.0.113.7");
    assert_eq!(seen["headers"]["x-forwarded-proto"], "https");
    let _ = api.world.mech(["set", "trust", "10.0.0.0/8"]).ok();
    let seen = api.who(&forwarded);
    assert_eq!(seen["address"], "127.0.0.1");
    assert_eq!(seen["headers"]["x-forwarded-proto"], "http");
}

#[test]
fn each_line_of_the_log_has_the_fields_of_the_notes() {
    let api = Api::trusting("127.0.0.0/8");
    let _ = api.who(&[
        ("X-Forwarded-For", "203.0.113.7"),
        ("User-Agent", "a \"quoted\" agent"),
        ("Referer", "http://elsewhere.example/"),
    ]);
    let path = api.world.nginx.prefix().join("logs/api.access.log");
    let read = || fs::read_to_string(&path).unwrap_or_default();
    until("the line is written", || read().ends_with("}\n"));
    let line: Value = serde_json::from_str(read().lines().next().unwrap()).unwrap();
    for (field, value) in [
        ("client", "203.0.113.7"),
        ("user", ""),
        ("method", "GET"),
        ("uri", "/api/who"),
        ("protocol", "HTTP/1.1"),
        ("status", "200"),
        ("referer", "http://elsewhere.example/"),
        ("agent", "a \"quoted\" agent"),
    ] {
        assert_eq!(line[field], value, "{field} of {line}");
    }
    assert!(
        line["bytes"].as_u64() > Some(0) && line["seconds"].is_number(),
        "{line}"
    );
    assert!(
        line["time"]
            .as_str()
            .is_some_and(|time| time.starts_with("20")),
        "{line}"
    );
}

//! Express, the real package, in two processes of Node behind TLS.

use std::path::Path;

use serde_json::{Value, json};

use super::node::{Node, packages};
use super::{folder, follow, write};
use crate::harness::{Cert, Connection, Curl, Response, World, free_port, until};

const TITLE: &str = "Express under PM2 or a cluster";
const HOST: &str = "shop.example.com";

/// Two processes, and nginx before them as the recipe has it.
struct Shop {
    world: World,
    cert: Cert,
    ports: [u16; 2],
    nodes: [Node; 2],
    files: String,
}

/// A process of the app; the names are those that it answers with.
fn process(name: &str, port: u16) -> Node {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/systems/apps/express.js");
    let modules = packages("express-5.1.0", &["express@5.1.0"]);
    let env = [
        ("NAME", name),
        ("PORT", &port.to_string()),
        ("NODE_PATH", modules.to_str().unwrap()),
    ];
    Node::start(&script, &env, || Connection::open(port).is_ok())
}

impl Shop {
    fn open(blocks: usize) -> Self {
        let world = World::new();
        let ports = [free_port(), free_port()];
        let cert = world.cert("shop", &[HOST, "www.shop.example.com"]);
        let files = folder(&world, "shop");
        let here = [
            ("localhost:3000", ports[0].to_string()),
            ("localhost:3001", ports[1].to_string()),
            ("/srv/shop", files.clone()),
        ];
        write(
            format!("{files}/public/app.css").as_ref(),
            "p{}".repeat(2000),
        );
        let _ = follow(&world, TITLE, 0..blocks, &here);
        let nodes = [process("one", ports[0]), process("two", ports[1])];
        Self {
            world,
            cert,
            ports,
            nodes,
            files,
        }
    }

    fn get(&self, path: &str, args: &[&str]) -> Response {
        let curl = self.world.https(HOST, path).cacert(&self.cert.cer);
        args.iter().fold(curl, Curl::arg).send()
    }
}

/// What the app says that it saw.
fn seen(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn nginx_ends_tls_and_the_app_sees_the_visitor() {
    let shop = Shop::open(1);
    let url = format!("https://{HOST}:{}/a%2Fb?c=d", shop.world.https_port);
    for host in [HOST, "www.shop.example.com"] {
        let _ = shop.world.get(host, "/a%2Fb?c=d").redirects_to(&url);
    }
    let forged = [
        "--header",
        "X-Forwarded-For: 6.6.6.6",
        "--header",
        "X-Forwarded-Proto: http",
    ];
    let answer = shop
        .world
        .https(HOST, "/a%2Fb?c=d")
        .cacert(&shop.cert.cer)
        .http2();
    let answer = forged.iter().fold(answer, Curl::arg).send().status(200);
    assert_eq!(answer.version, "HTTP/2");
    let mut seen = seen(&answer);
    seen.as_object_mut().unwrap().remove("name");
    let expected = json!({ "ip": "127.0.0.1", "protocol": "https", "secure": true, "hostname": HOST,
        "originalUrl": "/a%2Fb?c=d" });
    assert_eq!(seen, expected);
}

#[test]
fn nginx_compresses_and_serves_the_files() {
    let shop = Shop::open(1);
    let gzip = ["--header", "Accept-Encoding: gzip"];
    for path in ["/page", "/app.css"] {
        let plain = shop
            .get(path, &[])
            .status(200)
            .lacks_header("Content-Encoding");
        let small = shop
            .get(path, &gzip)
            .status(200)
            .has_header("Content-Encoding", "gzip");
        assert!(small.body.len() * 10 < plain.body.len(), "{path}");
    }
    let css = shop.get("/app.css", &[]).lacks_header("X-Powered-By");
    let _ = css
        .has_header("Content-Type", "text/css")
        .body_has("p{}p{}");
    let missing = shop
        .get("/missing.css", &[])
        .has_header("X-Powered-By", "Express");
    assert_eq!(seen(&missing)["originalUrl"], "/missing.css");
}

#[test]
fn a_process_that_crashes_costs_nobody_an_answer() {
    let mut shop = Shop::open(1);
    // One of the two requests reaches the process that it crashes, and is answered by the other one.
    for _ in 0..10 {
        let answer = shop.get("/crash/one", &[]).status(200);
        assert_eq!(seen(&answer)["name"], "two");
    }
    until("a request has crashed the first process", || {
        !shop.nodes[0].runs()
    });
    for _ in 0..20 {
        assert_eq!(seen(&shop.get("/", &[]).status(200))["name"], "two");
    }
    shop.nodes[0] = process("one", shop.ports[0]);
    until("the first process is asked again", || {
        seen(&shop.get("/", &[]).status(200))["name"] == "one"
    });
}

#[test]
fn a_request_that_changes_something_is_not_sent_twice() {
    let mut shop = Shop::open(1);
    let order = ["--request", "POST"];
    let mut lost = 0;
    for _ in 0..10 {
        let answer = shop.get("/crash/one", &order);
        lost += usize::from(answer.status == 502);
        assert!(matches!(answer.status, 200 | 502), "{answer}");
    }
    until("a request has crashed the first process", || {
        !shop.nodes[0].runs()
    });
    assert_eq!(lost, 1, "the one that crashed it, and no other");
}

#[test]
fn visitors_see_a_friendly_page_while_node_is_down() {
    let mut shop = Shop::open(1);
    shop.nodes.iter_mut().for_each(Node::kill);
    let _ = shop
        .get("/", &["--header", "Accept: text/html,*/*;q=0.8"])
        .status(502)
        .has_header("Content-Type", "text/html")
        .has_header("Retry-After", "5")
        .body_has("http-equiv=\"refresh\"");
    let answer = shop
        .get("/", &["--header", "Accept: application/json"])
        .status(502);
    assert_eq!(seen(&answer)["error"], "unavailable");
    let _ = shop.get("/app.css", &[]).status(200);
    shop.nodes[1] = process("two", shop.ports[1]);
    until("the site is back by itself", || {
        shop.get("/", &[]).status == 200
    });
}

#[test]
fn a_page_of_ones_own_stands_in_for_node() {
    let mut shop = Shop::open(2);
    shop.nodes.iter_mut().for_each(Node::kill);
    let _ = shop
        .get("/", &[])
        .status(502)
        .body_has("We are back in a minute.");
    assert!(shop.world.rendered().contains(&shop.files));
}

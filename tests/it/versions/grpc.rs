//! HTTP/2 to the apps: gRPC on every nginx that speaks HTTP/2 with clients, and h2c where nginx speaks it with backends.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mech::render::NginxVersion;
use serde_json::{Value, json};

use super::{OWN_HTTP2, no_warning, on_each};
use crate::harness::{Backend, Cert, World};

/// The first version that speaks HTTP/2 to backends.
const TO_BACKENDS: NginxVersion = NginxVersion(1, 29, 4);

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/versions/http2.cjs");

fn node(args: &[&str]) -> Command {
    let found = which::which("node").or_else(|_| which::which("nodejs"));
    let Ok(found) = found else {
        panic!("needs node: apt-get install nodejs");
    };
    let mut command = Command::new(found);
    command.arg(SCRIPT).args(args);
    command
}

/// An app that speaks nothing but HTTP/2; ended when dropped.
struct App {
    child: Child,
    port: u16,
}

impl App {
    fn plain() -> Self {
        Self::start(&["app"])
    }

    fn tls(cert: &Cert) -> Self {
        let path = |path: &Path| path.to_str().unwrap().to_owned();
        Self::start(&["app", &path(&cert.key), &path(&cert.cer)])
    }

    fn start(args: &[&str]) -> Self {
        let mut command = node(args);
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let mut port = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut port).unwrap();
        Self {
            child,
            port: port.trim().parse().unwrap(),
        }
    }
}

impl Drop for App {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Calls a method by gRPC, each message after the answer to the one before.
#[track_caller]
fn call(scheme: &str, port: u16, path: &str, messages: &[&str]) -> Value {
    let url = format!("{scheme}://s.com:{port}{path}");
    let run = node(&[&["ask", &url], messages].concat()).output().unwrap();
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"))
}

/// Claims that calls of one message and of several reach the app, and that their trailers come back.
#[track_caller]
fn calls(scheme: &str, port: u16) {
    for (path, messages, status) in [
        ("/shop.Cart/Add", &["one"][..], "0"),
        ("/shop.Cart/Watch", &["one", "two", "three"], "0"),
        ("/shop.Cart/Fail", &[], "5"),
    ] {
        let said = call(scheme, port, path, messages);
        assert_eq!(said["error"], Value::Null, "{path}: {said}");
        assert_eq!(said["status"], 200, "{path}: {said}");
        assert_eq!(said["headers"]["content-type"], "application/grpc");
        let numbered = (1..).zip(messages).map(|(n, text)| format!("{n} {text}"));
        let numbered: Vec<String> = numbered.collect();
        assert_eq!(said["replies"], json!(numbered), "{path}: {said}");
        let trailers = json!({ "grpc-status": status, "x-count": messages.len().to_string() });
        assert_eq!(said["trailers"], trailers, "{path}: {said}");
    }
}

#[test]
fn grpc_is_spoken_over_tls_and_from_1_25_1_on_without_beside_http1() {
    on_each(|version, world| {
        let (app, web) = (App::plain(), Backend::tcp("web"));
        world.cert("s", &["s.com"]);
        let backends = format!(
            "--backends={},127.0.0.1:{}/shop.Cart",
            web.address(),
            app.port
        );
        let add = [
            "add",
            "s",
            "--host=s.com",
            "--backend-protocol=/shop.Cart grpc",
            &backends,
        ];
        if version.number < OWN_HTTP2 {
            let refused = world.untouched_by(|| world.mech(add).code(1));
            let _ = refused.stderr_has(&OWN_HTTP2.to_string()).no_panic();
        } else {
            let _ = world.mech(add).ok().stderr_has("nginx has reloaded");
            calls("http", world.http_port);
        }
        let _ = world
            .mech(add.into_iter().chain(["--upsert", "--https", "--http2"]))
            .ok();
        no_warning(&world);
        calls("https", world.https_port);
        if version.number >= OWN_HTTP2 {
            calls("http", world.http_port);
        }
        let _ = world.get("s.com", "/a?b").status(200).from_backend("web");
        for request in [
            world.https("s.com", "/a?b"),
            world.https("s.com", "/a?b").http2(),
        ] {
            let _ = request.insecure().send().status(200).from_backend("web");
        }
    });
}

#[test]
fn grpc_without_tls_reaches_its_site_whoever_is_the_default_of_the_port() {
    on_each(|version, world| {
        let (app, web) = (App::plain(), Backend::tcp("web"));
        let backends = format!("--backends={}", web.address());
        let _ = world
            .mech(["add", "other", "--host=other.com", &backends])
            .ok();
        let backends = format!("--backends=127.0.0.1:{}", app.port);
        let add = [
            "add",
            "s",
            "--host=s.com",
            "--backend-protocol=grpc",
            &backends,
        ];
        if version.number < OWN_HTTP2 {
            let refused = world.untouched_by(|| world.mech(add).code(1));
            let _ = refused.stderr_has(&OWN_HTTP2.to_string()).no_panic();
            return;
        }
        let _ = world.mech(add).ok();
        for change in [
            &["set", "unknown-hosts", "default-site"][..],
            &["set", "unknown-hosts", "404"],
            &["update", "other", "--default"],
        ] {
            let _ = world.mech(change).ok();
            no_warning(&world);
            calls("http", world.http_port);
            let _ = world.get("other.com", "/").status(200).from_backend("web");
        }
    });
}

#[test]
fn grpc_of_a_whole_site_reaches_an_app_over_tls() {
    on_each(|_, world| {
        let cert = world.cert("s", &["s.com"]);
        let app = App::tls(&cert);
        let backends = format!("--backends=127.0.0.1:{}", app.port);
        let verify = format!("--https-upstream-verify={}", cert.cer.display());
        let _ = world
            .mech(
                [
                    "add",
                    "s",
                    "--host=s.com",
                    "--https",
                    "--http2",
                    "--backend-protocol=grpc",
                ]
                .into_iter()
                .chain(["--https-upstream", &verify, &backends]),
            )
            .ok();
        no_warning(&world);
        calls("https", world.https_port);
    });
}

/// What the app behind h2c says that it was asked.
fn heard(world: &World, path: &str) -> Value {
    let answer = world.get("s.com", path).status(200);
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn h2c_reaches_apps_from_1_29_4_on_for_clients_of_every_version() {
    on_each(|version, world| {
        let (app, web) = (App::plain(), Backend::tcp("web"));
        world.cert("s", &["s.com"]);
        let backends = format!("--backends=127.0.0.1:{},{}/api", app.port, web.address());
        let add = [
            "add",
            "s",
            "--host=s.com",
            "--https",
            "--http2",
            "--backend-protocol=h2c",
            "--backend-protocol=/api http1",
            &backends,
        ];
        if version.number < TO_BACKENDS {
            let refused = world.untouched_by(|| world.mech(add).code(1));
            let _ = refused.stderr_has(&TO_BACKENDS.to_string()).no_panic();
            return;
        }
        let _ = world.mech(add).ok();
        no_warning(&world);
        let said = heard(&world, "/a%2Fb?c");
        assert_eq!(said["path"], "/a%2Fb?c", "{said}");
        let host = format!("s.com:{}", world.http_port);
        assert_eq!(said["headers"]["host"], host, "{said}");
        assert_eq!(said["headers"]["x-forwarded-proto"], "http", "{said}");
        assert_eq!(said["headers"]["connection"], Value::Null, "{said}");
        let posted = world.request("s.com", "/").body("x".repeat(100_000)).send();
        let posted: Value = serde_json::from_slice(&posted.status(200).body).unwrap();
        assert_eq!(posted["length"], 100_000, "{posted}");
        for request in [world.https("s.com", "/"), world.https("s.com", "/").http2()] {
            let answer = request.insecure().send().status(200);
            let said: Value = serde_json::from_slice(&answer.body).unwrap();
            assert_eq!(said["headers"]["x-forwarded-proto"], "https", "{said}");
        }
        let _ = world.get("s.com", "/api/x").status(200).from_backend("web");
        let websocket = world
            .request("s.com", "/api/live")
            .header("Connection", "Upgrade")
            .header("Upgrade", "websocket")
            .send();
        let _ = websocket.status(101);
    });
}

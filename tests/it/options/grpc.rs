//! gRPC: HTTP/2 from end to end, with the trailers that carry a call's status.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::{add, write};
use crate::harness::{Backend, World, free_port};

/// Speaks HTTP/2 as gRPC does: a message comes back, then the trailers; `/Fail` ends without a message, and
/// `/Stream` sends three messages 600 ms apart.
const SERVER: &str = r"
const http2 = require('http2'), fs = require('fs'), [, , cer, key] = process.argv;
const server = cer
  ? http2.createSecureServer({ cert: fs.readFileSync(cer), key: fs.readFileSync(key) })
  : http2.createServer();
server.on('stream', (stream, headers) => {
  const path = headers[':path'];
  const told = Object.entries(headers).map(([k, v]) => k + '=' + v).join('|');
  const head = { ':status': 200, 'content-type': 'application/grpc' };
  stream.on('error', () => {});
  if (path.endsWith('/Fail')) {
    stream.respond({ ...head, 'grpc-status': '5', 'grpc-message': 'gone' }, { endStream: true });
    return;
  }
  stream.respond({ ...head, 'x-told': told, 'x-test-backend': 'grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': path }));
  if (!path.endsWith('/Stream')) { stream.pipe(stream); return; }
  stream.resume();
  let n = 0;
  const timer = setInterval(() => {
    stream.write('m' + n);
    if (++n === 3) { clearInterval(timer); stream.end(); }
  }, 600);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
";

/// Calls paths one after the other on one connection and prints what comes, one line each.
const CLIENT: &str = r"
const http2 = require('http2'), [, , url, authority, ...paths] = process.argv;
const session = http2.connect(url, { rejectUnauthorized: false, servername: authority });
session.on('error', (error) => { console.log('error ' + error.message); process.exit(); });
const call = (path) => new Promise((done) => {
  const began = Date.now(), all = {}, out = { body: '', first: -1 };
  const stream = session.request({
    ':method': 'POST', ':path': path, ':authority': authority,
    'content-type': 'application/grpc', te: 'trailers',
  });
  stream.on('response', (headers) => Object.assign(all, headers));
  stream.on('trailers', (headers) => Object.assign(all, headers));
  stream.on('data', (data) => { if (out.first < 0) out.first = Date.now() - began; out.body += data; });
  stream.on('error', (error) => { out.error = error.message; });
  stream.on('close', () => { console.log(JSON.stringify({ ...all, ...out })); done(); });
  stream.end('hello');
});
(async () => { for (const path of paths) await call(path); process.exit(); })();
setTimeout(() => process.exit(1), 9000);
";

/// A gRPC backend; ended when dropped.
struct Server {
    child: Child,
    port: u16,
}

fn node(world: &World, name: &str, script: &str) -> Command {
    let file = world.home.path().join(name);
    write(&file, script);
    let mut command = Command::new("node");
    command.arg(file);
    command
}

impl Server {
    /// With TLS where there is a certificate.
    fn start(world: &World, tls: Option<(&Path, &Path)>) -> Self {
        let mut command = node(world, "server.js", SERVER);
        if let Some((cer, key)) = tls {
            command.args([cer, key]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("needs node, apt-get install nodejs: {error}"));
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let _ = out.read_line(&mut line).unwrap();
        let port = line.trim().parse().unwrap();
        Self { child, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What became of calls of these paths.
#[track_caller]
fn call(world: &World, paths: &[&str]) -> Vec<serde_json::Value> {
    let url = format!("https://127.0.0.1:{}", world.https_port);
    let mut command = node(world, "client.js", CLIENT);
    let run = command
        .args([url.as_str(), "s.com"])
        .args(paths)
        .output()
        .unwrap_or_else(|error| panic!("needs node, apt-get install nodejs: {error}"));
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    let answers: Vec<_> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{said}")))
        .collect();
    assert_eq!(answers.len(), paths.len(), "{said}");
    answers
}

#[test]
fn calls_streams_and_their_status_pass_through() {
    let world = World::new();
    let _ = world.cert("s", &["s.com"]);
    let server = Server::start(&world, None);
    let list = format!("--backends={}", server.port);
    add(
        &world,
        &["--https", "--http2", "--backend-protocol=grpc", &list],
    );
    let paths = ["Hello", "Fail", "Stream"].map(|name| format!("/pkg.Greeter/{name}"));
    let answers = call(&world, &paths.each_ref().map(String::as_str));
    let [hello, fail, stream] = answers.as_slice() else {
        panic!("{answers:?}")
    };
    assert_eq!(hello["body"], "hello", "{hello}");
    assert_eq!(hello["grpc-status"], "0", "{hello}");
    assert_eq!(hello["grpc-message"], "/pkg.Greeter/Hello", "{hello}");
    let told = hello["x-told"].as_str().unwrap();
    for part in [
        "te=trailers",
        "x-forwarded-proto=https",
        "x-real-ip=127.0.0.1",
        "x-request-id=",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    for part in ["upgrade=", "connection="] {
        assert!(!told.contains(part), "{part}: {told}");
    }
    assert_eq!(fail[":status"], 200, "{fail}");
    assert_eq!(fail["grpc-status"], "5", "{fail}");
    assert_eq!(stream["body"], "m0m1m2", "{stream}");
    assert_eq!(stream["grpc-status"], "0", "{stream}");
    // The last one is written after 1.8 seconds.
    assert!(stream["first"].as_u64().unwrap() < 1500, "{stream}");
}

#[test]
fn a_path_may_be_grpc_beside_an_app_and_grpc_may_be_behind_tls() {
    let world = World::new();
    let app = Backend::tcp("app");
    let cert = world.cert("s", &["s.com"]);
    let server = Server::start(&world, None);
    let list = format!("--backends={},{}/pkg.Greeter", app.address(), server.port);
    let protocol = "--backend-protocol=/pkg.Greeter grpc";
    let header = "--header=X-Own: yes";
    add(&world, &["--https", "--http2", protocol, header, &list]);
    let answers = call(&world, &["/pkg.Greeter/Hello", "/other"]);
    assert_eq!(answers[0]["grpc-status"], "0", "{}", answers[0]);
    assert_eq!(answers[1]["x-test-backend"], "app", "{}", answers[1]);
    drop(server);
    let secure = Server::start(&world, Some((&cert.cer, &cert.key)));
    let list = format!("--backends={}", secure.port);
    let verify = format!("--https-upstream-verify={}", cert.cer.display());
    let protocol = "--backend-protocol=grpc";
    add(&world, &[&list, protocol, "--https-upstream", &verify]);
    let answers = call(&world, &["/pkg.Greeter/Hello"]);
    assert_eq!(answers[0]["grpc-status"], "0", "{}", answers[0]);
}

#[test]
fn a_call_asks_no_more_than_three_backends() {
    let world = World::new();
    let _ = world.cert("s", &["s.com"]);
    let dead: Vec<String> = (0..5).map(|_| free_port().to_string()).collect();
    let list = format!("--backends={}", dead.join(","));
    add(
        &world,
        &["--https", "--http2", "--backend-protocol=grpc", &list],
    );
    let answers = call(&world, &["/pkg.Greeter/Hello"]);
    assert_eq!(answers[0][":status"], 502, "{}", answers[0]);
    let log = world.nginx.prefix().join("logs/s.error.log");
    let log = std::fs::read_to_string(log).unwrap();
    assert_eq!(log.matches("connect() failed").count(), 3, "{log}");
}

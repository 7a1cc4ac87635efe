//! The harness keeps its own promises: nginx, backends and load, with server blocks written by hand.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, looks at files, and shows what it measured"
)]

use std::time::{Duration, Instant};

use crate::harness::{
    Backend, Failure, Load, Mech, Nginx, Request, Response, World, free_port, poll, until,
};

/// A server block that passes everything on, websockets included, and keeps its connections to the backend.
fn proxy_to(address: &str, listen: u16) -> String {
    format!(
        "upstream app {{ server {address}; keepalive 8; }}
map $http_upgrade $upgraded {{ default upgrade; '' ''; }}
server {{
  listen 127.0.0.1:{listen};
  location / {{
    proxy_pass http://app;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $upgraded;
  }}
}}
"
    )
}

fn serving(backend: &Backend) -> World {
    let world = World::stopped();
    world
        .nginx
        .add_conf("app.conf", &proxy_to(&backend.address(), world.http_port));
    let mut world = world;
    world.nginx.start();
    world
}

#[test]
fn a_request_goes_through_a_private_nginx_and_back() {
    let backend = Backend::tcp("a");
    let world = serving(&backend);
    let answer = world
        .request("shop.example", "/a%2Fb//c?x=%20&y")
        .header("X-Mine", "1")
        .body("hello")
        .send()
        .status(200)
        .from_backend("a")
        .has_header("Content-Type", "application/json")
        .lacks_header("X-Absent")
        .body_has("shop.example");
    let echo = answer.echo();
    assert_eq!(
        (echo.method.as_str(), echo.target.as_str()),
        ("POST", "/a%2Fb//c?x=%20&y")
    );
    assert_eq!(
        (
            echo.backend.as_str(),
            echo.version.as_str(),
            echo.body_length
        ),
        ("a", "HTTP/1.1", 5)
    );
    assert_eq!(
        (echo.header("host"), echo.header("x-mine")),
        (Some("shop.example"), Some("1"))
    );
    assert_eq!(backend.last().unwrap().target, echo.target);
    assert!(
        world
            .nginx
            .error_log()
            .lines()
            .all(|line| line.contains("[notice]")),
        "{}",
        world.nginx.error_log()
    );
}

#[test]
fn nginx_runs_with_the_workers_that_were_asked_for_until_it_is_dropped() {
    let mut nginx = Nginx::private().workers(3).started();
    until("all workers are there", || nginx.worker_pids().len() == 3);
    let old = nginx.worker_pids();
    nginx.reload();
    assert!(nginx.worker_pids().iter().all(|pid| !old.contains(pid)));
    nginx.stop();
    assert!(!nginx.is_running() && nginx.worker_pids().is_empty());
    nginx.start();
    let (master, workers) = (nginx.pid().unwrap(), nginx.worker_pids());
    let prefix = nginx.prefix().to_owned();
    drop(nginx);
    for pid in workers.into_iter().chain([master]) {
        let title = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        assert!(!title.contains("nginx: "), "{pid} still runs: {title}");
    }
    assert!(!prefix.exists());
}

#[test]
fn nginx_takes_a_main_configuration_of_the_tests_own() {
    let port = free_port();
    let main = "@USER@pid @PREFIX@/nginx.pid; error_log @PREFIX@/logs/error.log; events {} http { access_log off;
client_body_temp_path @PREFIX@/temp/b; proxy_temp_path @PREFIX@/temp/p; fastcgi_temp_path @PREFIX@/temp/f;
uwsgi_temp_path @PREFIX@/temp/u; scgi_temp_path @PREFIX@/temp/s; include conf.d/*.conf; }";
    let block = format!("server {{ listen 127.0.0.1:{port}; return 200 mine; }}");
    let nginx = Nginx::private()
        .with_main(main)
        .conf("a.conf", &block)
        .workers_as_me()
        .started();
    Request::get(port, "x", "/")
        .send()
        .status(200)
        .body_has("mine");
    nginx.test().unwrap();
    nginx.replace_main("nonsense");
    assert!(nginx.test().unwrap_err().contains("[emerg]"));
    let shell = Mech::new()
        .shell(&format!("{} -t", nginx.command()))
        .run()
        .code(1);
    assert!(shell.stderr.contains("[emerg]"), "{shell}");
}

#[test]
fn nginx_ends_when_the_test_program_is_killed() {
    let mut nginx = Nginx::private().started();
    nginx.abandon();
    until("the watchdog has ended nginx", || !nginx.is_running());
}

#[test]
fn a_connection_is_kept_at_both_ends() {
    let backend = Backend::tcp("a");
    let world = serving(&backend);
    let mut connection = world.connect();
    for _ in 0..20 {
        connection
            .send(&world.request("shop.example", "/"))
            .status(200)
            .from_backend("a")
            .has_header("Connection", "keep-alive");
    }
    assert_eq!(backend.requests(), 20);
    // One per worker at most; only one worker has this client.
    assert_eq!(backend.connections(), 1);
}

#[test]
fn a_websocket_echoes_through_nginx() {
    let backend = Backend::tcp("a");
    let world = serving(&backend);
    let mut socket = world.connect();
    socket
        .upgrade("shop.example", "/socket")
        .status(101)
        .from_backend("a")
        .has_header("Upgrade", "websocket");
    for word in [&b"hello"[..], b"\0\xff\x80", b"bye"] {
        socket.say(word);
        assert_eq!(socket.hear(word.len()), word);
    }
    drop(backend);
    assert!(socket.is_closed_by_peer());
}

#[test]
fn backends_listen_on_ipv6_and_on_unix_sockets() {
    let v6 = Backend::v6("six");
    assert!(v6.address().starts_with("[::1]:"));
    serving(&v6)
        .get("shop.example", "/")
        .status(200)
        .from_backend("six");

    let world = World::stopped();
    let unix = world.unix_backend("sock");
    world
        .nginx
        .add_conf("app.conf", &proxy_to(&unix.address(), world.http_port));
    let mut world = world;
    world.nginx.start();
    world
        .get("shop.example", "/")
        .status(200)
        .from_backend("sock");
    Request::get(unix.address().as_str(), "direct", "/")
        .send()
        .from_backend("sock")
        .status(200);
}

#[test]
fn backends_behave_as_the_path_asks() {
    let mut backend = Backend::tcp("a");
    let port = backend.port();
    let get = |path: &str| Request::get(port, "x", path);
    let length = |answer: Response| answer.status(200).body.len();
    get("/status/503").send().status(503).from_backend("a");
    get("/below/status/204").send().status(204);
    let answer = get("/big-header/8000").send().status(200);
    assert_eq!(answer.header("X-Big").unwrap().len(), 8000);
    assert_eq!(length(get("/size/100000").send()), 100_000);
    let start = Instant::now();
    assert_eq!(get("/delay/250").send().status, 200);
    assert!(start.elapsed() >= Duration::from_millis(250));
    assert!(matches!(
        get("/close/0").try_send(),
        Err(Failure::Unanswered)
    ));
    assert!(get("/").method("HEAD").send().status(200).body.is_empty());

    backend.always_answer(Some(500));
    backend.always_send("X-Powered-By", "tests");
    get("/")
        .send()
        .status(500)
        .has_header("X-Powered-By", "tests");
    backend.always_answer(None);

    backend.stop();
    assert!(matches!(get("/").try_send(), Err(Failure::Connect(_))));
    backend.start();
    get("/").http_1_0().send().status(200);
    assert_eq!(backend.last().unwrap().version, "HTTP/1.0");
}

#[test]
fn a_reload_under_load_fails_no_request() {
    let backend = Backend::tcp("a");
    let world = serving(&backend);
    let (summary, ()) = world
        .load("shop.example", "/")
        .clients(6)
        .per_second(1200)
        .during(|| {
            for _ in 0..3 {
                world.nginx.reload();
            }
        });
    println!("three reloads under load: {summary}");
    assert!(summary.none_failed().ok > 100, "{summary}");
}

#[test]
fn load_tells_failures_from_retries() {
    let mut backend = Backend::tcp("a");
    let address = backend.port();
    let (summary, ()) = Load::on(address, "x", "/").clients(2).during(|| {
        backend.stop();
        // Long enough for every client to meet a closed port.
        poll(Duration::from_millis(200), || false);
        backend.start();
    });
    assert!(
        summary.ok > 0 && summary.retried >= 2 && summary.failed >= 2,
        "{summary}"
    );
    assert!(
        summary.first_failures[0].contains("no connection"),
        "{summary}"
    );

    let missing = Request::get(address, "x", "/status/404");
    let (summary, ()) = Load::of(missing.clone())
        .at_most(Duration::from_millis(50))
        .during(|| ());
    assert!(
        summary.ok == 0 && summary.failed >= 4 && summary.first_failures[0].contains("status 404"),
        "{summary}"
    );
    Load::of(missing)
        .expecting(404)
        .during(|| ())
        .0
        .none_failed();
}

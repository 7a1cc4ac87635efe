//! `ApostropheCMS` on several cores and servers, beside the sample configuration of its tutorial.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::sample::{Both, Sample, both};
use super::{folder, follow, write};
use crate::harness::{Backend, Connection, Request, Response, World, free_port, until};

const CORES: &str = "ApostropheCMS on several cores";
const SERVERS: &str = "ApostropheCMS on several servers";
const HOSTS: [&str; 3] = ["www.example.com", "example.com", "localhost"];

/// One app in two processes behind two nginx: the sample's, and mech's after the commands of the recipe.
struct Pair {
    world: World,
    sample: Sample,
    apps: [Backend; 2],
}

impl Pair {
    fn new() -> Self {
        let world = World::new();
        let apps = ["one", "two"].map(Backend::tcp);
        let root = folder(&world, "opt/stagecoach");
        let public = PathBuf::from(&root).join("apps/EXAMPLE/current/public");
        for (file, text) in [
            ("style.css", "p { color: red }\n".repeat(200)),
            ("with space.txt", "spaced".to_owned()),
            ("folder/index.html", "an index".to_owned()),
            (".env", "SECRET=1".to_owned()),
        ] {
            write(&public.join(file), text);
        }
        let here = [
            ("localhost:3000", format!("localhost:{}", apps[0].port())),
            ("localhost:3001", format!("localhost:{}", apps[1].port())),
            ("/opt/stagecoach", root),
        ];
        let _ = follow(&world, CORES, 0..2, &here);
        let servers = apps
            .each_ref()
            .map(|app| format!("localhost:{}", app.port()));
        let sample = Sample::before(&servers, &public);
        Self {
            world,
            sample,
            apps,
        }
    }

    /// The sample redirects nobody, so neither does mech then.
    fn without_canonical() -> Self {
        let pair = Self::new();
        let _ = pair
            .world
            .mech(["update", "EXAMPLE", "--canonical=false"])
            .ok();
        pair
    }

    #[track_caller]
    fn both(&self, host: &str, target: &str, more: impl Fn(Request) -> Request) -> Both {
        both(&self.sample, &self.world, host, target, more)
    }
}

fn as_it_is(request: Request) -> Request {
    request
}

#[test]
fn a_visitor_cannot_tell_mech_from_the_sample() {
    let pair = Pair::without_canonical();
    for host in HOSTS
        .iter()
        .chain(&["nobody.example", "www.EXAMPLE.com:8080"])
    {
        for target in ["/", "/a%2Fb?c=%20d&e", "/x//y", "/style.css?v=1"] {
            pair.both(host, target, as_it_is).agree();
        }
    }
    let www = HOSTS[0];
    for target in [
        "/with%20space.txt",
        "/folder",
        "/folder/",
        "/missing.css",
        "/status/404",
        "/status/204",
        "/status/301",
        "/size/200000",
    ] {
        pair.both(www, target, as_it_is).agree();
    }
    let static_file = |name: &'static str, value: &'static str| {
        pair.both(www, "/style.css", |request| request.header(name, value))
            .agree();
    };
    static_file("Accept-Encoding", "gzip");
    static_file("Range", "bytes=2-5");
    static_file("If-Modified-Since", "Fri, 31 Dec 2049 00:00:00 GMT");
    for method in ["HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        pair.both(www, "/page", |request| request.method(method))
            .agree();
    }
    pair.both(www, "/style.css", |request| request.method("HEAD"))
        .agree();
    pair.both(www, "/page", |request| request.body("a=b"))
        .agree();
    pair.both(www, "/page", |request| request.body(vec![b'x'; 1 << 20]))
        .agree();
    let announced = |request: Request| request.method("POST").header("Content-Length", "33554433");
    let refused = pair.both(www, "/page", announced);
    assert_eq!((refused.sample.status, refused.mech.status), (413, 413));
}

#[test]
fn a_process_that_is_down_is_passed_by_as_with_the_sample() {
    for down in 0..2 {
        let mut pair = Pair::without_canonical();
        pair.apps[down].stop();
        for _ in 0..12 {
            let both = pair.both(HOSTS[0], "/page", as_it_is);
            both.agree();
            let _ = both.mech.status(200);
        }
        pair.apps[down].start();
        until("mech's nginx asks the one that is back", || {
            let _ = pair.world.get(HOSTS[0], "/page").status(200);
            pair.apps[down].requests() > 0
        });
    }
}

#[test]
fn aliases_lead_to_the_host_as_the_list_of_commands_says() {
    let pair = Pair::new();
    let public = format!("http://www.example.com:{}/a?b", pair.world.http_port);
    for host in &HOSTS[1..] {
        let _ = pair.world.get(host, "/a?b").redirects_to(&public);
    }
    let _ = pair.world.get(HOSTS[0], "/a?b").status(200);
}

#[test]
fn an_app_that_answers_500_is_not_taken_for_one_that_is_down() {
    let pair = Pair::without_canonical();
    for _ in 0..4 {
        let _ = pair.both(HOSTS[0], "/status/500", as_it_is);
    }
    let both = pair.both(HOSTS[0], "/page", as_it_is);
    // Two requests for one broken page stop the sample's whole site for ten seconds.
    assert_eq!((both.sample.status, both.mech.status), (502, 200));
}

#[test]
fn a_request_that_changes_something_reaches_one_process_alone() {
    let pair = Pair::without_canonical();
    let count = || pair.apps.iter().map(Backend::requests).sum::<usize>();
    for (port, times) in [(pair.sample.port, 1), (pair.world.http_port, 1)] {
        let before = count();
        let _ = Request::get(port, HOSTS[0], "/close/0")
            .body("x")
            .send()
            .status(502);
        assert_eq!(count() - before, times);
    }
    // A page is asked for once more: that is the failover.
    let before = count();
    let _ = pair.world.get(HOSTS[0], "/close/0").status(502);
    assert_eq!(count() - before, 2);
}

#[test]
fn what_else_differs_from_the_sample_is_meant() {
    let pair = Pair::without_canonical();
    let www = HOSTS[0];

    let secret = pair.both(www, "/.env", as_it_is);
    let _ = secret.sample.status(200).body_has("SECRET");
    assert_eq!(secret.mech.status(200).echo().target, "/.env");

    let forged = pair.both(www, "/page", |request| {
        request.header("X-Forwarded-For", "6.6.6.6")
    });
    let seen = |answer: &Response| answer.echo().header("X-Forwarded-For").unwrap().to_owned();
    assert_eq!(seen(&forged.sample), "6.6.6.6, 127.0.0.1");
    assert_eq!(seen(&forged.mech), "127.0.0.1");

    let posted = pair.both(www, "/style.css", |request| request.body("x"));
    assert_eq!((posted.sample.status, posted.mech.status), (405, 200));

    let gzip = pair.both(www, "/size/5000", |request| {
        request.header("Accept-Encoding", "gzip")
    });
    let _ = gzip.sample.lacks_header("Content-Encoding");
    let _ = gzip.mech.has_header("Content-Encoding", "gzip");

    // Who sends no name is told the first one, which in the sample is `localhost`.
    let nameless = pair.both(www, "/page", Request::http_1_0);
    let host = |answer: &Response| answer.echo().header("Host").unwrap().to_owned();
    assert_eq!(host(&nameless.sample), "localhost");
    assert!(host(&nameless.mech).starts_with("www.example.com"));

    for (port, status) in [(pair.sample.port, 200), (pair.world.http_port, 101)] {
        let mut socket = Connection::open(port).ok().unwrap();
        let _ = socket.upgrade(www, "/live").status(status);
    }
}

#[test]
fn two_servers_share_the_requests_and_one_of_them_may_go() {
    let world = World::new();
    let ports = [free_port(), free_port()];
    let at = |host: u8, port: u16| SocketAddr::from((Ipv4Addr::new(127, 0, 0, host), port));
    let app = |(host, port): (u8, u16)| Backend::at(&format!("{host}:{port}"), at(host, port));
    let mut first = ports.map(|port| app((1, port)));
    let second = ports.map(|port| app((2, port)));
    let here = [
        (":3000", format!(":{}", ports[0])),
        (":3001", format!(":{}", ports[1])),
    ];
    let _ = follow(&world, SERVERS, 0..1, &here);
    let servers: Vec<String> = first.iter().chain(&second).map(Backend::address).collect();
    let sample = Sample::before(&servers, &world.nginx.prefix().join("none"));
    let ask = || both(&sample, &world, HOSTS[0], "/page", as_it_is);
    for _ in 0..24 {
        ask().agree();
    }
    for app in first.iter().chain(&second) {
        assert!(
            app.requests() >= 4,
            "{} for {}",
            app.requests(),
            app.address()
        );
    }
    first.iter_mut().for_each(Backend::stop);
    for _ in 0..24 {
        ask().agree();
        let _ = world.get(HOSTS[0], "/page").status(200);
    }
    let rendered = world.rendered();
    for (name, server) in [("backend-one", &servers[0]), ("backend-two", &servers[2])] {
        let line = rendered
            .lines()
            .find(|line| line.contains(&format!("server {server}")));
        assert!(line.is_some_and(|line| line.contains(name)), "{rendered}");
    }
}

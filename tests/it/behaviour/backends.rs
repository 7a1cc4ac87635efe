//! Requests spread over the backends of a site, whatever form those are written in.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::Path;

use serde_json::json;

use super::{serve, serving, write};
use crate::harness::{Backend, World, free_port, poll};

fn one_site(backends: &[String]) -> serde_json::Value {
    json!([{ "shortname": "s", "host": "s.com", "backends": backends }])
}

/// An nginx of one worker, because each worker counts its own rounds.
fn single_worker(sites: &serde_json::Value) -> World {
    let world = World::with(crate::harness::Nginx::private().workers(1));
    serve(&world, sites);
    world
}

#[test]
fn requests_go_round_the_backends() {
    let apps = [Backend::tcp("a"), Backend::tcp("b"), Backend::tcp("c")];
    let world = single_worker(&one_site(&apps.each_ref().map(Backend::address)));
    for _ in 0..30 {
        let _ = world.get("s.com", "/").status(200);
    }
    assert_eq!(apps.each_ref().map(Backend::requests), [10, 10, 10]);
}

#[test]
fn weights_backups_and_down_are_nginxs_own() {
    let names = ["heavy", "light", "spare", "off"];
    let [heavy, light, spare, off] = names.map(Backend::tcp);
    let world = single_worker(&one_site(&[
        format!("{} weight=3", heavy.address()),
        light.address(),
        format!("{} backup", spare.address()),
        format!("{} down", off.address()),
    ]));
    for _ in 0..20 {
        let _ = world.get("s.com", "/").status(200);
    }
    let counts = [&heavy, &light, &spare, &off].map(Backend::requests);
    assert_eq!(counts, [15, 5, 0, 0]);
    drop((heavy, light));
    let _ = world.get("s.com", "/").status(200).from_backend("spare");
    assert_eq!(off.requests(), 0);
}

#[test]
fn a_backend_that_is_down_costs_nobody_an_answer_and_comes_back_by_itself() {
    let (up, mut down) = (Backend::tcp("up"), Backend::tcp("down"));
    let world = serving(&one_site(&[up.address(), down.address()]));
    down.stop();
    for _ in 0..20 {
        let _ = world.get("s.com", "/").status(200).from_backend("up");
    }
    let before = down.requests();
    down.start();
    let back = poll(std::time::Duration::from_secs(5), || {
        let _ = world.get("s.com", "/").status(200);
        down.requests() > before
    });
    assert!(back, "the backend is not asked again within 5 s");
}

// defect 1
#[test]
fn a_url_that_fails_unseats_no_backend_and_is_asked_once() {
    let apps = [Backend::tcp("a"), Backend::tcp("b")];
    let world = serving(&one_site(&apps.each_ref().map(Backend::address)));
    for status in [500, 502, 503, 504] {
        for _ in 0..5 {
            let path = format!("/status/{status}");
            let _ = world.get("s.com", &path).status(status);
            let _ = world.get("s.com", "/").status(200);
        }
    }
    let asked: usize = apps.iter().map(Backend::requests).sum();
    assert_eq!(
        asked, 40,
        "a failing URL is not asked of the next backend too"
    );
}

#[test]
fn a_post_is_never_sent_twice() {
    let apps = [Backend::tcp("a"), Backend::tcp("b")];
    let world = serving(&one_site(&apps.each_ref().map(Backend::address)));
    let _ = world
        .request("s.com", "/close/0")
        .body("pay")
        .send()
        .status(502);
    let asked: usize = apps.iter().map(Backend::requests).sum();
    assert_eq!(asked, 1);
}

#[test]
fn a_unix_socket_is_a_backend() {
    let world = World::new();
    let app = world.unix_backend("app");
    serve(&world, &one_site(&[app.address()]));
    let echo = world
        .get("s.com", "/a%2Fb?c")
        .status(200)
        .from_backend("app")
        .echo();
    assert_eq!(echo.target, "/a%2Fb?c");
    assert_eq!(
        echo.header("Host"),
        Some(format!("s.com:{}", world.http_port).as_str())
    );
}

#[test]
fn a_range_of_ports_is_that_many_backends() {
    let (first, second) = neighbours();
    let apps = [Backend::at("a", first), Backend::at("b", second)];
    let world = single_worker(&one_site(&[format!("{first}-{second}")]));
    for _ in 0..10 {
        let _ = world.get("s.com", "/").status(200);
    }
    assert_eq!(apps.each_ref().map(Backend::requests), [5, 5]);
}

/// Two free ports in a row.
fn neighbours() -> (u16, u16) {
    let mut last = free_port();
    for _ in 0..200 {
        let port = free_port();
        if port == last + 1 {
            return (last, port);
        }
        last = port;
    }
    panic!("no two free ports in a row");
}

// defect 28
#[test]
fn localhost_is_one_backend_not_two() {
    let app = Backend::tcp("app");
    let world = serving(&one_site(&[format!("localhost:{}", app.port())]));
    for _ in 0..10 {
        let _ = world.get("s.com", "/").status(200).from_backend("app");
    }
    // An attempt at `[::1]`, where nobody listens, would stand in the log.
    let log = std::fs::read_to_string(world.nginx.prefix().join("logs/s.error.log")).unwrap();
    assert_eq!(log, "");
}

#[test]
fn an_app_that_listens_on_ipv6_localhost_alone_is_found() {
    let app = Backend::v6("app");
    let world = serving(&one_site(&[app.port().to_string()]));
    let _ = world.get("s.com", "/").status(200).from_backend("app");
    let written = serving(&one_site(&[format!("[::1]:{}", app.port())]));
    let _ = written.get("s.com", "/").status(200).from_backend("app");
}

fn port_file(world: &World) -> std::path::PathBuf {
    world.home.path().join("home/port")
}

fn at(path: &Path) -> Vec<String> {
    vec![format!("@{}", path.display())]
}

#[test]
fn a_file_of_ports_is_read_again_by_refresh() {
    let apps = [Backend::tcp("a"), Backend::tcp("b"), Backend::tcp("c")];
    let world = World::with(crate::harness::Nginx::private().workers(1));
    let file = port_file(&world);
    write(
        &file,
        format!("{}\n{}\n", apps[0].port(), apps[1].address()),
    );
    serve(&world, &one_site(&at(&file)));
    for _ in 0..10 {
        let _ = world.get("s.com", "/").status(200);
    }
    assert_eq!(apps.each_ref().map(Backend::requests), [5, 5, 0]);
    write(&file, apps[2].port().to_string());
    let _ = world.mech(["refresh"]).ok();
    let _ = world.get("s.com", "/").status(200).from_backend("c");
}

#[test]
fn a_broken_file_of_ports_refuses_its_own_site_and_spares_the_others() {
    let (one, two) = (Backend::tcp("one"), Backend::tcp("two"));
    let world = World::new();
    let file = port_file(&world);
    write(&file, one.port().to_string());
    serve(&world, &one_site(&at(&file)));
    for broken in ["", "not a port; {", "99999"] {
        write(&file, broken);
        let refused = world.untouched_by(|| {
            let patch = ["update", "s", "--host=new.com"];
            world.mech(patch).code(1)
        });
        let _ = refused.stderr_has(file.to_str().unwrap()).no_panic();
    }
    // Another site's change goes through, with a warning, and the last good value stays.
    let warned = world
        .mech(["add", "t", "--host=t.com", "--backends", &two.address()])
        .ok();
    let _ = warned.stderr_has(file.to_str().unwrap());
    let _ = world.get("t.com", "/").status(200).from_backend("two");
    let _ = world.get("s.com", "/").status(200).from_backend("one");
}

#[test]
fn the_same_port_on_two_addresses_is_two_apps() {
    let port = free_port();
    let v4 = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let v6 = SocketAddr::from((Ipv6Addr::LOCALHOST, port));
    assert!(
        TcpListener::bind(v6).is_ok(),
        "this test needs IPv6 on loopback"
    );
    let (four, six) = (Backend::at("four", v4), Backend::at("six", v6));
    let world = serving(&json!([
        { "shortname": "four", "host": "four.com", "backends": [format!("localhost:{port}")] },
        { "shortname": "six", "host": "six.com", "backends": [format!("[::1]:{port}")] },
    ]));
    let _ = world.get("four.com", "/").status(200).from_backend("four");
    let _ = world.get("six.com", "/").status(200).from_backend("six");
    assert_eq!((four.requests(), six.requests()), (1, 1));
}

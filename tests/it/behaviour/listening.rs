//! Where nginx listens, and what happens when it cannot.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

use crate::harness::{Backend, Request, World, free_port};

/// Whether the site answers on IPv4 and on IPv6 loopback once nginx is started with `bind`.
fn answers(bind: &str) -> [bool; 2] {
    let app = Backend::tcp("app");
    let mut world = World::stopped();
    let _ = world.mech(["set", "bind", bind]).ok();
    let _ = world
        .mech(["add", "s", "--host=s.com", "--backends", &app.address()])
        .ok();
    world.nginx.start();
    let port = world.http_port;
    let [v4, v6] = [
        SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        SocketAddr::from((Ipv6Addr::LOCALHOST, port)),
    ];
    [v4, v6].map(|address| {
        let answer = Request::get(address, "s.com", "/").try_send();
        answer.is_ok_and(|answer| answer.status == 200)
    })
}

#[test]
fn nginx_listens_where_bind_says_and_nowhere_else() {
    assert_eq!(answers("*"), [true, true]);
    assert_eq!(answers("127.0.0.1"), [true, false]);
    assert_eq!(answers("::1"), [false, true]);
    assert_eq!(answers("127.0.0.1,::1"), [true, true]);
}

#[test]
fn the_port_can_be_changed_while_nginx_runs() {
    let app = Backend::tcp("app");
    let world = World::new();
    let _ = world
        .mech(["add", "s", "--host=s.com", "--backends", &app.address()])
        .ok();
    let port = free_port();
    let _ = world.mech(["set", "http-port", &port.to_string()]).ok();
    let echo = Request::get(port, &format!("s.com:{port}"), "/")
        .send()
        .status(200)
        .echo();
    assert_eq!(echo.header("Host"), Some(format!("s.com:{port}").as_str()));
    assert!(
        Request::get(world.http_port, "s.com", "/")
            .try_send()
            .is_err()
    );
}

// defect 13
#[test]
fn a_reload_that_cannot_take_effect_is_an_error_and_is_undone() {
    let app = Backend::tcp("app");
    let world = World::new();
    let _ = world
        .mech(["add", "s", "--host=s.com", "--backends", &app.address()])
        .ok();
    let taken = free_port();
    let _squatter = TcpListener::bind((Ipv4Addr::UNSPECIFIED, taken)).unwrap();
    let before = (world.registry(), world.rendered());
    let run = world.mech(["set", "http-port", &taken.to_string()]);
    assert!(matches!(run.code, 1 | 3), "{run}");
    let _ = run.no_panic().stderr_has(&taken.to_string());
    assert_eq!((world.registry(), world.rendered()), before);
    let _ = world.get("s.com", "/").status(200).from_backend("app");
}

// defect 13
#[test]
fn the_restart_command_is_run_without_a_shell() {
    let app = Backend::tcp("app");
    let world = World::new();
    let marks = world.home.path().join("home");
    let command = format!("touch '{0}/a b' ; touch {0}/$HOME", marks.display());
    let _ = world.mech(["set", "restart", &command]);
    let _ = world.mech(["add", "s", "--host=s.com", "--backends", &app.address()]);
    for name in ["a b", ";", "touch"] {
        assert!(
            marks.join(name).exists(),
            "{name} is one argument of the one command"
        );
    }
}

//! `--strip-prefix` and paths: what of a path reaches which backend, and what nginx decodes on the way.

use super::{add, backends, refused, seen, single};
use crate::harness::{Backend, World};

fn stripping() -> (World, Backend) {
    let (world, app) = (World::new(), Backend::tcp("app"));
    add(&world, &["--strip-prefix=/api", &backends(&[&app])]);
    (world, app)
}

#[test]
fn a_stripped_prefix_is_gone_and_all_else_arrives() {
    let (world, _app) = stripping();
    for (sent, arrives) in [
        ("/api/", "/"),
        ("/api/?x=1&y=%2F", "/?x=1&y=%2F"),
        ("/api/users", "/users"),
        ("/api/users/?a=b?c", "/users/?a=b?c"),
        ("/api/api/x", "/api/x"),
        // A path ends at a segment.
        ("/apix", "/apix"),
        ("/x/api/y", "/x/api/y"),
        ("/", "/"),
    ] {
        assert_eq!(seen(&world, sent), arrives, "{sent}");
    }
}

#[test]
fn the_bare_prefix_is_redirected_to_its_slash_with_method_and_query() {
    let (world, app) = stripping();
    for (sent, to) in [("/api", "/api/"), ("/api?a=%2F&b", "/api/?a=%2F&b")] {
        for method in ["GET", "POST"] {
            let answer = world.request("s.com", sent).method(method).send();
            let answer = answer.status(308);
            let location = answer.header("Location").unwrap();
            assert!(location.ends_with(&format!("/{}", &to[1..])), "{location}");
        }
    }
    assert_eq!(app.requests(), 0);
}

#[test]
fn nginx_decodes_what_it_strips_and_not_a_byte_otherwise() {
    let (world, _app) = stripping();
    for (sent, arrives) in [
        ("/api/a%2Fb", "/a/b"),
        ("/api//a///b", "/a/b"),
        ("/api/a/./b/../c", "/a/c"),
        // What would end the path stays encoded, so that no text of it becomes a query.
        ("/api/a%3Fb", "/a%3Fb"),
        ("/api/a%23b", "/a%23b"),
        ("/api/a%25b", "/a%25b"),
        ("/api/100%2525", "/100%2525"),
        ("/api/a%20b", "/a%20b"),
        ("/api/caf%C3%A9", "/caf%C3%A9"),
        ("/api/a%0D%0AX:y", "/a%0D%0AX:y"),
        ("/api/a+b%2Bc", "/a+b+c"),
        ("/%61pi/x", "/x"),
        ("/x/../api/y", "/y"),
    ] {
        assert_eq!(seen(&world, sent), arrives, "{sent}");
    }
    for sent in ["/a%2Fb", "//a", "/a%3Fb", "/caf%C3%A9", "/a/../b", "/%61"] {
        assert_eq!(seen(&world, sent), sent, "outside of the prefix");
    }
}

#[test]
fn a_prefix_in_another_alphabet_is_stripped_and_redirected_in_ascii() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let options = ["--strip-prefix=/é", "--timeout=/é/ü 5s"];
    add(&world, &[options[0], options[1], &backends(&[&app])]);
    assert_eq!(seen(&world, "/%C3%A9/x"), "/x");
    assert_eq!(seen(&world, "/%C3%A9/%C3%BC"), "/%C3%BC");
    assert_eq!(seen(&world, "/%C3%A9/%C3%BC/x"), "/%C3%BC/x");
    let answer = world.get("s.com", "/%C3%A9").status(308);
    let location = answer.header("Location").unwrap();
    assert!(location.ends_with("/%C3%A9/"), "{location}");
}

#[test]
fn the_longest_of_nested_paths_decides_of_each_option_by_itself() {
    let world = single();
    let [app, api, admin] = ["app", "api", "admin"].map(Backend::tcp);
    let list = format!(
        "--backends={},{}/api,{}/api/admin",
        app.address(),
        api.address(),
        admin.address()
    );
    let options = [
        "--strip-prefix=/api,/api/admin/v1",
        "--timeout=30s,/api 1s,/api/slow 5s",
        "--header=/api/admin/v1/x X-Deep: yes",
    ];
    add(&world, &[&list, options[0], options[1], options[2]]);
    for (sent, backend, arrives) in [
        ("/x", "app", "/x"),
        ("/apis/x", "app", "/apis/x"),
        ("/api/x", "api", "/x"),
        ("/api/adminx", "api", "/adminx"),
        ("/api/admin", "admin", "/admin"),
        ("/api/admin/", "admin", "/admin/"),
        ("/api/admin/v2/x", "admin", "/admin/v2/x"),
        ("/api/admin/v1/", "admin", "/"),
        ("/api/admin/v1/x", "admin", "/x"),
        ("/api/admin/v1/x/y?z", "admin", "/x/y?z"),
        ("/api/slow/x", "api", "/slow/x"),
    ] {
        let answer = world.get("s.com", sent).status(200).from_backend(backend);
        assert_eq!(answer.echo().target, arrives, "{sent}");
        let deep = sent.starts_with("/api/admin/v1/x");
        assert_eq!(answer.header("X-Deep").is_some(), deep, "{sent}");
    }
    let _ = world.get("s.com", "/api/delay/2000").status(504);
    for sent in ["/delay/2000", "/api/slow/delay/2000"] {
        let _ = world.get("s.com", sent).status(200);
    }
}

#[test]
fn a_websocket_and_a_body_pass_through_a_stripped_path() {
    let (world, app) = stripping();
    let mut socket = world.connect();
    let _ = socket.upgrade("s.com", "/api/ws?id=1").status(101);
    socket.say("ping");
    assert_eq!(socket.hear(4), b"ping");
    assert_eq!(app.last().unwrap().target, "/ws?id=1");
    let answer = world.request("s.com", "/api/x").body("hello").send();
    let echo = answer.status(200).echo();
    assert_eq!((echo.target.as_str(), echo.body_length), ("/x", 5));
}

#[test]
fn stripping_where_nothing_could_be_stripped_is_refused() {
    let world = single();
    let _ = world.cert("s", &["s.com"]);
    let grpc = [
        "--backends=3000",
        "--strip-prefix=/pkg",
        "--backend-protocol=grpc",
        "--https",
        "--http2",
    ];
    for (options, reason) in [
        (grpc.as_slice(), "grpc"),
        (
            &["--backends=3000/ci", "--strip-prefix=/api"],
            "no backends",
        ),
        (
            &[
                "--backends=3000",
                "--strip-prefix=/a",
                "--static-path=/a:/srv/a",
            ],
            "folder",
        ),
    ] {
        refused(&world, options, reason);
    }
}

//! Who is let in by address. The two clients here are 127.0.0.1 and `::1`.

use super::{add, added, folder, from_v6, to};
use crate::harness::{Backend, World};

/// What each of the two gets.
fn both(world: &World, target: &str) -> (u16, u16) {
    let v4 = world.get("s.test", target).status;
    (v4, from_v6(world, target).send().status)
}

#[test]
fn those_who_are_allowed_enter_and_nobody_else() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--allow=127.0.0.0/8"]);
    assert_eq!(both(&world, "/"), (200, 403));
    let _ = world.mech(["update", "s", "--allow=::1"]).ok();
    assert_eq!(both(&world, "/"), (403, 200));
    let _ = world
        .mech(["update", "s", "--allow=2001:db8::/32,10.0.0.0/8"])
        .ok();
    assert_eq!(both(&world, "/"), (403, 403));
}

#[test]
fn those_who_are_denied_stay_out_and_nobody_else() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--deny=::/64"]);
    assert_eq!(both(&world, "/"), (200, 403));
    let _ = world.mech(["update", "s", "--deny=all"]).ok();
    assert_eq!(both(&world, "/"), (403, 403));
    let _ = world.mech(["update", "s", "--deny="]).ok();
    assert_eq!(both(&world, "/"), (200, 200));
}

#[test]
fn a_denied_address_within_an_allowed_network_stays_out() {
    let app = Backend::tcp("app");
    let options = ["--allow=127.0.0.0/8,::1", "--deny=127.0.0.1"];
    let world = added([to(&app).as_str(), options[0], options[1]]);
    assert_eq!(both(&world, "/"), (403, 200));
}

#[test]
fn the_longest_path_says_who_is_allowed() {
    let app = Backend::tcp("app");
    let allow = "--allow=127.0.0.1,/public all,/v6 ::1,/public/in ::1";
    let world = added([to(&app).as_str(), allow]);
    for (target, expected) in [
        ("/", (200, 403)),
        ("/public", (200, 200)),
        ("/public/x", (200, 200)),
        ("/publicity", (200, 403)),
        ("/v6/x", (403, 200)),
        ("/public/in/x", (403, 200)),
    ] {
        assert_eq!(both(&world, target), expected, "{target}");
    }
}

#[test]
fn a_path_that_is_closed_is_closed_to_those_whom_the_site_allows() {
    let app = Backend::tcp("app");
    let rules = ["--allow=127.0.0.1,/in/door ::1", "--deny=/in all"];
    let world = added([to(&app).as_str(), rules[0], rules[1]]);
    for (target, expected) in [
        ("/", (200, 403)),
        ("/in", (403, 403)),
        ("/in/x", (403, 403)),
        ("/in/door", (403, 200)),
        ("/inn", (200, 403)),
    ] {
        assert_eq!(both(&world, target), expected, "{target}");
    }
}

#[test]
fn another_way_to_write_a_path_is_no_way_in() {
    let app = Backend::tcp("app");
    let world = added([to(&app).as_str(), "--deny=/admin all"]);
    for target in [
        "/admin",
        "/admin/",
        "/admin/x",
        "//admin/x",
        "/./admin/x",
        "/a/../admin/x",
        "/%61dmin/x",
        "/admin%2Fx",
        "/a/%2e%2e/admin",
        "/admin?x",
        "/admin;x/../admin/x",
        "/x/..//admin",
        "/admin/../admin",
    ] {
        let _ = world.get("s.test", target).status(403);
        let absolute = format!("http://s.test{target}");
        let _ = world.request("other.test", absolute).send().status(403);
    }
    assert_eq!(app.requests(), 0);
}

#[test]
fn a_denied_client_gets_403_wherever_it_looks() {
    let app = Backend::tcp("app");
    let world = World::new();
    let files = folder(
        &world,
        "files",
        &[
            ("index.html", "index"),
            ("a.txt", "a"),
            (".env", "secret"),
            ("in/a.txt", "a"),
        ],
    );
    let files = format!("--static={}", files.display());
    let folder = format!(
        "--static-path=/assets:{}",
        world.nginx.prefix().join("files").display()
    );
    let targets = [
        "/",
        "/a.txt",
        "/none",
        "/.env",
        "/in/.env",
        "/assets/a.txt",
        "/assets/.env",
        "/assets/none",
        "/.well-known/x",
        "/.git/config",
        "/.mech/x",
    ];
    let app_behind = to(&app);
    for options in [
        vec![files.as_str()],
        vec![files.as_str(), "--spa"],
        vec![files.as_str(), app_behind.as_str()],
        vec![files.as_str(), app_behind.as_str(), "--app-first"],
        vec![app_behind.as_str()],
    ] {
        for rule in ["--allow=::1", "--deny=127.0.0.1", "--deny=all"] {
            let mut all = options.clone();
            all.extend([folder.as_str(), rule, "--upsert"]);
            add(&world, "s", all);
            for target in targets {
                for method in ["GET", "HEAD", "POST", "OPTIONS", "PUT"] {
                    let request = world.request("s.test", target).method(method);
                    let answer = request.send();
                    assert_eq!(
                        answer.status, 403,
                        "{method} {target} {options:?} {rule}:\n{answer}"
                    );
                }
            }
            let _ = world.mech(["remove", "s"]).ok();
        }
    }
    assert_eq!(app.requests(), 0);
}

#[test]
fn a_path_that_is_open_is_open_to_its_files_and_to_the_app_behind_them() {
    let app = Backend::tcp("app");
    let world = World::new();
    let files = folder(&world, "files", &[("public/a.txt", "a"), ("b.txt", "b")]);
    let files = format!("--static={}", files.display());
    for order in ["--app-first=false", "--app-first"] {
        let rules = ["--allow=::1,/public all", order, "--upsert"];
        add(
            &world,
            "s",
            [files.as_str(), to(&app).as_str()].into_iter().chain(rules),
        );
        for target in ["/public/a.txt", "/public/app", "/public/.dot"] {
            assert_eq!(both(&world, target), (200, 200), "{order} {target}");
        }
        for target in ["/b.txt", "/app", "/.dot", "/publicity"] {
            assert_eq!(both(&world, target), (403, 200), "{order} {target}");
        }
        let posted = world.request("s.test", "/public/a.txt").body("x").send();
        let _ = posted.status(200).from_backend("app");
    }
}

#[test]
fn a_closed_path_of_files_in_front_of_an_app_is_closed() {
    let app = Backend::tcp("app");
    let world = World::new();
    let files = folder(&world, "files", &[("in/a.txt", "a")]);
    let files = format!("--static={}", files.display());
    for order in ["--app-first=false", "--app-first"] {
        let rules = ["--allow=/in ::1", order, "--upsert"];
        add(
            &world,
            "s",
            [files.as_str(), to(&app).as_str()].into_iter().chain(rules),
        );
        for target in ["/in", "/in/a.txt", "/in/app", "/in/.dot"] {
            assert_eq!(both(&world, target), (403, 200), "{order} {target}");
        }
        assert_eq!(both(&world, "/app"), (200, 200));
    }
}

#[test]
fn a_method_that_nginx_refuses_is_no_way_in_whatever_pages_a_person_has() {
    let app = Backend::tcp("app");
    let world = World::new();
    let files = folder(&world, "files", &[("in/a.txt", "a"), ("a.txt", "a")]);
    let files = format!("--static={}", files.display());
    super::write_override(&world, "s", "server", "error_page 418 /teapot;\n");
    add(
        &world,
        "s",
        [files.as_str(), to(&app).as_str(), "--deny=/in all"],
    );
    for target in ["/in/x", "/in/a.txt", "/x", "/a.txt"] {
        let _ = world
            .request("s.test", target)
            .method("TRACE")
            .send()
            .status(405);
    }
    assert_eq!(app.requests(), 0);
    let posted = world.request("s.test", "/a.txt").body("x").send();
    let _ = posted.status(200).from_backend("app");
    let _ = world
        .request("s.test", "/in/a.txt")
        .body("x")
        .send()
        .status(403);
}

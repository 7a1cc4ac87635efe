//! Passwords beside networks, and pages for who has none.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use super::{add, folder, from_v6, to};
use crate::harness::{Backend, Request, World};

/// `me` with the password `secret`.
const BASIC: &str = "Basic bWU6c2VjcmV0";

/// A world whose folder of passwords nginx can reach, as it can reach `/var/lib/mech`.
fn world_of() -> World {
    let world = World::new();
    fs::set_permissions(world.home.path(), Permissions::from_mode(0o755)).unwrap();
    world
}

/// Gives `site` the user `me`.
#[track_caller]
fn me(world: &World, site: &str) {
    let run = world.run(["auth", "add", site, "me"]);
    let _ = run.stdin("secret\n").run().ok();
}

fn with_password(request: Request) -> Request {
    request.header("Authorization", BASIC)
}

#[test]
fn an_allowed_network_and_a_password_are_both_needed() {
    let app = Backend::tcp("app");
    let world = world_of();
    add(
        &world,
        "s",
        [to(&app).as_str(), "--auth", "--allow=127.0.0.1"],
    );
    me(&world, "s");
    let _ = world
        .get("s.test", "/")
        .status(401)
        .has_header("WWW-Authenticate", "Basic realm=\"s.test\"");
    let _ = with_password(world.request("s.test", "/"))
        .send()
        .status(200);
    let _ = with_password(from_v6(&world, "/")).send().status(403);
    let _ = from_v6(&world, "/").send().status(403);
}

#[test]
fn networks_that_need_no_password_get_in_without_and_others_do_not() {
    let app = Backend::tcp("app");
    let world = world_of();
    let bypass = "--auth-bypass=10.0.0.0/8,::1";
    add(&world, "s", [to(&app).as_str(), "--auth", bypass]);
    me(&world, "s");
    let _ = world
        .get("s.test", "/")
        .status(401)
        .has_header("WWW-Authenticate", "Basic realm=\"s.test\"");
    let _ = from_v6(&world, "/").send().status(200);
    let _ = with_password(world.request("s.test", "/"))
        .send()
        .status(200);
    // A network that needs no password is not let in by that alone.
    let _ = world.mech(["update", "s", "--allow=127.0.0.1"]).ok();
    let _ = from_v6(&world, "/").send().status(403);
}

#[test]
fn a_password_guards_its_path_with_the_files_and_the_app_below_it() {
    let app = Backend::tcp("app");
    let world = world_of();
    let files = folder(&world, "files", &[("in/a.txt", "a")]);
    let files = format!("--static={}", files.display());
    for order in ["--app-first=false", "--app-first"] {
        add(
            &world,
            "s",
            [to(&app).as_str(), &files, "--auth=/in", order, "--upsert"],
        );
        me(&world, "s");
        let _ = world.get("s.test", "/app").status(200);
        for target in [
            "/in",
            "/in/a.txt",
            "/in/app",
            "/in/.dot",
            "//in/x",
            "/x/../in",
        ] {
            let _ = world.get("s.test", target).status(401);
            let _ = world.request("s.test", target).body("x").send().status(401);
        }
        for target in ["/in/a.txt", "/in/app", "/in/.dot"] {
            let _ = with_password(world.request("s.test", target))
                .send()
                .status(200);
        }
    }
}

#[test]
fn a_guarded_path_in_another_case_is_not_found_within_an_open_path() {
    let app = Backend::tcp("app");
    let world = world_of();
    let files = folder(&world, "files", &[("Out/x.txt", "x")]);
    let around = [
        "--timeout=/a 5m,/A/B 5m".to_owned(),
        format!("--static={}", files.display()),
        format!("--static-path=/a:{}", files.display()),
    ];
    for option in around {
        let name = option.split('=').next().unwrap();
        let guards = ["--auth=/a/admin", "--deny=/a/b/closed all"];
        let options = [to(&app).as_str(), "--buffering=/a on", &option].map(str::to_owned);
        let options: Vec<&str> = options.iter().map(String::as_str).chain(guards).collect();
        add(&world, "s", options);
        for target in ["/a/admin", "/a/admin/x", "/a//admin/x"] {
            let _ = world.get("s.test", target).status(401);
        }
        let _ = world.get("s.test", "/a/b/closed").status(403);
        let before = app.requests();
        for target in [
            "/a/Admin",
            "/a/ADMIN/x",
            "/A/admin",
            "/a/b/Closed/x",
            "/A/B/closed",
            "/a/admin;x",
            "/a/admin\\x",
            "/a/x\\..\\admin",
            "/x\\..\\a\\admin",
        ] {
            let _ = world.get("s.test", target).status(404);
        }
        assert_eq!(app.requests(), before, "{name}");
        if name == "--timeout" {
            let _ = world.get("s.test", "/a/administration").status(200);
        }
        let _ = world.mech(["remove", "s"]).ok();
    }
}

#[test]
fn the_pages_that_were_rendered_for_a_guarded_path_are_not_found_by_the_names_of_their_files() {
    let app = Backend::tcp("app");
    let world = world_of();
    let pages = [
        "in.html",
        "in.html.gz",
        "cache/in.html",
        "cache/in/a.html",
        "cache/in/index.html",
    ];
    let files = folder(&world, "files", &pages.map(|page| (page, "secret")));
    let root = format!("--static={}", files.display());
    let options = [
        to(&app).as_str(),
        &root,
        "--prerendered=/cache",
        "--auth=/in",
        "--rate=/out 9r/s",
    ]
    .map(str::to_owned);
    add(&world, "s", options.iter().map(String::as_str));
    me(&world, "s");
    for target in ["/in", "/in/a"] {
        let _ = world.get("s.test", target).status(401);
        let page = with_password(world.request("s.test", target)).send();
        let _ = page.status(200).body_has("secret");
    }
    for target in pages {
        let _ = world.get("s.test", &format!("/{target}")).status(404);
    }
    let _ = world.get("s.test", "/cache/in").status(404);
    let _ = world.get("s.test", "/cache/in/a").status(404);
    for target in ["/out.html", "/cache/out", "/inner.html"] {
        let _ = world.get("s.test", target).status(200).from_backend("app");
    }
}

#[test]
fn a_folder_with_the_password_files_in_it_is_not_served() {
    let app = Backend::tcp("app");
    let world = world_of();
    let home = world.home.path().display().to_string();
    let holding = [
        format!("--static={home}"),
        "--static=/".to_owned(),
        format!("--static={home}/x/../."),
        format!("--static-path=/x:{home}/"),
    ];
    for folder in &holding {
        let _ = world
            .mech(["add", "leak", &to(&app), folder, "--dry-run"])
            .ok();
    }
    add(&world, "s", [to(&app).as_str(), "--auth"]);
    me(&world, "s");
    for folder in &holding {
        let ran = world.mech(["add", "leak", &to(&app), folder]).code(1);
        let _ = ran.no_panic().stderr_has("the passwords of sites");
    }
    let page = format!("--error-page=502:{home}/data/registry.d/passwords/s");
    let ran = world.mech(["update", "s", &page]).code(1);
    let _ = ran.no_panic().stderr_has("the passwords of sites");
    let beside = folder(&world, "files", &[]);
    let _ = world
        .mech(["add", "fine", &format!("--static={}", beside.display())])
        .ok();
}

#[test]
fn a_name_that_nginx_reads_as_a_word_of_its_own_is_guarded_all_the_same() {
    let app = Backend::tcp("app");
    for bypass in ["--auth-bypass=", "--auth-bypass=10.0.0.0/8"] {
        let world = world_of();
        let _ = world.mech(["add", "off", &to(&app), "--auth", bypass]).ok();
        me(&world, "off");
        let _ = world.get("off", "/").status(401);
        let _ = with_password(world.request("off", "/")).send().status(200);
    }
}

#[test]
fn who_is_refused_sees_the_page_for_it() {
    let app = Backend::tcp("app");
    let world = world_of();
    let pages = folder(
        &world,
        "pages",
        &[("401.html", "who are you"), ("403.html", "not you")],
    );
    let page = |code: u16| format!("--error-page={code}:{}/{code}.html", pages.display());
    let options = [
        to(&app),
        "--auth".to_owned(),
        "--deny=::1".to_owned(),
        page(401),
        page(403),
    ];
    add(&world, "s", options.iter().map(String::as_str));
    let asked = world
        .get("s.test", "/x")
        .status(401)
        .body_has("who are you");
    let _ = asked.has_header("WWW-Authenticate", "Basic realm=\"s.test\"");
    let _ = from_v6(&world, "/x").send().status(403).body_has("not you");
    // The page is no way in, and nobody asks for it by its own path.
    let _ = world.get("s.test", "/.mech/error/1.html").status(404);
    assert_eq!(app.requests(), 0);
}

#[test]
fn a_page_that_is_itself_behind_what_it_explains_is_refused() {
    let app = Backend::tcp("app");
    let world = world_of();
    for (option, page) in [
        ("--auth", "--error-page=401:/login.html"),
        ("--deny=10.0.0.0/8", "--error-page=403:/no.html"),
        ("--allow=10.0.0.0/8", "--error-page=403,404:/no.html"),
        ("--deny=/in all", "--error-page=403:/in/no.html"),
        (
            "--forward-auth=http://127.0.0.1:1/",
            "--error-page=401:/login.html",
        ),
    ] {
        let ran = world.mech(["add", "s", &to(&app), option, page]).code(1);
        let _ = ran.no_panic().stderr_has("`error-page`");
    }
    let rules = [
        to(&app),
        "--deny=/in all".to_owned(),
        "--error-page=403:/no".to_owned(),
    ];
    add(&world, "s", rules.iter().map(String::as_str));
    let shown = world.get("s.test", "/in/x").status(403).from_backend("app");
    assert_eq!(shown.echo().target, "/no");
}

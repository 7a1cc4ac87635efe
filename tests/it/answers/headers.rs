//! Headers of every answer, each of them once.

use super::{add, added, all, folder, once, to, write_override};
use crate::harness::{Backend, Nginx, World, free_port};

const OWN: &str = "X-Test-Own";

#[test]
fn every_answer_carries_a_header_once_whatever_became_of_the_request() {
    let mut app = Backend::tcp("app");
    app.always_send(OWN, "the app's");
    let world = World::new();
    let files = folder(
        &world,
        "files",
        &[
            ("index.html", "index"),
            ("a.txt", "a"),
            ("fast/b.txt", "b"),
            ("404.html", "ours"),
        ],
    );
    let files = format!("--static={}", files.display());
    let map = folder(&world, "map", &[("map.csv", "/old,/new\n")]).join("map.csv");
    let map = format!("--redirect-map={}", map.display());
    let options = [
        "--header=X-Test-Own: ours",
        "--max-body=1k",
        "--rate=/login 1r/m",
        "--deny=/in all",
        "--immutable=/fast",
        "--aliases=t.test",
        "--canonical",
        "--strip-prefix=/strip",
        "--timeout=1s",
    ];
    add(
        &world,
        "s",
        [to(&app).as_str(), &files, &map].into_iter().chain(options),
    );
    let claim = |host: &str, target: &str, status: u16| {
        let answer = world.get(host, target).status(status);
        once(&answer, OWN, "ours");
        answer
    };
    for target in [
        "/a.txt",
        "/fast/b.txt",
        "/app",
        "/fast/app",
        "/.dot",
        "/strip/x",
        "/login",
    ] {
        let _ = claim("s.test", target, 200);
    }
    let _ = claim("s.test", "/status/204", 204);
    let _ = claim("s.test", "/status/304", 304);
    let _ = claim("s.test", "/status/404", 404);
    let _ = claim("s.test", "/status/500", 500);
    let _ = claim("s.test", "/in/x", 403);
    let _ = claim("s.test", "/login", 429);
    let _ = claim("s.test", "/old", 302);
    let _ = claim("s.test", "/strip", 308);
    let _ = claim("t.test", "/", 302);
    let _ = claim("s.test", "/delay/1800", 504);
    let file = claim("s.test", "/fast/b.txt", 200);
    once(
        &file,
        "Cache-Control",
        "public, max-age=31536000, immutable",
    );
    let tag = file.header("ETag").unwrap().to_owned();
    let kept = world
        .request("s.test", "/fast/b.txt")
        .header("If-None-Match", &tag)
        .send()
        .status(304);
    once(&kept, OWN, "ours");
    let large = world
        .request("s.test", "/app")
        .body("x".repeat(2000))
        .send()
        .status(413);
    once(&large, OWN, "ours");
    let head = world
        .request("s.test", "/app")
        .method("HEAD")
        .send()
        .status(200);
    once(&head, OWN, "ours");
    app.stop();
    let _ = claim("s.test", "/app", 502);
    let _ = claim("s.test", "/fast/app", 502);
}

#[test]
fn files_alone_carry_it_too() {
    let world = World::new();
    let files = folder(
        &world,
        "files",
        &[("index.html", "index"), ("a.js", "a"), ("404.html", "ours")],
    );
    let files = format!("--static={}", files.display());
    let options = [
        "--header=X-Test-Own: ours",
        "--error-page=404:/404.html",
        "--spa",
    ];
    for count in [2, 3] {
        add(
            &world,
            "s",
            [files.as_str(), "--upsert"]
                .into_iter()
                .chain(options[..count].iter().copied()),
        );
        for target in ["/", "/a.js", "/none.js", "/none", "/.env", "/.well-known/x"] {
            let answer = world.get("s.test", target);
            once(&answer, OWN, "ours");
        }
        let post = world
            .request("s.test", "/a.js")
            .body("x")
            .send()
            .status(405);
        once(&post, OWN, "ours");
    }
}

#[test]
fn the_header_of_the_longest_path_replaces_those_around_it() {
    let app = Backend::tcp("app");
    app.always_send("Cache-Control", "public");
    app.always_send("X-Powered-By", "the app");
    let rules = [
        "--header=Cache-Control: no-store",
        "--header=/api Cache-Control: private",
        "--header=X-Powered-By:",
        "--header=/api X-Api: 1",
        "--header=/api/old Cache-Control:",
    ];
    let world = added([to(&app).as_str()].into_iter().chain(rules));
    for (target, caching, api) in [
        ("/", vec!["no-store"], vec![]),
        ("/apis", vec!["no-store"], vec![]),
        ("/api", vec!["private"], vec!["1"]),
        ("/api/x", vec!["private"], vec!["1"]),
        ("/api/old/x", vec![], vec!["1"]),
    ] {
        let answer = world.get("s.test", target).status(200);
        assert_eq!(all(&answer, "Cache-Control"), caching, "{target}");
        assert_eq!(all(&answer, "X-Api"), api, "{target}");
        let _ = answer.lacks_header("X-Powered-By");
    }
}

#[test]
fn caching_is_said_once_in_front_of_files() {
    let world = World::new();
    let files = folder(&world, "files", &[("a.css", "a"), ("index.html", "i")]);
    let files = format!("--static={}", files.display());
    add(
        &world,
        "s",
        [files.as_str(), "--header=Cache-Control: max-age=60"],
    );
    let answer = world.get("s.test", "/a.css").status(200);
    once(&answer, "Cache-Control", "max-age=60");
    let _ = answer.lacks_header("Expires");
    let _ = world.mech(["update", "s", "--header=Expires: 0"]).ok();
    once(&world.get("s.test", "/a.css").status(200), "Expires", "0");
}

#[test]
fn the_profile_is_what_scanners_ask_for_and_a_header_of_its_own_name_replaces_it() {
    let app = Backend::tcp("app");
    app.always_send("X-Frame-Options", "ALLOWALL");
    let world = added([to(&app).as_str(), "--security-headers"]);
    let profile = [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
        (
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=()",
        ),
    ];
    for target in ["/", "/status/404", "/status/500"] {
        let answer = world.get("s.test", target);
        for (name, value) in profile {
            once(&answer, name, value);
        }
    }
    let own = [
        "--header=X-Frame-Options: DENY",
        "--header=/embed X-Frame-Options:",
    ];
    let _ = world.mech(["update", "s", own[0], own[1]]).ok();
    once(&world.get("s.test", "/"), "X-Frame-Options", "DENY");
    let open = world
        .get("s.test", "/embed")
        .lacks_header("X-Frame-Options");
    once(&open, "X-Content-Type-Options", "nosniff");
}

#[test]
fn a_persons_own_add_header_stays_beside() {
    let mut app = Backend::tcp("app");
    let world = World::new();
    let files = folder(&world, "files", &[("a.txt", "a"), ("fast/a.txt", "a")]);
    let files = format!("--static={}", files.display());
    write_override(
        &world,
        "s",
        "server",
        "add_header X-Server theirs always;\n",
    );
    write_override(
        &world,
        "s",
        "location",
        "add_header X-Location theirs always;\n",
    );
    let options = [
        "--header=X-Ours: 1",
        "--header=/api X-Api: 1",
        "--immutable=/fast",
    ];
    add(
        &world,
        "s",
        [to(&app).as_str(), &files].into_iter().chain(options),
    );
    for target in ["/a.txt", "/fast/a.txt", "/api/x", "/app", "/status/404"] {
        let answer = world.get("s.test", target);
        once(&answer, "X-Server", "theirs");
        once(&answer, "X-Ours", "1");
    }
    once(&world.get("s.test", "/a.txt"), "X-Location", "theirs");
    app.stop();
    let down = world.get("s.test", "/app").status(502);
    once(&down, "X-Server", "theirs");
    once(&down, "X-Ours", "1");
}

#[test]
fn what_the_person_adds_is_not_said_a_second_time() {
    let app = Backend::tcp("app");
    let world = World::new();
    write_override(
        &world,
        "s",
        "server",
        "add_header x-frame-options DENY always;\n",
    );
    add(
        &world,
        "s",
        [
            to(&app).as_str(),
            "--security-headers",
            "--header=/api X-Api: 1",
        ],
    );
    for target in ["/", "/api"] {
        let answer = world.get("s.test", target);
        once(&answer, "X-Frame-Options", "DENY");
        once(&answer, "X-Content-Type-Options", "nosniff");
    }
}

#[test]
fn a_value_is_text_whatever_stands_in_it() {
    let app = Backend::tcp("app");
    let values = [
        "$host; {x} \"y\" 'z' \\n #",
        "a, b; c=\"d\"",
        "${mech_dollar}",
        "%0d%0a",
    ];
    for value in values {
        let world = added([to(&app).as_str(), &format!("--header=X-Test-Own: {value}")]);
        once(&world.get("s.test", "/"), OWN, value);
    }
}

#[test]
fn a_header_that_nginx_makes_itself_is_refused() {
    let app = Backend::tcp("app");
    let world = World::new();
    for name in [
        "Content-Length",
        "Transfer-Encoding",
        "Location",
        "Server",
        "Content-Type",
        "Accept-Ranges",
    ] {
        let ran = world
            .mech(["add", "s", &to(&app), &format!("--header={name}: x")])
            .code(1);
        let _ = ran.no_panic().stderr_has(name);
    }
}

#[test]
fn a_grpc_apps_own_header_goes_too() {
    let port = free_port();
    let text = format!(
        "server {{ listen 127.0.0.1:{port} http2; add_header X-Test-Own theirs always; return 200 hi; }}\n"
    );
    let world = World::with(Nginx::private().conf("backend.conf", &text));
    let cert = world.cert("s", &["s.test"]);
    let (backend, header) = (
        format!("--backends={port}"),
        format!("--header={OWN}: ours"),
    );
    add(
        &world,
        "s",
        [
            backend.as_str(),
            "--backend-protocol=grpc",
            "--https",
            "--http2",
            &header,
        ],
    );
    let answer = world
        .https("s.test", "/pkg.Service/Call")
        .cacert(&cert.cer)
        .http2()
        .send();
    assert_eq!(answer.status, 200, "{answer}");
    once(&answer, OWN, "ours");
}

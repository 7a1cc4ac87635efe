//! Files of a site: who comes first, what is kept for how long, and what is never shown.

use std::fs;

use super::{add, backends, folder, write};
use crate::harness::{Backend, World};

const YEAR: &str = "public, max-age=31536000, immutable";

/// A world with `www`, and the option that serves it.
fn www(files: &[(&str, &str)]) -> (World, String) {
    let world = World::new();
    let root = folder(&world, "www", files);
    (world, format!("--static={}", root.display()))
}

#[test]
fn app_first_takes_files_only_for_what_the_app_does_not_know() {
    let (world, files) = www(&[
        ("a.txt", "file a"),
        ("status/404", "file for 404"),
        (".env", "secret"),
    ]);
    let app = Backend::tcp("app");
    add(&world, &["--app-first", &files, &backends(&[&app])]);
    let _ = world.get("s.com", "/a.txt").status(200).from_backend("app");
    let file = world.get("s.com", "/status/404").status(200);
    assert_eq!(file.text(), "file for 404");
    for status in [200, 403, 500] {
        app.always_answer(Some(status));
        let answer = world.get("s.com", "/a.txt").status(status);
        let _ = answer.from_backend("app");
    }
    app.always_answer(Some(404));
    let answer = world.get("s.com", "/a.txt?x").status(200);
    let answer = answer.has_header("Cache-Control", "max-age=604800");
    assert_eq!(answer.text(), "file a");
    for path in ["/.env", "/%2eenv", "/none"] {
        let answer = world.get("s.com", path).status(404);
        assert_ne!(answer.text(), "secret", "{path}");
    }
    let head = world.request("s.com", "/a.txt").method("HEAD").send();
    assert_eq!(head.status(200).header("Content-Length"), Some("6"));
    let before = app.requests();
    let post = world.request("s.com", "/a.txt").body("pay").send();
    assert!(matches!(post.status, 404 | 405), "{post}");
    assert_eq!(app.requests(), before + 1, "a POST is sent once");
}

#[test]
fn app_first_leaves_the_app_its_own_errors_where_there_is_no_file() {
    let (world, files) = www(&[
        ("page.html", "our page"),
        ("in/a.txt", "file a"),
        ("d d/index.html", "index"),
    ]);
    let app = Backend::tcp("app");
    let page = "--error-page=404,500,502:/page.html";
    let options = ["--app-first", "--autoindex", "--timeout=/in 9s", page];
    let mut all = vec![files.as_str()];
    all.extend(options);
    let list = backends(&[&app]);
    all.push(&list);
    add(&world, &all);
    app.always_send("Cache-Control", "no-store");
    for status in [404, 500, 502] {
        app.always_answer(Some(status));
        for path in ["/none", "/in/none", "/in", "/.none"] {
            let answer = world.get("s.com", path).status(status).from_backend("app");
            let answer = answer.has_header("Cache-Control", "no-store");
            assert_eq!(answer.echo().target, path);
        }
        let before = app.requests();
        let post = world.request("s.com", "/none").body("pay").send();
        let echo = post.status(status).from_backend("app").echo();
        assert_eq!((echo.body_length, app.requests()), (3, before + 1));
    }
    app.always_answer(None);
    // That a file is looked for first changes nothing of what the app is asked.
    for path in ["/d%20d", "/d%20d/?x=%2F", "/in/a%2Etxt", "//in//a.txt"] {
        let echo = world.get("s.com", path).status(200).from_backend("app");
        assert_eq!(echo.echo().target, path);
    }
    app.always_answer(Some(404));
    for (path, text) in [("/in/a.txt", "file a"), ("/d%20d", "index")] {
        assert_eq!(world.get("s.com", path).status(200).text(), text);
    }
}

#[test]
fn file_first_keeps_to_get_and_leaves_all_else_to_the_app() {
    let (world, files) = www(&[
        ("a.txt", "file a"),
        ("page.html", "<p>page</p>"),
        ("sub/x.txt", "x"),
    ]);
    let app = Backend::tcp("app");
    app.always_send("Cache-Control", "private, no-store");
    app.always_send("X-Powered-By", "app");
    add(&world, &[&files, &backends(&[&app])]);
    let request = || world.request("s.com", "/a.txt");
    let file = request().send().status(200).body_has("file a");
    let _ = file.has_header("Cache-Control", "max-age=604800");
    let page = world.get("s.com", "/page.html").status(200);
    let _ = page.has_header("Cache-Control", "no-cache");
    let part = request().header("Range", "bytes=0-3").send();
    assert_eq!(part.status(206).text(), "file");
    let head = request().method("HEAD").send().status(200);
    assert_eq!(
        (head.header("Content-Length"), head.body.len()),
        (Some("6"), 0)
    );
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = request().method(method).body("12").send();
        let echo = answer.status(200).from_backend("app").echo();
        assert_eq!((echo.method.as_str(), echo.body_length), (method, 2));
    }
    for path in ["/", "/sub", "/sub/", "/none", "/a.txt/x"] {
        let answer = world.get("s.com", path).status(200).from_backend("app");
        let answer = answer.has_header("Cache-Control", "private, no-store");
        let _ = answer
            .has_header("X-Powered-By", "app")
            .lacks_header("Expires");
    }
}

#[test]
fn a_single_page_app_gets_every_path_but_those_of_files() {
    let (world, files) = www(&[
        ("index.html", "<p>the app</p>"),
        ("app.js", "run()"),
        ("assets/a.1f.js", "hashed"),
        (".env", "secret"),
    ]);
    let api = Backend::tcp("api");
    let at = format!("--backends={}/api", api.address());
    let options = ["--spa", "--immutable=/assets", "--timeout=/api 9s"];
    add(&world, &[options[0], options[1], options[2], &files, &at]);
    for path in [
        "/",
        "/users/7",
        "/users/7/",
        "/v1.2/notes",
        "/index.html",
        "/a?b=c.js",
    ] {
        let page = world.get("s.com", path).status(200).body_has("the app");
        let _ = page.has_header("Cache-Control", "no-cache");
    }
    let script = world.get("s.com", "/app.js").status(200);
    assert_eq!(script.text(), "run()");
    let asset = world.get("s.com", "/assets/a.1f.js").status(200);
    let _ = asset.has_header("Cache-Control", YEAR);
    // A page in place of a missing script would be kept by browsers for a year.
    for path in [
        "/gone.js",
        "/x/gone.css",
        "/assets/gone.2e.js",
        "/assets/gone",
        "/.env",
        "/x/.env",
    ] {
        let answer = world.get("s.com", path).status(404);
        let _ = answer.lacks_header("Cache-Control");
    }
    for path in ["/api", "/api/x.js", "/api/.dot"] {
        let _ = world.get("s.com", path).status(200).from_backend("api");
    }
    let post = world.request("s.com", "/users").body("x").send();
    let _ = post.status(405);
}

#[test]
fn a_path_of_a_single_page_app_with_a_property_is_the_same_app() {
    let (world, files) = www(&[("index.html", "<p>the app</p>"), ("users/a.js", "run()")]);
    add(&world, &["--spa", "--header=/users X-In: yes", &files]);
    for path in ["/users", "/users/7"] {
        let page = world.get("s.com", path).status(200).body_has("the app");
        let page = page.has_header("X-In", "yes");
        let _ = page.has_header("Cache-Control", "no-cache");
    }
    let script = world.get("s.com", "/users/a.js").status(200);
    let script = script.has_header("X-In", "yes");
    let _ = script.has_header("Cache-Control", "max-age=604800");
    for path in ["/users/gone.js", "/users/.env"] {
        let answer = world.get("s.com", path).status(404);
        assert!(!answer.text().contains("the app"), "{path}");
    }
}

#[test]
fn pages_are_looked_for_in_the_order_of_actionheros_notes() {
    // From the notes on production of ActionHero 11: `try_files /$uri/index.html /cache/$uri/index.html
    // /$uri.html /cache/$uri.html /$uri /cache/$uri @app`.
    let order = [
        "a/index.html",
        "cache/a/index.html",
        "a.html",
        "cache/a.html",
        "a",
        "cache/a",
    ];
    let world = World::new();
    let app = Backend::tcp("app");
    add(&world, &[&backends(&[&app])]);
    for first in 0..=order.len() {
        // A new folder each time, because nginx remembers for seconds which files there are.
        let root = world.nginx.prefix().join(format!("www{first}"));
        fs::create_dir(&root).unwrap();
        let files = format!("--static={}", root.display());
        add(&world, &["--prerendered=/cache", &files]);
        for name in &order[first..] {
            // A folder and a file cannot have one name.
            if !(*name == "a" && first == 0 || *name == "cache/a" && first <= 1) {
                write(&root.join(name), format!("from {name}"));
            }
        }
        let answer = world.get("s.com", "/a?x=1").status(200);
        if let Some(name) = order.get(first) {
            assert_eq!(answer.text(), format!("from {name}"));
            let post = world.request("s.com", "/a").body("x").send().status(200);
            assert_eq!(post.from_backend("app").echo().body_length, 1);
        } else {
            let _ = answer.from_backend("app");
        }
    }
}

#[test]
fn prerendered_pages_are_asked_for_again_and_their_home_is_index_html() {
    let (world, files) = www(&[("index.html", "home"), ("about.html", "about")]);
    let app = Backend::tcp("app");
    add(&world, &["--prerendered", &files, &backends(&[&app])]);
    for (path, text) in [("/", "home"), ("/about", "about"), ("/about.html", "about")] {
        let page = world.get("s.com", path).status(200).body_has(text);
        let _ = page.has_header("Cache-Control", "no-cache");
    }
    for path in ["/about/", "/none", "/.html", "/.env"] {
        let _ = world.get("s.com", path).status(200).from_backend("app");
    }
}

#[test]
fn immutable_holds_for_what_is_found_and_for_nothing_else() {
    let (world, files) = www(&[("assets/a.1f.js", "hashed"), ("assetsx/b.js", "b")]);
    let app = Backend::tcp("app");
    add(&world, &["--immutable=/assets", &files, &backends(&[&app])]);
    let found = world.get("s.com", "/assets/a.1f.js").status(200);
    let said = found
        .headers
        .iter()
        .filter(|(name, _)| name == "Cache-Control");
    assert_eq!(said.count(), 1, "{found}");
    let _ = found
        .has_header("Cache-Control", YEAR)
        .lacks_header("Expires");
    let other = world.get("s.com", "/assetsx/b.js").status(200);
    let _ = other.has_header("Cache-Control", "max-age=604800");
    app.always_send("Cache-Control", "no-store");
    for status in [301, 302, 404, 500] {
        app.always_answer(Some(status));
        let answer = world.get("s.com", "/assets/gone.js").status(status);
        let _ = answer.has_header("Cache-Control", "no-store");
    }
    app.always_answer(None);
    let answer = world.get("s.com", "/assets/made.js").status(200);
    let _ = answer.has_header("Cache-Control", YEAR);
}

#[test]
fn what_is_compressed_already_is_sent_as_it_is() {
    let (world, files) = www(&[
        ("app.js", "run()"),
        ("app.js.gz", "ready-made"),
        ("b.js", "alone"),
        ("c.js.gz", "orphan"),
    ]);
    let app = Backend::tcp("app");
    add(&world, &[&files, &backends(&[&app])]);
    let ask = |path: &str, coding: &str| {
        let request = world.request("s.com", path);
        request.header("Accept-Encoding", coding).send().status(200)
    };
    let small = ask("/app.js", "br, gzip").has_header("Content-Encoding", "gzip");
    let small = small.has_header("Vary", "Accept-Encoding");
    assert_eq!(small.text(), "ready-made");
    assert_eq!(ask("/app.js", "identity").text(), "run()");
    assert_eq!(ask("/app.js", "gzip;q=0").text(), "run()");
    let _ = ask("/b.js", "gzip").lacks_header("Content-Encoding");
    let _ = ask("/c.js", "gzip").from_backend("app");
}

#[test]
fn hidden_files_are_never_served_and_well_known_is() {
    let hidden = [
        (".env", "secret"),
        (".git/config", "secret"),
        ("sub/.htpasswd", "secret"),
        (".well-known/security.txt", "known"),
        (".well-known/.secret", "secret"),
        ("a.txt", "a"),
    ];
    let app = Backend::tcp("app");
    for list in [None, Some(backends(&[&app]))] {
        let (world, files) = www(&hidden);
        let mut options = vec![files.as_str()];
        options.extend(list.as_deref());
        add(&world, &options);
        for path in [
            "/.env",
            "/%2Eenv",
            "/%2e%65nv",
            "//.env",
            "/a/../.env",
            "/.git/config",
            "/.git%2Fconfig",
            "/sub/.htpasswd",
            "/.well-known/.secret",
            "/.well-known/../.env",
        ] {
            let answer = world.get("s.com", path);
            assert_ne!(answer.text(), "secret", "{path}");
            let app = answer.header("X-Test-Backend").is_some();
            assert!(app || answer.status == 404, "{path}:\n{answer}");
        }
        let known = world.get("s.com", "/.well-known/security.txt");
        assert_eq!(known.status(200).text(), "known");
    }
}

#[test]
fn no_spelling_of_a_path_leaves_the_folder() {
    let (world, files) = www(&[("a.txt", "a")]);
    write(&world.nginx.prefix().join("outside.txt"), "outside");
    write(&world.nginx.prefix().join("www-old/x.txt"), "outside");
    add(&world, &[&files]);
    for path in [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/a.txt/../../outside.txt",
        "/..%5coutside.txt",
        "/%252e%252e/outside.txt",
        "/..;/outside.txt",
        "/../www-old/x.txt",
        "/a.txt%00.html",
        "/\u{2025}/outside.txt",
    ] {
        let answer = world.get("s.com", path);
        assert!(matches!(answer.status, 400 | 404), "{path}:\n{answer}");
        assert_ne!(answer.text(), "outside", "{path}");
    }
}

#[test]
fn nginxs_own_welcome_page_is_shown_nowhere() {
    let app = Backend::tcp("app");
    let (world, files) = www(&[("a.txt", "a")]);
    let docs = format!("--static-path=/docs:{}/www", world.nginx.prefix().display());
    let below = format!("--backends={}/ci", app.address());
    for options in [
        [files.as_str()].as_slice(),
        &[&docs],
        &["--static="],
        &[&below, "--static-path="],
    ] {
        add(&world, options);
        for host in ["s.com", "unknown.com", ""] {
            for path in [
                "/",
                "/index.html",
                "/50x.html",
                "/docs/",
                "/index.nginx-debian.html",
            ] {
                if let Ok(answer) = world.request(host, path).try_send() {
                    assert!(answer.status >= 300, "{host}{path}:\n{answer}");
                    assert!(!answer.text().contains("Welcome"), "{host}{path}");
                }
            }
        }
    }
}

//! What browsers are told to keep, and what is compressed for them.

use serde_json::json;

use super::{folder, serve, serving, write_override};
use crate::harness::{Backend, Response, World};

fn files(world: &World, app: &Backend) {
    let long = "word ".repeat(1000);
    let root = folder(
        world,
        "www",
        &[
            ("page.html", &long),
            ("sub/index.html", &long),
            ("a.css", &long),
            ("a.js", &long),
            ("a.json", &long),
            ("a.svg", &long),
            ("a.png", &long),
            ("noext", &long),
        ],
    );
    serve(
        world,
        &json!([{ "shortname": "s", "host": "s.com", "static": root, "autoindex": true, "backends": [app.address()] }]),
    );
}

fn cache(answer: &Response) -> &str {
    answer.header("Cache-Control").unwrap_or("none")
}

// defect 26
#[test]
fn pages_are_asked_for_again_and_other_files_kept_for_a_week() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    files(&world, &app);
    for path in ["/page.html", "/sub/", "/sub"] {
        assert_eq!(
            cache(&world.get("s.com", path).status(200)),
            "no-cache",
            "{path}"
        );
    }
    for path in ["/a.css", "/a.js", "/a.png", "/noext"] {
        let answer = world.get("s.com", path).status(200);
        assert_eq!(cache(&answer), "max-age=604800", "{path}");
    }
}

#[test]
fn what_the_app_says_of_caching_is_left_alone() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    files(&world, &app);
    assert_eq!(
        cache(&world.get("s.com", "/app").from_backend("app")),
        "none"
    );
    app.always_send("Cache-Control", "private, max-age=5");
    let answer = world.get("s.com", "/app").from_backend("app");
    let said = answer
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("Cache-Control"));
    assert_eq!(said.count(), 1, "{answer}");
    let _ = answer
        .has_header("Cache-Control", "private, max-age=5")
        .lacks_header("Expires");
}

#[test]
fn a_page_that_has_not_changed_does_not_become_cacheable_by_that() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    files(&world, &app);
    let fresh = world.get("s.com", "/page.html").status(200);
    let tag = fresh.header("ETag").expect("a file has a tag");
    let again = world
        .request("s.com", "/page.html")
        .header("If-None-Match", tag);
    let again = again.send().status(304);
    let said = format!("{} {:?}", cache(&again), again.header("Expires"));
    assert!(
        !said.contains("max-age") && !said.contains("604800"),
        "{again}"
    );
}

#[test]
fn a_charset_does_not_make_pages_cacheable() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    files(&world, &app);
    write_override(&world, "s", "server", "charset utf-8;\n");
    let _ = world.mech(["refresh"]).ok();
    let page = world.get("s.com", "/page.html");
    assert_eq!(cache(&page), "no-cache");
    let _ = page.has_header("Content-Type", "text/html; charset=utf-8");
}

// defect 31
#[test]
fn text_is_compressed_for_those_who_take_it() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    files(&world, &app);
    for (path, expected) in [
        ("/page.html", Some("gzip")),
        ("/a.css", Some("gzip")),
        ("/a.js", Some("gzip")),
        ("/a.json", Some("gzip")),
        ("/a.svg", Some("gzip")),
        ("/a.png", None),
        // The backend's answers are JSON.
        ("/app/size/9000", Some("gzip")),
    ] {
        let request = world
            .request("s.com", path)
            .header("Accept-Encoding", "gzip");
        let answer = request.send().status(200);
        assert_eq!(answer.header("Content-Encoding"), expected, "{path}");
        if expected.is_some() {
            assert_eq!(answer.header("Vary"), Some("Accept-Encoding"), "{path}");
            assert!(answer.body.starts_with(&[0x1f, 0x8b]), "{path}");
        }
        let plain = world.get("s.com", path).status(200);
        assert_eq!(plain.header("Content-Encoding"), None, "{path}");
        assert_eq!(
            plain.header("Vary"),
            expected.map(|_| "Accept-Encoding"),
            "{path}"
        );
    }
}

// defect 31
#[test]
fn answers_that_pass_another_proxy_are_compressed_too() {
    let app = Backend::tcp("app");
    let world =
        serving(&json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }]));
    let request = world
        .request("s.com", "/size/9000")
        .header("Via", "1.1 cdn");
    let answer = request.header("Accept-Encoding", "gzip").send();
    let _ = answer.has_header("Content-Encoding", "gzip");
}

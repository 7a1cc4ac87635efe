//! Files first, then the app.

use serde_json::json;

use super::{folder, serve, write};
use crate::harness::{Backend, World};

/// A site `s.com` with files and, where given, an app behind them.
fn site(world: &World, app: Option<&Backend>, autoindex: Option<bool>) {
    let files = [
        ("a.txt", "file a"),
        ("space name.txt", "spaced"),
        ("sub/index.html", "<p>sub index</p>"),
        ("bare/b.txt", "file b"),
        ("index.html", "<p>home</p>"),
    ];
    let root = folder(world, "www", &files);
    let mut site = json!({ "shortname": "s", "host": "s.com", "static": root });
    if let Some(app) = app {
        site["backends"] = json!([app.address()]);
    }
    if let Some(on) = autoindex {
        site["autoindex"] = json!(on);
    }
    serve(world, &json!([site]));
}

#[test]
fn files_are_served_first_and_all_else_reaches_the_app() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, Some(&app), None);
    for (path, text) in [("/a.txt", "file a"), ("/space%20name.txt", "spaced")] {
        let answer = world.get("s.com", path).status(200).body_has(text);
        let _ = answer.lacks_header("X-Test-Backend");
    }
    assert_eq!(app.requests(), 0);
    for path in [
        "/",
        "/none.txt",
        "/sub/",
        "/sub",
        "/bare/",
        "/a.txt/",
        "/a%2Etxt.bak",
    ] {
        let answer = world.get("s.com", path).status(200).from_backend("app");
        assert_eq!(answer.echo().target, path);
    }
}

#[test]
fn a_post_to_the_url_of_a_file_reaches_the_app() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, Some(&app), None);
    for method in ["POST", "PUT", "DELETE"] {
        let request = world.request("s.com", "/a.txt?x=%20").method(method);
        let echo = request.body("hello").send().status(200).echo();
        assert_eq!((echo.method.as_str(), echo.body_length), (method, 5));
        assert_eq!(echo.target, "/a.txt?x=%20");
    }
    // The app's own 405 is not mistaken for nginx's.
    let answer = world.request("s.com", "/status/405").body("x").send();
    let _ = answer.status(405).from_backend("app");
}

// defect 27
#[test]
fn autoindex_serves_index_html_and_never_a_listing() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, Some(&app), Some(true));
    let _ = world.get("s.com", "/").body_has("home");
    for path in ["/sub/", "/sub"] {
        let _ = world.get("s.com", path).status(200).body_has("sub index");
    }
    let answer = world.get("s.com", "/bare/").status(200);
    let _ = answer.from_backend("app");
}

#[test]
fn a_site_of_files_alone_serves_its_index_and_404_for_the_rest() {
    let world = World::new();
    site(&world, None, None);
    let _ = world.get("s.com", "/").status(200).body_has("home");
    let _ = world
        .get("s.com", "/sub/")
        .status(200)
        .body_has("sub index");
    let _ = world.get("s.com", "/a.txt").status(200).body_has("file a");
    for path in [
        "/none",
        "/bare/",
        "/bare",
        "/../nginx.conf",
        "/%2e%2e/nginx.conf",
    ] {
        let answer = world.get("s.com", path);
        assert!(matches!(answer.status, 400 | 404), "{path}: {answer}");
        assert!(!answer.text().contains("b.txt") && !answer.text().contains("worker_processes"));
    }
    site(&world, None, Some(false));
    let _ = world.get("s.com", "/").status(404);
    let _ = world.get("s.com", "/a.txt").status(200);
}

// defect 9
#[test]
fn an_app_without_files_gets_every_url_and_nginx_shows_nothing_of_its_own() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    serve(
        &world,
        &json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }]),
    );
    for path in ["/", "/index.html", "/50x.html", "/index.nginx-debian.html"] {
        let answer = world.get("s.com", path).status(200).from_backend("app");
        let _ = answer.lacks_header("Expires").lacks_header("Cache-Control");
    }
}

// defect 8
#[test]
fn a_folder_of_any_name_is_served() {
    let names = [
        "a b",
        "it's & <that>",
        "semi;colon {brace} #hash",
        "$host",
        "back\\slash \"quoted\"",
        "größe",
    ];
    let world = World::new();
    let sites: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(number, name)| {
            let root = folder(&world, name, &[]);
            write(&root.join("f.txt"), name);
            json!({ "shortname": format!("s{number}"), "host": format!("s{number}.com"), "static": root })
        })
        .collect();
    serve(&world, &json!(sites));
    for (number, name) in names.iter().enumerate() {
        let answer = world.get(&format!("s{number}.com"), "/f.txt").status(200);
        assert_eq!(answer.body, name.as_bytes());
    }
}

#[test]
fn trace_is_answered_by_nginx_and_never_by_the_app() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    site(&world, Some(&app), None);
    for path in ["/", "/a.txt"] {
        let answer = world.request("s.com", path).method("TRACE").send();
        let _ = answer.status(405).lacks_header("X-Test-Backend");
    }
}

//! `--static-path`: a folder of files for a path of its own.

use std::path::PathBuf;

use super::{add, backends, folder, write};
use crate::harness::{Backend, World};

/// A site with an app and `/docs` and `/assets` of folders beside `secret.txt`.
fn site(app: &Backend, more: &[&str]) -> (World, PathBuf) {
    let world = World::new();
    let files = [
        ("secret.txt", "secret"),
        ("docs/index.html", "<p>docs home</p>"),
        ("docs/a.txt", "file a"),
        ("docs/sub/index.html", "<p>sub home</p>"),
        ("docs/space name.txt", "spaced"),
        ("docs/.env", "PASSWORD"),
        ("docs/.git/config", "git"),
        ("docs/.well-known/x.txt", "known"),
        ("docs/.well-known/.hidden", "hidden"),
        ("docs-old/b.txt", "old"),
        ("assets/app.css", "body{color:red}"),
        ("assets/list.json", "[]"),
    ];
    let root = folder(&world, "srv", &files);
    let list = backends(&[app]);
    let docs = format!("--static-path=/docs:{}", root.join("docs").display());
    let assets = format!("--static-path=/assets:{}/assets/", root.display());
    let mut options = vec![list.as_str(), &docs, &assets];
    options.extend(more);
    add(&world, &options);
    (world, root)
}

#[test]
fn files_of_the_folder_and_nothing_else() {
    let app = Backend::tcp("app");
    let (world, _) = site(&app, &[]);
    for (path, text) in [
        ("/docs/a.txt", "file a"),
        ("/docs/a.txt?v=1", "file a"),
        ("/docs/space%20name.txt", "spaced"),
        ("/docs//a.txt", "file a"),
        ("/assets/app.css", "color:red"),
    ] {
        let _ = world.get("s.com", path).status(200).body_has(text);
    }
    for path in [
        "/docs/none.txt",
        "/docs/a.txt/",
        "/assets/docs/a.txt",
        "/assets/",
    ] {
        let answer = world.get("s.com", path).status(404);
        let _ = answer.lacks_header("X-Test-Backend");
    }
    assert_eq!(app.requests(), 0);
    for path in ["/", "/docsx/a.txt", "/docs-old/b.txt", "/a.txt"] {
        let _ = world.get("s.com", path).status(200).from_backend("app");
    }
}

#[test]
fn a_folder_shows_its_page_and_never_a_listing() {
    let app = Backend::tcp("app");
    let (world, _) = site(&app, &[]);
    let _ = world
        .get("s.com", "/docs/")
        .status(200)
        .body_has("docs home");
    let _ = world
        .get("s.com", "/docs/sub/")
        .status(200)
        .body_has("sub home");
    let answer = world.get("s.com", "/docs?x=1").status(308);
    let location = answer.header("Location").unwrap();
    assert!(location.ends_with("/docs/?x=1"), "{location}");
    add(&world, &["--autoindex=false"]);
    for path in ["/docs/", "/docs/sub/"] {
        let _ = world.get("s.com", path).status(404);
    }
    assert_eq!(app.requests(), 0);
}

#[test]
fn names_with_a_dot_are_no_files_but_for_well_known() {
    let app = Backend::tcp("app");
    let (world, _) = site(&app, &[]);
    for path in [
        "/docs/.env",
        "/docs/%2Eenv",
        "/docs/.git/config",
        "/docs/sub/../.env",
        "/docs/.well-known/.hidden",
    ] {
        let answer = world.get("s.com", path).status(404);
        assert!(!answer.text().contains("PASSWORD"));
    }
    let known = world.get("s.com", "/docs/.well-known/x.txt").status(200);
    assert_eq!(known.text(), "known");
    assert_eq!(app.requests(), 0);
}

#[test]
fn nobody_climbs_out_of_the_folder() {
    let app = Backend::tcp("app");
    let (world, _) = site(&app, &[]);
    for path in [
        "/docs../secret.txt",
        "/docs/../secret.txt",
        "/docs/..%2Fsecret.txt",
        "/docs/%2e%2e/secret.txt",
        "/docs/%2e%2e%2fsecret.txt",
        "/docs/..%5Csecret.txt",
        "/docs/....//secret.txt",
        "/docs/sub/../../secret.txt",
        "/docs/..;/secret.txt",
        "/docs/%252e%252e/secret.txt",
        "/assets../docs/.env",
        "/assets/../../secret.txt",
    ] {
        let answer = world.get("s.com", path);
        let app = answer.header("X-Test-Backend").is_some();
        assert!(
            app || matches!(answer.status, 400 | 404),
            "{path}:\n{answer}"
        );
        assert_ne!(answer.text(), "secret", "{path}");
    }
}

#[test]
fn what_is_said_of_a_single_file_holds_for_it() {
    let app = Backend::tcp("app");
    let more = [
        "--deny=/docs/a.txt all,/docs/sub all",
        "--header=/docs/index.html X-Page: yes",
    ];
    let (world, _) = site(&app, &more);
    for path in [
        "/docs/a.txt",
        "/docs/%61.txt",
        "/docs//a.txt",
        "/docs/a.txt/",
        "/docs/sub",
        "/docs/sub/",
        "/docs/sub/index.html",
    ] {
        let _ = world.get("s.com", path).status(403);
    }
    let page = world.get("s.com", "/docs/index.html").status(200);
    let _ = page.has_header("X-Page", "yes").body_has("docs home");
    let _ = world.get("s.com", "/assets/app.css").status(200);
}

#[test]
fn files_take_get_and_head_and_parts_and_nothing_else() {
    let app = Backend::tcp("app");
    let (world, _) = site(&app, &[]);
    let request = || world.request("s.com", "/docs/a.txt");
    let head = request().method("HEAD").send().status(200);
    assert_eq!(
        (head.header("Content-Length"), head.body.len()),
        (Some("6"), 0)
    );
    let part = request().header("Range", "bytes=5-").send();
    let part = part.status(206).has_header("Content-Range", "bytes 5-5/6");
    assert_eq!(part.text(), "a");
    let first = request().send();
    let tag = first.header("ETag").unwrap();
    let _ = request().header("If-None-Match", tag).send().status(304);
    for method in ["POST", "PUT", "DELETE"] {
        let answer = request().method(method).body("x").send();
        let _ = answer.status(405).lacks_header("X-Test-Backend");
    }
}

#[test]
fn a_file_that_is_compressed_already_is_sent_so_to_those_who_take_it() {
    let app = Backend::tcp("app");
    let (world, root) = site(&app, &[]);
    write(&root.join("assets/app.css.gz"), b"ready-made");
    let ask = |coding: &str| {
        let request = world.request("s.com", "/assets/app.css");
        let answer = request.header("Accept-Encoding", coding).send();
        answer.status(200).has_header("Vary", "Accept-Encoding")
    };
    let small = ask("gzip").has_header("Content-Encoding", "gzip");
    assert_eq!(small.text(), "ready-made");
    let plain = ask("identity").lacks_header("Content-Encoding");
    assert_eq!(plain.text(), "body{color:red}");
}

#[test]
fn pages_are_asked_for_again_and_other_files_kept() {
    let app = Backend::tcp("app");
    let (world, _) = site(&app, &["--immutable=/assets"]);
    for (path, kept) in [
        ("/docs/", "no-cache"),
        ("/docs/index.html", "no-cache"),
        ("/docs/a.txt", "max-age=604800"),
        ("/assets/app.css", "public, max-age=31536000, immutable"),
    ] {
        let answer = world.get("s.com", path).status(200);
        let _ = answer.has_header("Cache-Control", kept);
    }
    let missing = world.get("s.com", "/assets/gone.css").status(404);
    let _ = missing.lacks_header("Cache-Control");
}

#[test]
fn folders_and_backends_nest_in_each_other() {
    let (app, deep) = (Backend::tcp("app"), Backend::tcp("deep"));
    let world = World::new();
    let files = [("in/a.txt", "inner"), ("in/deep/b.txt", "never")];
    let root = folder(&world, "srv", &files);
    let list = format!(
        "--backends={}/app,{}/app/in/deep",
        app.address(),
        deep.address()
    );
    let inner = format!("--static-path=/app/in:{}", root.join("in").display());
    add(&world, &[&list, &inner]);
    let _ = world.get("s.com", "/app/x").status(200).from_backend("app");
    let file = world.get("s.com", "/app/in/a.txt").status(200);
    assert_eq!(file.text(), "inner");
    let answer = world.get("s.com", "/app/in/deep/b.txt").status(200);
    let _ = answer.from_backend("deep");
    let _ = world.get("s.com", "/").status(404);
}

//! Pages of a site's own in place of nginx's errors.

use super::{add, folder, once, to};
use crate::harness::{Backend, World, free_port};

#[test]
fn a_file_is_shown_with_its_own_type_and_the_errors_status() {
    let world = World::new();
    let pages = folder(
        &world,
        "pages",
        &[
            ("down.html", "<p>ours</p>"),
            ("large.json", "{\"ours\":1}"),
            ("often.txt", "too often"),
        ],
    );
    let page = |codes: &str, file: &str| format!("--error-page={codes}:{}/{file}", pages.display());
    let backend = format!("--backends={}", free_port());
    let options = [
        page("502,504", "down.html"),
        page("413", "large.json"),
        page("429", "often.txt"),
    ];
    add(
        &world,
        "s",
        [backend.as_str(), "--max-body=1k", "--rate=/login 1r/m"]
            .into_iter()
            .chain(options.iter().map(String::as_str)),
    );
    let down = world.get("s.test", "/").status(502).body_has("<p>ours</p>");
    once(&down, "Content-Type", "text/html");
    let large = world
        .request("s.test", "/")
        .body("x".repeat(2000))
        .send()
        .status(413);
    once(
        &large.body_has("{\"ours\":1}"),
        "Content-Type",
        "application/json",
    );
    let _ = world.get("s.test", "/login").status(502);
    let often = world
        .get("s.test", "/login")
        .status(429)
        .body_has("too often");
    once(&often, "Content-Type", "text/plain");
    let post = world.request("s.test", "/").body("x").send().status(502);
    let _ = post.body_has("<p>ours</p>");
    let head = world
        .request("s.test", "/")
        .method("HEAD")
        .send()
        .status(502);
    assert_eq!(head.text(), "");
    // The page has no address of its own.
    let own = world.get("s.test", "/.mech/error/1.html");
    assert_eq!(own.status, 404, "{own}");
}

#[test]
fn a_path_of_the_site_is_shown_with_and_without_files() {
    let app = Backend::tcp("app");
    let world = World::new();
    let files = folder(
        &world,
        "files",
        &[("404.html", "not here"), ("in/a.txt", "a")],
    );
    let files = format!("--static={}", files.display());
    add(
        &world,
        "s",
        [files.as_str(), "--error-page=404,405:/404.html"],
    );
    for target in ["/none", "/in/none", "/.env", "/in/.env"] {
        let answer = world.get("s.test", target).status(404).body_has("not here");
        once(&answer, "Content-Type", "text/html");
    }
    let _ = world
        .get("s.test", "/404.html")
        .status(200)
        .body_has("not here");
    let _ = world
        .request("s.test", "/in/a.txt")
        .body("x")
        .send()
        .status(405)
        .body_has("not here");
    add(
        &world,
        "t",
        [
            to(&app).as_str(),
            "--error-page=413:/too-large",
            "--max-body=1k",
        ],
    );
    let large = world
        .request("t.test", "/up")
        .body("x".repeat(2000))
        .send()
        .status(413);
    let seen = large.from_backend("app").echo();
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("GET", "/too-large")
    );
}

#[test]
fn what_an_app_answers_itself_is_never_replaced() {
    let app = Backend::tcp("app");
    let world = World::new();
    let pages = folder(&world, "pages", &[("any.html", "ours")]);
    let page = format!(
        "--error-page=400,401,403,404,500,502,503,504:{}/any.html",
        pages.display()
    );
    add(&world, "s", [to(&app).as_str(), &page]);
    for status in [400, 401, 403, 404, 500, 502, 503, 504] {
        let _ = world
            .get("s.test", &format!("/status/{status}"))
            .status(status)
            .from_backend("app");
    }
}

#[test]
fn a_page_that_is_on_two_lists_or_for_no_error_is_refused() {
    let app = Backend::tcp("app");
    let world = World::new();
    for (first, second, words) in [
        ("502:/a", "502,504:/b", "`error-page` twice for `502`"),
        ("200:/a", "502:/b", "`200` is no status of an error"),
        ("444:/a", "502:/b", "`444` is no status of an error"),
        ("502:a", "504:/b", "an absolute path is expected"),
    ] {
        let pages = [first, second].map(|page| format!("--error-page={page}"));
        let ran = world
            .mech(["add", "s", &to(&app), &pages[0], &pages[1]])
            .code(1);
        let _ = ran.no_panic().stderr_has(words);
    }
}

#[test]
fn hostile_names_of_pages_are_paths_and_nothing_else() {
    let world = World::new();
    let name = "a $host \"b\" ;{} é.html";
    let pages = folder(&world, "pages", &[(name, "found")]);
    let backend = format!("--backends={}", free_port());
    let page = format!("--error-page=502:{}/{name}", pages.display());
    add(&world, "s", [backend.as_str(), &page]);
    let _ = world.get("s.test", "/").status(502).body_has("found");
}

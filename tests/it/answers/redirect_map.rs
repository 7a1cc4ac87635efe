//! Redirects of single paths, from a file.

use super::{add, folder, to, write};
use crate::harness::{Backend, World};

const MAP: &str = "from,to,code\n\
/old,/new,\n\
/gone,https://elsewhere.test/here?a=b&c=%2F,308\n\
/a%20b/%C3%BC,/plain,301\n\
/fixed,/new?x=1,307\n\
/in/old,/in/new\n\
\"/quo\"\"te;{}$x\",/new$1,302\n";

fn world_with_map(app: &Backend) -> World {
    let world = World::new();
    let map = folder(&world, "map", &[("map.csv", MAP)]).join("map.csv");
    let map = format!("--redirect-map={}", map.display());
    add(&world, "s", [to(app).as_str(), &map, "--redirect-code=301"]);
    world
}

#[test]
fn each_row_redirects_its_path_and_keeps_the_query() {
    let app = Backend::tcp("app");
    let world = world_with_map(&app);
    for (target, status, location) in [
        ("/old", 301, "/new"),
        ("/old?a=b&c", 301, "/new?a=b&c"),
        ("/gone", 308, "https://elsewhere.test/here?a=b&c=%2F"),
        ("/gone?mine=1", 308, "https://elsewhere.test/here?a=b&c=%2F"),
        ("/a%20b/%c3%bc", 301, "/plain"),
        ("/%61%20b/%C3%BC?q", 301, "/plain?q"),
        ("/fixed", 307, "/new?x=1"),
        ("/quo%22te;%7b%7d$x", 302, "/new$1"),
    ] {
        let answer = world.get("s.test", target).status(status);
        let _ = answer.redirects_to(location);
    }
    for target in ["/old/", "/old/x", "/older", "/new", "/OLD"] {
        let _ = world.get("s.test", target).status(200).from_backend("app");
    }
    let post = world.request("s.test", "/fixed").body("x").send();
    let _ = post.status(307).redirects_to("/new?x=1");
}

#[test]
fn a_row_says_it_over_tls_and_before_files_too() {
    let app = Backend::tcp("app");
    let world = World::new();
    let cert = world.cert("s", &["s.test"]);
    let files = folder(&world, "files", &[("old", "a file")]);
    let map = folder(&world, "map", &[("map.csv", "/old,/new\n")]).join("map.csv");
    let options = [
        format!("--static={}", files.display()),
        format!("--redirect-map={}", map.display()),
    ];
    add(
        &world,
        "s",
        [to(&app).as_str(), &options[0], &options[1], "--https"],
    );
    let _ = world.get("s.test", "/old").status(302).redirects_to("/new");
    let tls = world.https("s.test", "/old?x").cacert(&cert.cer).send();
    let _ = tls.status(302).redirects_to("/new?x");
    // An edit counts from the next refresh on.
    write(&map, "/older,/new\n");
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded");
    let _ = world.get("s.test", "/old").status(200).body_has("a file");
    let _ = world
        .get("s.test", "/older")
        .status(302)
        .redirects_to("/new");
}

#[test]
fn a_row_is_heard_for_a_path_of_which_something_else_is_said() {
    let app = Backend::tcp("app");
    let world = world_with_map(&app);
    let _ = world.mech(["update", "s", "--timeout=/old 5s,/in 5s"]).ok();
    let _ = world
        .get("s.test", "/old?x")
        .status(301)
        .redirects_to("/new?x");
    let _ = world
        .get("s.test", "/in/old")
        .status(301)
        .redirects_to("/in/new");
    let _ = world.get("s.test", "/old/x").status(200);
}

//! react-server: pages from one port and bundles from another, by stand-ins that answer with what they were asked.

use super::{folder, follow, write};
use crate::harness::{Backend, World};

const TITLE: &str = "react-server";
const HOST: &str = "www.example.com";
const A_YEAR: &str = "public, max-age=31536000, immutable";

fn world() -> (World, Backend, Backend, [(&'static str, String); 3]) {
    let (app, bundles) = (Backend::tcp("app"), Backend::tcp("bundles"));
    let world = World::new();
    let here = [
        ("localhost:3000", app.address()),
        ("localhost:3001", bundles.address()),
        ("/srv/web", folder(&world, "web")),
    ];
    (world, app, bundles, here)
}

#[test]
fn pages_come_from_the_app_and_bundles_from_the_other_port_for_a_year() {
    let (world, _app, bundles, here) = world();
    bundles.always_send("Cache-Control", "public, max-age=0");
    let _ = follow(&world, TITLE, 0..1, &here);
    for target in ["/", "/page?a=b", "/assetsx", "/x/assets/a.js"] {
        let answer = world.get(HOST, target).status(200).from_backend("app");
        assert_eq!(answer.echo().target, target);
        let _ = answer.lacks_header("Cache-Control");
    }
    let bundle = world.get(HOST, "/assets/main.3f9a1c.js?v=1");
    let bundle = bundle.status(200).from_backend("bundles");
    // react-server serves its bundles at the root of their port.
    assert_eq!(bundle.echo().target, "/main.3f9a1c.js?v=1");
    let caching = bundle
        .headers
        .iter()
        .filter(|(name, _)| name == "Cache-Control");
    let caching: Vec<&str> = caching.map(|(_, value)| value.as_str()).collect();
    assert_eq!(caching, [A_YEAR]);
}

#[test]
fn an_error_below_assets_is_not_kept_for_a_year() {
    let (world, _app, mut bundles, here) = world();
    let _ = follow(&world, TITLE, 0..1, &here);
    let _ = world
        .get(HOST, "/assets/status/404")
        .status(404)
        .from_backend("bundles")
        .lacks_header("Cache-Control");
    bundles.stop();
    let _ = world
        .get(HOST, "/assets/main.js")
        .status(502)
        .lacks_header("Cache-Control");
    let _ = world.get(HOST, "/").status(200).from_backend("app");
}

#[test]
fn bundles_from_disk_need_no_process() {
    let (world, app, bundles, here) = world();
    let file = format!("{}/__clientTemp/build/main.3f9a1c.js", here[2].1);
    write(file.as_ref(), "let bundle;");
    let _ = follow(&world, TITLE, 0..2, &here);
    let _ = world
        .get(HOST, "/assets/main.3f9a1c.js")
        .status(200)
        .body_has("let bundle;")
        .has_header("Cache-Control", A_YEAR);
    let _ = world
        .get(HOST, "/assets/gone.js")
        .status(404)
        .lacks_header("Cache-Control");
    let _ = world.get(HOST, "/").status(200).from_backend("app");
    assert_eq!((app.requests(), bundles.requests()), (1, 0));
}

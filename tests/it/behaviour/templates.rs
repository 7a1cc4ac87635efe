//! Templates of one's own.

use serde_json::json;

use super::{serving, write};
use crate::harness::Backend;

#[test]
fn a_template_of_ones_own_replaces_the_built_in_of_its_name() {
    let app = Backend::tcp("app");
    let world =
        serving(&json!([{ "shortname": "s", "host": "s.com", "backends": [app.address()] }]));
    let built_in = mech::render::TEMPLATES
        .iter()
        .find(|(name, _)| *name == "site.conf")
        .unwrap()
        .1;
    let own = built_in.replace("server_name", "add_header X-Template own;\n    server_name");
    let folder = world.nginx.prefix().join("templates");
    write(&folder.join("site.conf"), &own);
    let _ = world
        .mech(["set", "template", folder.to_str().unwrap()])
        .ok();
    let _ = world
        .get("s.com", "/")
        .status(200)
        .has_header("X-Template", "own");
    write(
        &folder.join("site.conf"),
        own.replace("add_header", "add_haeder"),
    );
    let run = world.mech(["refresh"]).code(4);
    let _ = run.stderr_has("add_haeder");
    let _ = world.get("s.com", "/").has_header("X-Template", "own");
}

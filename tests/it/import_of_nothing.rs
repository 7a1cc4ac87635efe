//! An import that takes over no site: mechanic's file gives way all the same, as the plan says.

#![expect(clippy::disallowed_methods, reason = "test code looks at files")]

use std::fs;

use serde_json::json;

use crate::harness::World;

#[test]
fn a_mechanic_without_sites_gives_way_too() {
    let world = World::new();
    let settings =
        json!({ "conf": world.nginx.conf_dir(), "logs": world.nginx.prefix().join("logs") });
    let file = world.home.path().join("mechanic.json");
    let registry = json!({ "settings": settings, "sites": [] });
    fs::write(&file, registry.to_string()).unwrap();
    let text = "# written by mechanic, and empty but for this\n";
    world.nginx.add_conf("mechanic.conf", text);
    let _ = world
        .mech(["import", "mechanic", file.to_str().unwrap()])
        .ok();
    let old = world.nginx.conf_dir().join("mechanic.conf");
    assert!(!old.exists(), "nginx still reads {}", old.display());
    let kept = world.home.data().join("registry.d/imported/mechanic.conf");
    assert_eq!(fs::read_to_string(kept).unwrap(), text);
    world.no_stray_files();
}

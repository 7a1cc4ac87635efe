//! Registries of mechanic's with something in them that mech must not take over.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::refusals::Watched;

/// A registry of mechanic's with one site.
fn mechanic(prefix: &Path, site: &Value) -> String {
    let mut site = site.clone();
    for (key, value) in [("shortname", "old"), ("host", "old.example")] {
        site.as_object_mut()
            .unwrap()
            .entry(key)
            .or_insert(json!(value));
    }
    json!({
        "settings": {"conf": prefix.join("conf.d"), "overrides": prefix.join("mechanic-overrides"),
                     "logs": prefix.join("logs"), "restart": "true"},
        "sites": [site],
    })
    .to_string()
}

#[test]
fn a_hostile_registry_of_the_predecessor_is_not_taken_over() {
    let watched = Watched::new();
    let prefix = watched.world.nginx.prefix().to_owned();
    let _ = watched.world.mech(["reset", "--yes"]).ok();
    let registry: Value = json!({"version": 1, "settings": {}, "sites": []});
    let mut registry = registry;
    registry["settings"] = watched.registry()["settings"].clone();
    watched.write(&registry.to_string());
    let _ = watched.world.mech(["refresh"]).ok();
    watched.forget_calls();
    let file = watched.world.home.path().join("mechanic.json");
    let import = ["import", "mechanic", file.to_str().unwrap()];
    for site in [
        json!({"host": "a;b", "backends": ["localhost:3000"]}),
        json!({"host": "a {} server {", "backends": ["localhost:3000"]}),
        json!({"aliases": ["ok.com", "x\ny"], "backends": ["localhost:3000"]}),
        json!({"shortname": "../../etc", "backends": ["localhost:3000"]}),
        json!({"backends": ["localhost:3000; }"]}),
        json!({"static": "/srv\nroot /", "backends": ["localhost:3000"]}),
        json!({"static": "/srv\u{0}", "backends": ["localhost:3000"]}),
        json!({"redirect": "https://x/\r\nX: y"}),
        json!({"redirect-full": "https://x/$host{"}),
    ] {
        fs::write(&file, mechanic(&prefix, &site)).unwrap();
        watched.refuses(1, &import, &[]);
    }
    for (text, says) in [
        ("", "line"),
        ("[]", "mechanic.json"),
        ("{\"sites\": 7}", "mechanic.json"),
        ("{\"sites\": [7]}", "not carried"),
    ] {
        fs::write(&file, text).unwrap();
        watched.refuses(1, &import, &[says]);
    }
    fs::remove_file(&file).unwrap();
    watched.refuses(1, &import, &["mechanic.json"]);
}

//! The modules of the nginx that is found.

use std::fs;

use mech::model::Settings;
use mech::system::environment::Environment;
use mech::system::machine::Machine;
use serde_json::Value;

use crate::harness::World;

#[test]
fn modules_that_the_main_configuration_loads_are_there() {
    let world = World::stopped();
    let prefix = world.nginx.prefix();
    let modules = || {
        let settings = Settings {
            nginx: Some(world.nginx.command().parse().unwrap()),
            ..Settings::default()
        };
        let registry = world.home.registry();
        let environment = Environment::read();
        let machine = Machine::look(&settings, &environment, &registry, None, None).unwrap();
        machine.capabilities().modules
    };
    let before = modules();
    assert!(!before.brotli_static);
    let main = fs::read_to_string(prefix.join("nginx.conf")).unwrap();
    let enabled = prefix.join("modules-enabled");
    fs::create_dir(&enabled).unwrap();
    // As Debian's packages of modules do it; the file need not be there to be read about.
    let line = "load_module modules/ngx_http_brotli_static_module.so;\n";
    fs::write(enabled.join("50-mod-http-brotli-static.conf"), line).unwrap();
    world
        .nginx
        .replace_main(&format!("include {}/*.conf;\n{main}", enabled.display()));
    let after = modules();
    assert!(after.brotli_static);
    assert_eq!((after.realip, after.http2), (before.realip, before.http2));
}

#[test]
fn a_record_from_before_modules_were_noted_is_asked_anew() {
    let world = World::new();
    let _ = world.mech(["add", "shop", "--backends=3000"]).ok();
    let file = world.home.data().join("registry.d/applied.json");
    let read = || serde_json::from_slice::<Value>(&fs::read(&file).unwrap()).unwrap();
    let noted = read();
    let built_with = &noted["nginx"]["build"]["built_with"];
    let words = built_with.as_array().unwrap();
    assert!(
        words.iter().any(|word| word == "--with-http_ssl_module"),
        "{built_with}"
    );
    let mut old = noted.clone();
    let build = old["nginx"]["build"].as_object_mut().unwrap();
    build.remove("built_with");
    for later in ["addresses", "redirects", "trusted"] {
        old.as_object_mut().unwrap().remove(later);
    }
    fs::write(&file, old.to_string()).unwrap();
    let refresh = world.mech(["refresh"]).ok();
    assert_eq!(
        refresh.last_line(),
        "refresh: unchanged, nginx was left alone"
    );
    let _ = world
        .mech(["update", "shop", "--aliases=s.example"])
        .ok()
        .stderr_has("nginx has reloaded");
    assert_eq!(read()["nginx"], noted["nginx"]);
}

//! Which log a request stands in.

use std::fs;

use serde_json::json;

use super::{folder, serving};
use crate::harness::{Backend, Cert, World, until};

fn log(world: &World, name: &str) -> Option<String> {
    fs::read_to_string(world.nginx.prefix().join("logs").join(name)).ok()
}

fn two_sites(app: &Backend) -> World {
    serving(&json!([
        { "shortname": "one", "host": "one.com", "aliases": ["a.com"], "canonical": true, "backends": [app.address()] },
        { "shortname": "two", "host": "two.com", "backends": [app.address()] },
    ]))
}

/// Waits for a line with `text`, because nginx writes it after the visitor has the answer.
#[track_caller]
fn logged(world: &World, name: &str, text: &str) -> String {
    until(&format!("`{text}` stands in {name}"), || {
        log(world, name).is_some_and(|log| log.contains(text))
    });
    log(world, name).unwrap()
}

#[test]
fn every_site_has_logs_of_its_own() {
    let app = Backend::tcp("app");
    let world = two_sites(&app);
    let _ = world.get("one.com", "/first");
    let _ = world.get("a.com", "/redirected");
    let _ = world.get("two.com", "/second");
    let _ = logged(&world, "one.access.log", "GET /first ");
    let one = logged(&world, "one.access.log", "GET /redirected ");
    let two = logged(&world, "two.access.log", "GET /second ");
    assert!(
        !two.contains("/first") && !one.contains("/second"),
        "{one}{two}"
    );
    drop(app);
    let _ = world.get("one.com", "/gone").status(502);
    let _ = logged(&world, "one.error.log", "/gone");
    assert_eq!(log(&world, "two.error.log").as_deref(), Some(""));
}

#[test]
fn logs_shared_are_one_pair_that_names_site_and_host() {
    let app = Backend::tcp("app");
    let world = two_sites(&app);
    let _ = world.mech(["set", "logs-shared", "true"]).ok();
    let _ = world.get("one.com", "/first");
    let _ = world.get("two.com", "/second");
    let _ = world.get("a.com", "/redirected");
    for (site, host, path) in [
        ("one", "one.com", "/first"),
        ("two", "two.com", "/second"),
        ("one", "a.com", "/redirected"),
    ] {
        let shared = logged(&world, "mech.access.log", path);
        let line = shared.lines().find(|line| line.contains(path)).unwrap();
        let start = format!("{site} {host} 127.0.0.1 - - [");
        assert!(line.starts_with(&start), "{shared}");
    }
    let own = log(&world, "one.access.log").unwrap_or_default();
    assert!(!own.contains("/first"), "{own}");
    let _ = world.mech(["set", "logs-shared", "false"]).ok();
    let _ = world.get("one.com", "/third");
    let _ = logged(&world, "one.access.log", "/third");
}

#[test]
fn logs_go_to_the_folder_that_is_set() {
    let app = Backend::tcp("app");
    let world = two_sites(&app);
    let folder = world.nginx.prefix().join("logs/a folder & {more};");
    fs::create_dir(&folder).unwrap();
    let _ = world.mech(["set", "logs", folder.to_str().unwrap()]).ok();
    let _ = world.get("one.com", "/first").status(200);
    let _ = logged(&world, "a folder & {more};/one.access.log", "/first");
}

#[test]
fn a_folder_that_nginx_would_take_for_a_variable_is_refused() {
    let app = Backend::tcp("app");
    let world = two_sites(&app);
    let variable = folder(&world, "logs/$host", &[]);
    let _ = world.mech(["refresh"]).ok();
    let folder = variable.to_str().unwrap();
    let run = world.untouched_by(|| world.mech(["set", "logs", folder]).code(1));
    let _ = run.stderr_has(folder).no_panic();
    // Without https no file of this folder is named.
    let _ = world.mech(["set", "certs", folder]).ok();
    Cert::make(&variable, "one", &["one.com"]);
    let run = world.mech(["update", "one", "--https"]).code(1);
    let _ = run.stderr_has(folder).no_panic();
}

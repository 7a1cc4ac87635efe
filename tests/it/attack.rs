//! What a rough machine does to mech: links, read-only folders, a missing umask, words in the wrong place.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and prepares the files that it tests with"
)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::harness::{World, free_port};

/// A world whose registry is a link into a checkout on another file system.
fn linked() -> (World, TempDir, PathBuf) {
    let world = World::new();
    let checkout = tempfile::tempdir_in("/dev/shm").unwrap();
    let real = checkout.path().join("sites.json");
    fs::copy(world.home.registry(), &real).unwrap();
    fs::remove_file(world.home.registry()).unwrap();
    symlink(&real, world.home.registry()).unwrap();
    (world, checkout, real)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn a_registry_that_is_a_link_stays_one_and_its_file_changes() {
    let (world, checkout, real) = linked();
    world
        .mech(["add", "shop", "--host=shop.example.com", "--backends=3000"])
        .ok();
    assert_eq!(fs::read_link(world.home.registry()).unwrap(), real);
    let text = fs::read_to_string(&real).unwrap();
    assert!(text.contains("shop.example.com"), "{text}");
    assert_eq!(names(checkout.path()), ["sites.json"]);

    world.mech(["rollback"]).ok();
    assert_eq!(fs::read_link(world.home.registry()).unwrap(), real);
    let text = fs::read_to_string(&real).unwrap();
    assert!(!text.contains("shop.example.com"), "{text}");
}

#[test]
fn a_change_that_is_taken_back_restores_the_file_behind_the_link() {
    let (world, checkout, real) = linked();
    world
        .mech(["add", "shop", "--host=shop.example.com", "--backends=3000"])
        .ok();
    let before = fs::read(&real).unwrap();
    let port = free_port();
    let _holder = std::net::TcpListener::bind(("0.0.0.0", port)).unwrap();
    world
        .mech(["set", "http-port", &port.to_string()])
        .code(3)
        .stderr_has("everything is restored");
    assert_eq!(fs::read_link(world.home.registry()).unwrap(), real);
    assert_eq!(fs::read(&real).unwrap(), before);
    assert_eq!(names(checkout.path()), ["sites.json"]);
    world.mech(["refresh"]).ok().stderr_has("unchanged");
}

#[test]
fn a_link_to_nothing_is_no_registry_without_sites() {
    let (world, _checkout, real) = linked();
    world.mech(["add", "shop", "--backends=3000"]).ok();
    fs::remove_file(&real).unwrap();
    for command in [
        &["list"][..],
        &["refresh"],
        &["add", "b", "--backends=3001"],
    ] {
        world.untouched_by(|| {
            world
                .mech(command)
                .code(1)
                .stderr_has("is a link to nothing")
        });
    }
}

#[test]
fn under_a_umask_of_0_nothing_is_writable_for_all() {
    let world = World::new();
    world
        .run(["x"])
        .shell("umask 0; mech add shop --backends=3000")
        .run()
        .ok();
    let overrides = world.nginx.prefix().join("mech-overrides");
    let history = world.home.data().join("registry.d/history");
    let made = [
        overrides.clone(),
        overrides.join("shop"),
        overrides.join("shop/server"),
        world.mech_conf(),
        history.clone(),
        history.join("000001.json"),
    ];
    for path in made {
        let rights = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(rights & 0o022, 0, "{} is {rights:o}", path.display());
    }
}

#[test]
fn an_entry_of_history_is_one_line() {
    let world = World::stopped();
    world.mech(["add", "shop", "--backends=3000\n"]).ok();
    let said = world.mech(["history"]).ok().stdout;
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn words_near_to_something_harmful_lead_elsewhere() {
    let world = World::stopped();
    world
        .mech(["delete", "shop"])
        .code(2)
        .stderr_has("'remove'")
        .says_nothing_of("'reset'");
    world.mech(["resett"]).code(2).stderr_has("'reset'");
}

#[test]
fn a_url_as_backend_is_told_to_be_one() {
    let world = World::stopped();
    for url in ["http://localhost:3000", "https://api.example.org"] {
        let (scheme, _) = url.split_at(url.find("//").unwrap() + 2);
        world
            .mech(["add", "shop", &format!("--backends={url}")])
            .code(1)
            .stderr_has(&format!("leave out `{scheme}`"));
    }
}

#[test]
fn no_name_of_the_code_is_in_what_is_said_of_a_registry() {
    let world = World::stopped();
    for text in [json!([]), json!(null), json!("text"), json!(7)] {
        fs::write(world.home.registry(), text.to_string()).unwrap();
        world
            .mech(["list"])
            .code(1)
            .says_nothing_of("Probe")
            .stderr_has("an object with `version`");
    }
}

#[test]
fn a_lock_that_cannot_be_opened_is_not_waited_for() {
    let world = World::stopped();
    world.mech(["add", "shop", "--backends=3000"]).ok();
    let lock = world.home.data().join("registry.d/lock");
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    world
        .mech(["refresh"])
        .code(1)
        .stderr_has("lock")
        .says_nothing_of("--lock-wait");
}

//! What people change by hand: mech's rendered file, which is not overwritten unasked, and the registry, which is
//! theirs to edit.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and edits files as a person does"
)]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Backend, Ran, World};

fn with_site(backend: &Backend) -> World {
    let world = World::new();
    let _ = world
        .mech([
            "add",
            "s",
            "--host=s.example",
            &format!("--backends={}", backend.port()),
        ])
        .ok();
    world
}

/// Claims a refusal that leaves everything as it was.
#[track_caller]
fn refused(world: &World, args: &[&str]) -> Ran {
    let ran = world.untouched_by(|| world.mech(args)).code(1).no_panic();
    assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
    ran
}

/// Whether a file below the history holds `text`.
fn kept_in_history(world: &World, text: &str) -> bool {
    let folder = world.home.data().join("registry.d/history");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.is_file())
        .any(|path| fs::read_to_string(path).is_ok_and(|kept| kept == text))
}

#[test]
fn an_edit_of_mechs_file_is_shown_before_it_is_overwritten() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let ours = world.rendered();
    let edited = ours.replace(
        "client_max_body_size 32m;",
        "client_max_body_size 64m; # mine",
    );
    assert_ne!(edited, ours);
    fs::write(world.mech_conf(), &edited).unwrap();
    for args in [
        &["update", "s", "--aliases=t.example"][..],
        &["add", "t", "--backends=3000"],
        &["remove", "s"],
        &["refresh"],
        &["set", "logs-shared", "true"],
        &["reset", "--yes"],
        &["rollback"],
        &["update", "s", "--aliases=t.example", "--dry-run"],
    ] {
        let ran = refused(&world, args);
        let _ = ran
            .clone()
            .stderr_has("was edited by hand")
            .stderr_has("-    client_max_body_size 32m;")
            .stderr_has("+    client_max_body_size 64m; # mine")
            .stderr_has("hint: ")
            .stderr_has("--force");
    }
    let error = world
        .mech(["--json", "update", "s", "--aliases=t.example"])
        .code(1)
        .stdout;
    let error: Value = serde_json::from_str(&error).unwrap();
    assert!(
        error["error"]["details"]
            .to_string()
            .contains("64m; # mine"),
        "{error}"
    );
    let forced = world
        .mech(["update", "s", "--aliases=t.example", "--force"])
        .ok();
    let _ = forced.stderr_has("warning: ").stderr_has("kept in history");
    assert!(!world.rendered().contains("# mine") && kept_in_history(&world, &edited));
    world.get("t.example", "/").status(200).from_backend("a");
    let history = world.mech(["--json", "history"]).ok().stdout;
    let history: Value = serde_json::from_str(&history).unwrap();
    assert_eq!(history["entries"][0]["overwrote-hand-edit"], json!(true));
}

#[test]
fn a_deleted_file_of_mechs_is_made_again() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let ours = world.rendered();
    fs::remove_file(world.mech_conf()).unwrap();
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded");
    assert_eq!(world.rendered(), ours);
}

#[test]
fn a_file_in_mechs_place_that_is_somebody_elses_is_left_alone() {
    let world = World::new();
    let theirs = format!(
        "server {{ listen {}; return 200 theirs; }}\n",
        world.http_port
    );
    fs::write(world.mech_conf(), &theirs).unwrap();
    world.nginx.reload();
    let add = ["add", "s", "--backends=3000"];
    let ran = refused(&world, &add).stderr_has("is not mech's own work");
    let _ = ran.stderr_has("hint: ").stderr_has("--force");
    let _ = refused(&world, &["add", "s", "--backends=3000", "--dry-run"]);
    world.get("x", "/").status(200).body_has("theirs");
    let _ = world.mech(["add", "s", "--backends=3000", "--force"]).ok();
    assert!(world.rendered().contains("# site s: s") && kept_in_history(&world, &theirs));
}

#[test]
fn two_registries_never_render_to_one_folder_whichever_came_first() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let first = world.home.registry();
    let second = world.home.data().join("second.json");
    let mut empty: Value = serde_json::from_str(&world.registry()).unwrap();
    empty["sites"] = json!([]);
    fs::write(&second, empty.to_string()).unwrap();
    let on = |registry: &Path, args: &[&str]| {
        world.mech([&["--data", registry.to_str().unwrap()][..], args].concat())
    };
    let add = ["add", "other", "--backends=3000"];
    let forced = ["add", "other", "--backends=3000", "--force"];
    for args in [&add[..], &forced] {
        let before = (world.rendered(), fs::read(&second).unwrap());
        let ran = on(&second, args)
            .code(1)
            .no_panic()
            .stderr_has("another registry")
            .stderr_has(&first.display().to_string());
        assert_eq!(ran.last_line(), "nothing was changed");
        assert_eq!((world.rendered(), fs::read(&second).unwrap()), before);
        let (_, hint) = ran.stderr.split_once("mech --data ").unwrap();
        let hint = format!("mech --data {}", hint.lines().next().unwrap());
        let _ = world
            .run([""; 0])
            .shell(&hint)
            .run()
            .ok()
            .stdout_has("s.example");
    }
    // The folder is free when the first registry has no site any more.
    let _ = on(&first, &["remove", "s"]).ok();
    let _ = on(&second, &add).ok();
    let before = world.rendered();
    let _ = on(&first, &["add", "s", "--backends=3001"])
        .code(1)
        .stderr_has("second.json");
    let _ = on(&first, &["rollback"]).code(1).stderr_has("second.json");
    assert_eq!(world.rendered(), before);
    // A file that the second registry renders is not the first one's to remove.
    let _ = on(&first, &["reset", "--yes"])
        .code(1)
        .stderr_has("second.json");
    assert_eq!(world.rendered(), before);
}

#[test]
fn an_edit_of_the_registry_is_said_and_refresh_applies_it() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let edited = world.registry().replace("s.example", "edited.example");
    fs::write(world.home.registry(), &edited).unwrap();
    for args in [
        &["list"][..],
        &["show", "s"],
        &["history"],
        &["diff"],
        &["set"],
    ] {
        let ran = world.untouched_by(|| world.mech(args)).ok();
        assert!(
            ran.stderr
                .contains("warning: the registry was edited since it was last applied"),
            "{ran}"
        );
    }
    let _ = world
        .mech(["diff"])
        .ok()
        .stdout_has("-      \"host\": \"s.example\"")
        .stdout_has("+      \"host\": \"edited.example\"");
    world.untouched_by(|| {
        let _ = world
            .mech(["refresh", "--dry-run"])
            .ok()
            .stdout_has("+    server_name edited.example;");
    });
    let _ = world
        .mech(["refresh"])
        .ok()
        .stderr_has("nginx has reloaded");
    world
        .get("edited.example", "/")
        .status(200)
        .from_backend("a");
    let _ = world.mech(["list"]).ok().says_nothing_of("edited since");
    // Any other change settles an edit as well.
    fs::write(
        world.home.registry(),
        edited.replace("edited.example", "again.example"),
    )
    .unwrap();
    let _ = world.mech(["add", "t", "--backends=3000"]).ok();
    world
        .get("again.example", "/")
        .status(200)
        .from_backend("a");
    let _ = world.mech(["list"]).ok().says_nothing_of("edited since");
}

#[test]
fn an_edit_that_changes_only_the_layout_of_the_registry_does_not_reload() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let tidy = world.registry();
    let value: Value = serde_json::from_str(&tidy).unwrap();
    fs::write(world.home.registry(), value.to_string()).unwrap();
    let workers = world.nginx.worker_pids();
    let _ = world.mech(["refresh"]).ok().says_nothing_of("has reloaded");
    assert_eq!(
        (world.nginx.worker_pids(), world.registry()),
        (workers, tidy)
    );
}

#[test]
fn an_edit_that_nginx_refuses_is_not_lost_and_not_live() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let edited = world
        .registry()
        .replace(&format!("localhost:{}", backend.port()), "localhost:3999");
    // A name that only mech should use, in a file that nginx reads before mech's.
    let taken = "upstream s.mech_site { server 127.0.0.1:1; }\n";
    world.nginx.add_conf("a.conf", taken);
    fs::write(world.home.registry(), &edited).unwrap();
    let ran = world.untouched_by(|| world.mech(["refresh"])).code(4);
    let _ = ran.stderr_has("site `s`").stderr_has("duplicate upstream");
    assert_eq!(world.registry(), edited);
    world.get("s.example", "/").status(200).from_backend("a");
}

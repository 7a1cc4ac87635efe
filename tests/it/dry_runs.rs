//! `--dry-run`: every changing command shows what it would do, tests it, and leaves nothing behind.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and lays out the files of a server"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::harness::{Backend, Ran, Snapshot, World};

/// Everything that a run could write to: nginx's prefix with its logs, the registry's folder, the home and the
/// folder of temporary files; but for the lock, in which a run leaves its number.
fn everything(world: &World) -> Snapshot {
    Snapshot::ignoring(
        &[world.nginx.prefix(), world.home.path()],
        &["error.log", "access.log", "lock"],
    )
}

/// Runs with `--dry-run`, and claims that nothing is left of it.
#[track_caller]
fn dry(world: &World, args: &[&str]) -> Ran {
    let temporary = world.home.path().join("tmp");
    fs::create_dir_all(&temporary).unwrap();
    let (before, workers) = (everything(world), world.nginx.worker_pids());
    let ran = world
        .run(args)
        .args(["--dry-run"])
        .env("TMPDIR", &temporary)
        .run()
        .no_panic();
    before.assert_same(&everything(world));
    assert_eq!(world.nginx.worker_pids(), workers, "{ran}");
    ran
}

fn with_sites(backend: &Backend) -> World {
    let world = World::new();
    let backends = format!("--backends={}", backend.port());
    let _ = world.mech(["add", "s", "--host=s.example", &backends]).ok();
    let _ = world.mech(["add", "t", "--host=t.example", &backends]).ok();
    world
}

#[test]
fn every_changing_command_shows_its_diff_and_leaves_nothing_behind() {
    let backend = Backend::tcp("a");
    let world = with_sites(&backend);
    let file = world.nginx.prefix().join("mech-overrides/t/server");
    fs::write(&file, "add_header X-Mine 1;\n").unwrap();
    for (args, line) in [
        (&["refresh"][..], "+    include "),
        (
            &["add", "u", "--host=u.example", "--backends=3000"],
            "+    server_name u.example;",
        ),
        (
            &["add", "s", "--upsert", "--host=u.example"],
            "+    server_name u.example;",
        ),
        (
            &["update", "s", "--host=u.example"],
            "+    server_name u.example;",
        ),
        (&["remove", "s"], "-    server_name s.example;"),
        (
            &["set", "logs-shared", "true"],
            "mech.access.log mech_shared;",
        ),
        (&["set", "history-max", "7"], "+    \"history-max\": 7"),
        (&["unset", "https-port"], "-    \"https-port\""),
        (&["reset"], "-    server_name s.example;"),
        (&["rollback"], "-    server_name t.example;"),
        (&["rollback", "1"], "-    server_name t.example;"),
        (
            &["update", "s", "--host=u.example", "--reload", "--force"],
            "+    server_name u.example;",
        ),
    ] {
        let ran = dry(&world, args).ok();
        assert!(ran.stderr.contains("would be done"), "{ran}");
        assert!(
            ran.stdout.lines().any(|shown| shown.contains(line)) && ran.stdout.contains("\n+++ "),
            "no `{line}` in {ran}"
        );
        let ran = dry(&world, &[args, &["--json"]].concat()).ok();
        let value: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert!(
            value["outcome"] == "planned" && value["changed"] == false && ran.stderr.is_empty(),
            "{ran}"
        );
        let diffs: String = value["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["diff"].as_str().unwrap())
            .collect();
        assert!(diffs.contains(line), "{ran}");
    }
}

#[test]
fn a_dry_rollback_leaves_the_overrides_of_a_removed_site_where_they_are() {
    let backend = Backend::tcp("a");
    let world = with_sites(&backend);
    fs::write(
        world.nginx.prefix().join("mech-overrides/t/server"),
        "add_header X-Mine 1;\n",
    )
    .unwrap();
    let _ = world.mech(["refresh"]).ok();
    let _ = world.mech(["remove", "t"]).ok();
    let ran = dry(&world, &["rollback"])
        .ok()
        .stderr_has("nginx accepts it");
    assert!(ran.stdout.contains("mech-overrides/t/server;"), "{ran}");
    let _ = world.mech(["rollback"]).ok();
    world
        .get("t.example", "/")
        .status(200)
        .has_header("X-Mine", "1");
}

#[test]
fn a_dry_import_leaves_the_predecessor_in_place() {
    let backend = Backend::tcp("a");
    let world = World::new();
    let prefix = world.nginx.prefix();
    let server = format!(
        "server {{ listen {}; server_name old.example; return 200 old; }}\n",
        world.http_port
    );
    world.nginx.add_conf("mechanic.conf", &server);
    world.nginx.reload();
    fs::create_dir_all(prefix.join("mechanic-overrides/old")).unwrap();
    fs::write(
        prefix.join("mechanic-overrides/old/server"),
        "add_header X-Old 1;\n",
    )
    .unwrap();
    let registry = json!({
        "settings": {"conf": world.nginx.conf_dir(), "overrides": prefix.join("mechanic-overrides"), "logs": prefix.join("logs")},
        "sites": [{"shortname": "old", "host": "old.example", "backends": [format!("localhost:{}", backend.port())]}],
    });
    let file = world.home.path().join("mechanic.json");
    fs::write(&file, registry.to_string()).unwrap();
    let import = ["import", "mechanic", file.to_str().unwrap()];
    let ran = dry(&world, &import).ok().stderr_has("nginx accepts it");
    assert!(
        ran.stdout.contains("+    server_name old.example;")
            && ran.stdout.contains("mechanic.conf"),
        "{ran}"
    );
    world.get("old.example", "/").status(200).body_has("old");
}

#[test]
fn nothing_to_do_is_said_without_a_test() {
    let backend = Backend::tcp("a");
    let world = with_sites(&backend);
    let ran = dry(&world, &["update", "s", "--host=s.example"]).ok();
    assert!(
        ran.last_line().contains("unchanged") && ran.stdout.is_empty(),
        "{ran}"
    );
    let ran = dry(&world, &["remove", "nothing", "--if-exists"]).ok();
    assert!(ran.last_line().contains("unchanged"), "{ran}");
}

#[test]
fn a_dry_run_of_what_nginx_refuses_ends_with_4() {
    let backend = Backend::tcp("a");
    let world = with_sites(&backend);
    // A name that only mech should use, in a file that nginx reads before mech's.
    let taken = "upstream s.mech_site { server 127.0.0.1:1; }\n";
    world.nginx.add_conf("a.conf", taken);
    let ran = dry(&world, &["update", "s", "--backends=3999"]).code(4);
    assert!(
        ran.stderr
            .contains("site `s`: nginx: [emerg] duplicate upstream")
            && ran.last_line() == "nothing was changed",
        "{ran}"
    );
    let place = format!("in {}:", world.mech_conf().display());
    assert!(
        ran.stderr.contains(&place),
        "staged paths are not for people: {ran}"
    );
    // What a dry run refuses is refused for the same reason as without.
    let _ = dry(&world, &["add", "s"])
        .code(1)
        .stderr_has("already there");
    let _ = dry(&world, &["set", "bind", "127.0.0.1"])
        .code(1)
        .stderr_has("--restart-nginx");
}

#[test]
fn a_user_who_may_not_test_gets_the_plan_and_is_told_so() {
    let backend = Backend::tcp("a");
    let world = with_sites(&backend);
    let root = rustix::process::geteuid().is_root();
    let open = |mode: u32| {
        fs::set_permissions(world.home.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    // A copy, for the folder that it was built in may be closed to others.
    let mech = world.home.path().join("mech-copy");
    fs::copy(env!("CARGO_BIN_EXE_mech"), &mech).unwrap();
    // Without the right to the logs nginx cannot test, root or not.
    let logs = world.nginx.prefix().join("logs");
    fs::set_permissions(&logs, fs::Permissions::from_mode(0o500)).unwrap();
    let user = if root {
        open(0o755);
        let setpriv = which::which_in("setpriv", Some("/usr/bin:/bin"), "/")
            .expect("needs setpriv: apt-get install util-linux");
        format!(
            "{} --reuid=65534 --regid=65534 --clear-groups ",
            setpriv.display()
        )
    } else {
        fs::set_permissions(&logs, fs::Permissions::from_mode(0o0)).unwrap();
        String::new()
    };
    let script = format!("exec {user}{} \"$@\"", mech.display());
    let as_user = |args: &[&str]| world.run(args).shell(&script).run().no_panic();
    let before = everything(&world);
    let change = ["update", "s", "--host=u.example"];
    let ran = as_user(&[&change[..], &["--dry-run"]].concat()).ok();
    assert!(
        ran.last_line().contains("would be done, not tested: ")
            && ran.stdout.contains("+    server_name u.example;"),
        "{ran}"
    );
    let value = as_user(&[&change[..], &["--dry-run", "--json"]].concat())
        .ok()
        .stdout;
    let value: Value = serde_json::from_str(&value).unwrap();
    assert!(
        value["test"] == "not-tested" && value["test-reason"].is_string(),
        "{value}"
    );
    if root {
        for args in [&["list"][..], &["show", "s"], &["history"], &["diff"]] {
            let _ = as_user(args).ok();
        }
        let ran = as_user(&change).code(1);
        assert!(
            ran.stderr.contains("hint: ")
                && ran.stderr.contains("sudo")
                && ran.last_line() == "nothing was changed",
            "{ran}"
        );
        for args in [
            &["rollback"][..],
            &["remove", "s"],
            &["reset"],
            &["refresh", "--reload"],
        ] {
            let _ = as_user(&[args, &["--dry-run"]].concat()).ok();
        }
    }
    before.assert_same(&everything(&world));
    fs::set_permissions(&logs, fs::Permissions::from_mode(0o755)).unwrap();
}

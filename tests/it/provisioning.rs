//! A server that is being set up: nginx not installed, installed and stopped, told to reload in other ways, or not
//! reading the folder that mech writes to.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and lays out the files of a server"
)]

use std::fs;

use crate::harness::{Backend, Load, Nginx, Ran, Snapshot, World};

/// What has nginx refuse the site `s`: a name that only mech should use, read before mech's file.
const TAKEN: &str = "upstream s.mech_site { server 127.0.0.1:1; }\n";

fn add(backend: &Backend) -> [String; 4] {
    [
        "add".into(),
        "s".into(),
        "--host=s.example".into(),
        format!("--backends={}", backend.port()),
    ]
}

/// What became of the first change, before the note that names of no site are refused from now on.
#[track_caller]
fn outcome(ran: &Ran) -> &str {
    let mut last = ran.stderr.lines().rev();
    let note = last.next().unwrap();
    assert!(note.starts_with(REFUSES_UNKNOWN), "{ran}");
    last.next().unwrap()
}

/// How the note begins that stands behind the change with which names of no site are refused.
const REFUSES_UNKNOWN: &str =
    "note: from now on connections for names that no site has are closed; `mech set unknown-hosts";

#[test]
fn with_nginx_stopped_a_change_is_tested_and_taken_at_start() {
    let backend = Backend::tcp("a");
    let mut world = World::stopped();
    let ran = world.mech(add(&backend)).ok().no_panic();
    assert!(
        outcome(&ran).starts_with("site `s`: done, it takes effect when nginx starts"),
        "{ran}"
    );
    assert!(!world.nginx.prefix().join("nginx.pid").exists());
    let again = world.untouched_by(|| world.mech(["refresh"]).ok());
    assert_eq!(
        again.last_line(),
        "refresh: unchanged, nginx was left alone"
    );
    world.nginx.start();
    world.get("s.example", "/").status(200).from_backend("a");
    world
        .mech(["update", "s", "--aliases=t.example"])
        .ok()
        .stderr_has("nginx has reloaded");
}

#[test]
fn testing_leaves_no_trace_in_the_folders_of_an_nginx_that_never_ran() {
    let world = World::stopped();
    // Folders for request bodies, which an nginx makes when it first looks at its configuration, hold nothing.
    let whole = |world: &World| Snapshot::ignoring(&[world.nginx.prefix()], &["temp"]);
    world.nginx.add_conf("a.conf", TAKEN);
    let before = whole(&world);
    let _ = world
        .mech(["add", "t", "--backends=3000", "--dry-run"])
        .ok()
        .stderr_has("nginx accepts it");
    before.assert_same(&whole(&world));
    let _ = world.mech(["add", "s", "--backends=3000"]).code(4);
    before.assert_same(&whole(&world));
    let _ = world
        .mech(["add", "s", "--backends=3000", "--dry-run"])
        .code(4);
    before.assert_same(&whole(&world));
    fs::remove_file(world.nginx.conf_dir().join("a.conf")).unwrap();
    let _ = world.mech(["add", "s", "--backends=3000"]).ok();
    for trace in [
        "nginx.pid",
        "logs/s.access.log",
        "logs/s.error.log",
        "logs/error.log",
        "logs/access.log",
    ] {
        assert!(!world.nginx.prefix().join(trace).exists(), "{trace}");
    }
}

#[test]
fn a_pid_file_of_no_nginx_is_not_believed() {
    let backend = Backend::tcp("a");
    let world = World::stopped();
    let pid = world.nginx.prefix().join("nginx.pid");
    // This very process: a signal would end the test.
    for (text, says) in [
        (std::process::id().to_string(), "is no nginx master"),
        ("4194303".into(), "is gone"),
        (String::new(), "is empty"),
        ("x".into(), "no process id"),
        ("0".into(), "no process id"),
    ] {
        fs::write(&pid, format!("{text}\n")).unwrap();
        let ran = world
            .mech(
                [
                    &add(&backend)[..],
                    &["--upsert".to_owned(), "--reload".to_owned()],
                ]
                .concat(),
            )
            .ok();
        let _ = ran
            .stderr_has("takes effect when nginx starts")
            .stderr_has(says);
        assert_eq!(fs::read_to_string(&pid).unwrap(), format!("{text}\n"));
    }
}

#[test]
fn the_master_of_another_nginx_is_never_signalled() {
    let backend = Backend::tcp("a");
    let (world, other) = (World::stopped(), World::new());
    let master = other.nginx.pid().unwrap();
    fs::write(
        world.nginx.prefix().join("nginx.pid"),
        format!("{master}\n"),
    )
    .unwrap();
    let workers = other.nginx.worker_pids();
    let ran = world.mech(add(&backend)).ok();
    let _ = ran
        .stderr_has(&format!("the nginx master {master} uses"))
        .stderr_has(other.nginx.prefix().to_str().unwrap());
    assert_eq!(other.nginx.worker_pids(), workers);
    // Or stopping the first world would end the other's nginx.
    fs::remove_file(world.nginx.prefix().join("nginx.pid")).unwrap();
}

#[test]
fn restart_false_never_reloads() {
    let backend = Backend::tcp("a");
    let world = World::new();
    let _ = world.mech(["set", "restart", "false"]).ok();
    let workers = world.nginx.worker_pids();
    let ran = world.mech(add(&backend)).ok();
    assert!(
        outcome(&ran).contains("nginx was not reloaded (setting `restart` is false)"),
        "{ran}"
    );
    assert_eq!(world.nginx.worker_pids(), workers);
    assert!(world.rendered().contains("s.example"));
    let _ = world.untouched_by(|| world.mech(["refresh"]).ok());
    world.nginx.reload();
    world.get("s.example", "/").status(200).from_backend("a");
}

#[test]
fn a_reload_command_is_run_as_words_and_its_effect_is_proven() {
    let backend = Backend::tcp("a");
    let world = World::new();
    let _ = world
        .mech([
            "set",
            "restart",
            &format!("{} -s reload", world.nginx.command()),
        ])
        .ok();
    let ran = world.mech(add(&backend)).ok();
    let _ = ran.stderr_has("nginx has reloaded: 2 workers serve it");
    world.get("s.example", "/").status(200).from_backend("a");
    // No shell: what would be a second command is an argument of the first.
    let seen = world.home.path().join("seen");
    world.home.program(
        "note",
        &format!(
            "printf '%s\\n' \"$@\" > {}; kill -HUP {}",
            seen.display(),
            world.nginx.pid().unwrap()
        ),
    );
    let note = format!(
        "{} 'a b' \"c\" ; touch $HOME/x > y",
        world.home.bin().join("note").display()
    );
    let _ = world.mech(["set", "restart", &note]).ok();
    let _ = world
        .mech(["update", "s", "--aliases=t.example"])
        .ok()
        .stderr_has("nginx has reloaded");
    assert_eq!(
        fs::read_to_string(seen).unwrap(),
        "a b\nc\n;\ntouch\n$HOME/x\n>\ny\n"
    );
}

#[test]
fn a_reload_command_that_fails_restores_all_and_its_words_are_shown() {
    let backend = Backend::tcp("a");
    let world = World::new();
    let _ = world.mech(add(&backend)).ok();
    world
        .home
        .program("unable", "echo no such service >&2; exit 5");
    let unable = world.home.bin().join("unable");
    let _ = world
        .mech(["set", "restart", unable.to_str().unwrap()])
        .ok();
    let before = world.snapshot();
    let ran = world
        .mech(["update", "s", "--aliases=t.example"])
        .code(3)
        .no_panic();
    before.assert_same(&world.snapshot());
    assert!(
        ran.stderr.contains("failed (exit status 5)") && ran.stderr.contains("  no such service"),
        "{ran}"
    );
    assert!(
        ran.last_line().starts_with("everything is restored"),
        "{ran}"
    );
    let (_, hint) = ran.stderr.split_once("hint: ").unwrap();
    assert_eq!(
        hint.lines().next(),
        Some("mech set restart 'nginx -s reload'")
    );
    let _ = world.mech(["unset", "restart"]).ok();
    let _ = world.mech(["update", "s", "--aliases=t.example"]).ok();
    world.get("t.example", "/").status(200).from_backend("a");
}

#[test]
fn a_reload_command_that_does_nothing_is_not_taken_for_a_reload() {
    let backend = Backend::tcp("a");
    let world = World::new();
    let _ = world.mech(["set", "restart", "true"]).code(0);
    let workers = world.nginx.worker_pids();
    let ran = world.mech(add(&backend)).ok();
    assert!(
        outcome(&ran).starts_with("site `s`: done, not verified: nginx has kept its workers"),
        "{ran}"
    );
    assert_eq!(world.nginx.worker_pids(), workers);
    let _ = world.mech(["history"]).ok().stdout_has("unverified");
}

#[test]
fn a_main_file_that_does_not_include_the_folder_is_named_with_the_line_to_add() {
    let backend = Backend::tcp("a");
    let main = "@USER@pid @PREFIX@/nginx.pid; error_log @PREFIX@/logs/error.log; events {}\nhttp {\n    access_log off;\n}\n";
    let world = World::with(Nginx::private().with_main(main));
    let add = add(&backend);
    let ran = world.untouched_by(|| world.mech(&add)).code(1);
    let ran = ran.stderr_has("nginx.conf` does not include").no_panic();
    let line = format!("include {}/*.conf;", world.nginx.conf_dir().display());
    let hint = ran
        .stderr
        .lines()
        .find(|text| text.starts_with("hint: ") && text.ends_with(&line));
    assert!(
        hint.is_some() && ran.last_line() == "nothing was changed",
        "{ran}"
    );
    world
        .nginx
        .replace_main(&main.replace("access_log off;", &format!("access_log off; {line}")));
    let _ = world.mech(&add).ok().stderr_has("nginx has reloaded");
    world.get("s.example", "/").status(200).from_backend("a");
}

#[test]
fn nothing_fails_while_a_change_is_refused_under_load() {
    let backend = Backend::tcp("a");
    let world = World::new();
    let _ = world.mech(add(&backend)).ok();
    world.nginx.add_conf("a.conf", TAKEN);
    let load: Load = world.load("s.example", "/");
    let (summary, ()) = load.clients(4).during(|| {
        for _ in 0..10 {
            let _ = world.mech(["update", "s", "--backends=3999"]).code(4);
        }
    });
    assert_eq!(summary.none_failed().retried, 0);
}

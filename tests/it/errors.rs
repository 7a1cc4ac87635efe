//! Each exit code by a situation that a server meets: what is said, in which order, and what state it leaves.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and writes the files that it tests with"
)]

mod hints;
mod rejected;
mod reloads;

use std::fs::{self, File};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::harness::{Backend, Ran, World};

const UNTOUCHED: &str = "nothing was changed";

/// Claims the shape of an error: what was refused first, hints near the end, the state of the machine last.
#[track_caller]
fn shape(ran: Ran, code: i32, state: &str) -> Ran {
    let ran = ran.code(code).no_panic();
    assert!(ran.stdout.is_empty(), "{ran}");
    // A command that reads says first which registry it reads, where that is not the system's.
    let first = ran
        .stderr
        .lines()
        .find(|line| !line.starts_with("registry: "));
    assert!(first.unwrap().starts_with("error: "), "{ran}");
    assert_eq!(ran.last_line(), state, "{ran}");
    let hints: Vec<usize> = (0..)
        .zip(ran.stderr.lines())
        .filter(|(_, line)| line.starts_with("hint: "))
        .map(|(at, _)| at)
        .collect();
    let count = ran.stderr.lines().count();
    assert!(
        hints
            .iter()
            .rev()
            .zip(1..)
            .all(|(at, back)| at + back + 1 == count),
        "hints stand before the state: {ran}"
    );
    ran
}

/// The same error as JSON: all of it on stdout, nothing on stderr.
#[track_caller]
fn as_json(ran: Ran, code: i32, kind: &str, state: &str) -> Value {
    let ran = ran.code(code).no_panic();
    assert!(ran.stderr.is_empty(), "{ran}");
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    let error = &value["error"];
    assert_eq!(value.as_object().unwrap().len(), 1, "{ran}");
    assert_eq!(
        (
            error["code"].as_i64(),
            error["kind"].as_str(),
            error["state"].as_str()
        ),
        (Some(code.into()), Some(kind), Some(state)),
        "{ran}"
    );
    assert!(!error["message"].as_str().unwrap().is_empty(), "{ran}");
    for list in ["details", "hints"] {
        assert!(
            error[list].as_array().unwrap().iter().all(Value::is_string),
            "{ran}"
        );
    }
    error.clone()
}

fn hints(ran: &Ran) -> Vec<String> {
    ran.stderr
        .lines()
        .filter_map(|line| line.strip_prefix("hint: "))
        .map(str::to_owned)
        .collect()
}

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

#[test]
fn code_0_says_what_nginx_was_seen_to_do() {
    let backend = Backend::tcp("a");
    let world = World::new();
    let backends = format!("--backends={}", backend.port());
    let ran = world
        .mech(["add", "s", "--host=s.example", &backends])
        .ok()
        .no_panic();
    let mut last = ran.stderr.lines().rev();
    // The first host name is also the first time that other names are refused.
    assert_eq!(
        last.next(),
        Some(
            "note: from now on connections for names that no site has are closed; `mech set unknown-hosts \
             default-site` lets the first site answer them, `--default` one that you choose"
        )
    );
    assert!(
        last.next()
            .unwrap()
            .starts_with("site `s`: done, nginx has reloaded: 2 workers serve it after "),
        "{ran}"
    );
    world.get("s.example", "/").status(200).from_backend("a");
    let ran = world.untouched_by(|| {
        world
            .mech(["add", "s", "--upsert", "--host=s.example", &backends])
            .ok()
    });
    assert_eq!(ran.last_line(), "site `s`: unchanged, nginx was left alone");
    let ran = world
        .mech(["--json", "update", "s", "--aliases=t.example"])
        .ok();
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(
        ran.stderr.is_empty() && value["outcome"] == "proven" && value["nginx"]["workers"] == 2,
        "{ran}"
    );
}

#[test]
fn code_1_has_a_hint_that_helps() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let refused = |args: &[&str]| shape(world.untouched_by(|| world.mech(args)), 1, UNTOUCHED);
    let type_hint = |hint: &str| world.run([""; 0]).shell(hint).run();
    // Each hint is typed as it stands.
    let ran = refused(&["add", "s", "--backends=3000"]).stderr_has("the site `s` is already there");
    assert_eq!(hints(&ran), ["mech update s", "mech add s --upsert"]);
    for hint in hints(&ran) {
        let _ = type_hint(&hint).ok();
    }
    let ran = refused(&["add", "new"]);
    let hint = hints(&ran).remove(0);
    let (_, command) = hint.split_once(": ").unwrap();
    let _ = type_hint(command).ok();
    let ran = refused(&["update", "new", "--https"]).stderr_has("certs/new.cer");
    let hint = hints(&ran).remove(0);
    let (_, command) = hint.rsplit_once(": ").unwrap();
    let _ = type_hint(command).ok();
    let _ = world.mech(["update", "s", "--default"]).ok();
    let ran =
        refused(&["update", "new", "--default"]).stderr_has("the site `s` is the default already");
    assert_eq!(hints(&ran), ["repeat the command with --default=move"]);
    let _ = world.mech(["update", "new", "--default=move"]).ok();
    let _ = world
        .mech(["list"])
        .ok()
        .stdout_has("mech add new '--backends=localhost:3000' '--default=true'");
    let ran = refused(&["show", "nwe"]);
    assert_eq!(hints(&ran), ["did you mean `new`?", "mech list"]);
    let ran = refused(&["reset"]);
    assert_eq!(hints(&ran), ["mech reset --yes"]);
    let error = as_json(
        world.mech(["--json", "update", "nwe"]),
        1,
        "refused",
        "untouched",
    );
    assert_eq!(error["hints"][0], "did you mean `new`?");
    let _ = type_hint("mech reset --yes").ok();
}

#[test]
fn code_2_is_the_shape_of_the_line() {
    let world = World::new();
    let ran = world.untouched_by(|| world.mech(["add", "s", "--hots=a.com"]));
    let ran = shape(ran, 2, UNTOUCHED)
        .stderr_has("--hots")
        .stderr_has("--host");
    assert!(ran.stderr.contains("similar"), "{ran}");
    let error = as_json(
        world.mech(["add", "s", "--hots=a.com", "--json"]),
        2,
        "usage",
        "untouched",
    );
    assert!(error["message"].as_str().unwrap().contains("--hots"));
}

#[test]
fn code_5_is_another_mech_and_waiting_helps() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let locked = |what: &std::path::Path| {
        let lock = File::open(what).unwrap();
        lock.lock().unwrap();
        lock
    };
    let places = [
        world.home.data().join("registry.d/lock"),
        world.nginx.conf_dir(),
    ];
    for place in places {
        let lock = locked(&place);
        let ran = shape(
            world.untouched_by(|| world.mech(["update", "s", "--websockets=off", "--lock-wait=0"])),
            5,
            UNTOUCHED,
        );
        let ran = ran
            .stderr_has("another mech")
            .stderr_has(&place.display().to_string());
        assert!(hints(&ran)[0].contains("--lock-wait=60"), "{ran}");
        let _ = as_json(
            world.mech(["remove", "s", "--lock-wait=0", "--json"]),
            5,
            "locked",
            "untouched",
        );
        // Reading needs no lock.
        let _ = world
            .mech(["list", "--lock-wait=0"])
            .ok()
            .stdout_has("s.example");
        let waiting = world
            .run(["update", "s", "--websockets=off", "--lock-wait=60"])
            .spawn();
        thread::sleep(Duration::from_millis(200));
        lock.unlock().unwrap();
        let _ = waiting.wait().ok();
        let _ = world.mech(["update", "s", "--websockets="]).ok();
    }
}

#[test]
fn code_6_lists_what_could_not_be_put_back_and_the_next_refresh_heals_it() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let (live, before) = (world.mech_conf(), world.rendered());
    // A reload command that fails, after something else (a deployment, say) has put a folder where mech.conf was.
    world.home.program(
        "spoil",
        &format!("rm {0}; mkdir -p {0}/in; exit 7", live.display()),
    );
    let spoil = world.home.bin().join("spoil");
    let _ = world.mech(["set", "restart", spoil.to_str().unwrap()]).ok();
    let registry = world.registry();
    let state = "the files above could not be put back: look at them, then run `mech refresh`";
    let ran = world.mech(["update", "s", "--aliases=t.example"]);
    let ran = shape(ran, 6, state).stderr_has("exit status 7");
    assert!(
        ran.stderr.contains(&format!("  `{}`: ", live.display())),
        "{ran}"
    );
    let _ = world.mech(["list"]).ok().stderr_has("pending");
    let again = world.mech(["refresh", "--json"]);
    let error = as_json(again, 6, "inconsistent", "inconsistent");
    assert!(
        error["details"][0].as_str().unwrap().contains("mech.conf"),
        "{error}"
    );
    fs::remove_dir_all(&live).unwrap();
    world.home.program("spoil", "true");
    let _ = world.mech(["refresh"]).ok().stderr_has("taken back");
    assert_eq!((world.rendered(), world.registry()), (before, registry));
    world.no_stray_files();
    world.get("s.example", "/").status(200).from_backend("a");
}

#[test]
fn code_6_is_also_for_a_kept_file_that_a_reload_command_took_away() {
    let backend = Backend::tcp("a");
    let world = with_site(&backend);
    let before = world.rendered();
    let folder = world.nginx.conf_dir();
    let tidy = format!("rm -f {}/.mech*; exit 7", folder.display());
    world.home.program("tidy", &tidy);
    let program = world.home.bin().join("tidy");
    let _ = world
        .mech(["set", "restart", program.to_str().unwrap()])
        .ok();
    let state = "the files above could not be put back: look at them, then run `mech refresh`";
    let ran = shape(world.mech(["update", "s", "--aliases=t.example"]), 6, state);
    let file = format!(
        "  `{}`: it is not what it was before",
        world.mech_conf().display()
    );
    assert!(ran.stderr.contains(&file), "{ran}");
    // nginx still serves the old configuration, and the file is made again from the registry, which is restored.
    world
        .home
        .program("tidy", &format!("kill -HUP {}", world.nginx.pid().unwrap()));
    let _ = world.mech(["refresh", "--force"]).ok();
    assert_eq!(world.rendered(), before);
    world.get("s.example", "/").status(200).from_backend("a");
}

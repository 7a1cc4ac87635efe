//! Real runs that bring about every shape of the page.

use std::fs;
use std::net::TcpListener;

use serde_json::{Value, json};

use super::shapes::Samples;
use crate::harness::{Mech, Nginx, Ran, World, until};

/// The one object that a run with `--json` prints; nothing else stands anywhere.
#[track_caller]
fn printed(ran: &Ran) -> Value {
    assert_eq!(ran.stderr, "", "{ran}");
    assert!(ran.stdout.ends_with("}\n"), "{ran}");
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in\n{ran}"))
}

#[track_caller]
fn run(world: &World, line: &str) -> Value {
    let words = shell_words::split(line).unwrap();
    printed(
        &world
            .mech(words.iter().map(String::as_str).chain(["--json"]))
            .ok(),
    )
}

#[track_caller]
fn change(world: &World, samples: &mut Samples, line: &str, outcome: &str) -> Value {
    let value = run(world, line);
    assert_eq!(value["outcome"], outcome, "{line}: {value:#}");
    assert_eq!(
        value["changed"],
        !matches!(outcome, "unchanged" | "planned"),
        "{line}"
    );
    samples.add("A change", value.clone());
    value
}

/// The verbs that change something, on a running nginx.
pub(super) fn changes(samples: &mut Samples) {
    let world = World::new();
    let seven = "add seven --backends=3000";
    let planned = change(&world, samples, &format!("{seven} --dry-run"), "planned");
    assert_eq!(
        (&planned["entry"], &planned["test"]),
        (&Value::Null, &json!("passed"))
    );
    let added = change(&world, samples, seven, "proven");
    assert_eq!(
        (&added["sites"], &added["removed"], &added["entry"]),
        (&json!(["seven"]), &json!([]), &json!(1))
    );
    assert!(
        added["notes"][0].as_str().unwrap().contains("seven"),
        "{added:#}"
    );
    change(&world, samples, &format!("{seven} --upsert"), "unchanged");
    change(
        &world,
        samples,
        "update seven --host=seven.example",
        "proven",
    );
    change(&world, samples, "set history-max 50", "registry");
    change(&world, samples, "unset history-max", "registry");

    fs::write(world.mech_conf(), world.rendered() + "# mine\n").unwrap();
    let forced = change(&world, samples, "refresh --force", "proven");
    assert_eq!(forced["overwrote-hand-edit"], true);
    world.nginx.add_conf("user.conf", "server { listen 127.0.0.1:1; server_name a; }\nserver { listen 127.0.0.1:1; server_name a; }\n");
    let warned = change(&world, samples, "refresh --reload --dry-run", "planned");
    assert_eq!(
        warned["warnings"],
        json!([]),
        "a dry run without a change tests nothing"
    );
    fs::remove_file(world.nginx.conf_dir().join("user.conf")).unwrap();

    change(&world, samples, "set restart false", "registry");
    change(&world, samples, "add eight --backends=3001", "not-reloaded");
    change(&world, samples, "unset restart", "proven");
    let removed = change(&world, samples, "remove eight", "proven");
    assert_eq!(
        (&removed["sites"], &removed["removed"]),
        (&json!([]), &json!(["eight"]))
    );
    change(&world, samples, "rollback", "proven");
    change(&world, samples, "reset --yes", "proven");
}

/// Where no nginx runs, or the one that runs does not do what it is told.
pub(super) fn outcomes(samples: &mut Samples) {
    let stopped = World::stopped();
    let written = change(
        &stopped,
        samples,
        "add seven --backends=3000",
        "not-running",
    );
    assert!(written["reason"].is_string(), "{written:#}");

    let deaf = World::new();
    change(&deaf, samples, "set restart true", "registry");
    let unseen = change(&deaf, samples, "add seven --backends=3000", "unverified");
    assert!(unseen["reason"].is_string(), "{unseen:#}");
}

/// A change that was killed after it had committed, and one that nginx warns of.
pub(super) fn interruption(samples: &mut Samples) {
    let world = World::new();
    change(&world, samples, "add seven --backends=3000", "proven");
    let parked = world
        .run(["add", "eight", "--backends=3001"])
        .env("MECH_PARK", "journaled")
        .spawn();
    let journal = world.home.data().join("registry.d/journal.json");
    until("the journal is written", || journal.is_file());
    let _killed = parked.kill_9();
    let look = run(&world, "history");
    assert_eq!(look["pending"], "interrupted");
    samples.add("mech history", look);
    let user = "server { listen 127.0.0.1:@; server_name a; }\n"
        .replace('@', &world.https_port.to_string());
    world.nginx.add_conf("user.conf", &user.repeat(2));
    let after = change(
        &world,
        samples,
        "update seven --host=seven.example",
        "proven",
    );
    assert!(
        after["recovered"].as_str().unwrap().contains("add eight"),
        "{after:#}"
    );
    assert!(
        after["warnings"][0]
            .as_str()
            .unwrap()
            .contains("conflicting server name"),
        "{after:#}"
    );
}

/// The predecessor's sites, with a file to keep and without one.
pub(super) fn import(samples: &mut Samples) {
    for conf in [true, false] {
        let world = World::new();
        let folder = world.nginx.conf_dir();
        if conf {
            let text = format!(
                "server {{ listen {}; server_name seven.example; }}\n",
                world.http_port
            );
            fs::write(folder.join("mechanic.conf"), text).unwrap();
        }
        let overrides = world.nginx.prefix().join("mechanic-overrides");
        fs::create_dir_all(overrides.join("seven")).unwrap();
        fs::write(overrides.join("seven/server"), "").unwrap();
        let registry = json!({
            "settings": { "conf": folder, "overrides": overrides, "logs": world.nginx.prefix().join("logs"), "template": "/x.njk" },
            "sites": [{ "shortname": "seven", "host": "seven.example", "backends": ["localhost:3000"] }],
        });
        let file = world.home.path().join("mechanic.json");
        fs::write(&file, registry.to_string()).unwrap();
        let imported = change(
            &world,
            samples,
            &format!("import mechanic {}", file.display()),
            "proven",
        );
        assert_eq!(imported["import"]["sites"], 1);
        assert_eq!(imported["import"]["kept"].is_string(), conf, "{imported:#}");
    }
}

/// The commands that read, and the state that they tell of.
pub(super) fn reading(samples: &mut Samples) {
    let world = World::new();
    let site = "add seven --host=seven.example --aliases=s.example --backends=3000 --canonical";
    let ran = world
        .run(shell_words::split(site).unwrap())
        .env("SUDO_USER", "ada")
        .run()
        .ok();
    drop(ran);
    let ada = world.run(["auth", "add", "seven", "ada", "--json"]);
    samples.add("A change", printed(&ada.stdin("word").run().ok()));
    run(&world, "set http2 true");
    run(&world, "set prelaunch-host '{shortname}.next.example'");
    let pages = [
        ("mech list", "list"),
        ("mech show NAME", "show seven"),
        ("mech show NAME --nginx", "show seven --nginx"),
        ("mech auth list", "auth list"),
        ("mech set and mech set KEY", "set"),
        ("mech set and mech set KEY", "set http2"),
        ("mech history", "history"),
        ("mech diff", "diff"),
        ("mech diff N", "diff 1"),
    ];
    for (section, line) in pages {
        let value = run(&world, line);
        assert_eq!(
            (&value["pending"], &value["registry"]),
            (&Value::Null, &json!(world.home.registry())),
            "{line}"
        );
        samples.add(section, value);
    }
    let names = &run(&world, "show seven")["names"];
    assert_eq!(
        *names,
        json!(["seven.example", "s.example", "seven.next.example"])
    );
    assert_eq!(run(&world, "history")["entries"][3]["sudo-user"], "ada");
    let users = world.home.data().join("registry.d/passwords/seven");
    fs::rename(&users, users.with_file_name("kept.txt")).unwrap();
    fs::create_dir(&users).unwrap();
    for (section, line) in [("mech list", "list"), ("mech show NAME", "show seven")] {
        let value = run(&world, line);
        assert_eq!(value["users"], Value::Null, "{line}");
        samples.add(section, value);
    }
    fs::remove_dir(&users).unwrap();
    fs::rename(users.with_file_name("kept.txt"), &users).unwrap();

    let edited = world.registry().replace("seven.example", "edited.example");
    fs::write(world.home.registry(), edited).unwrap();
    for (section, line) in pages {
        let value = run(&world, line);
        assert_eq!(value["pending"], "edited", "{line}");
        samples.add(section, value);
    }
    assert_eq!(run(&world, "diff")["differs"], true);
    for shell in ["bash", "zsh", "fish"] {
        samples.add(
            "mech completions SHELL",
            run(&world, &format!("completions {shell}")),
        );
    }
}

/// One error of each kind that can be had without breaking the machine.
pub(super) fn errors(samples: &mut Samples) {
    let mut add = |world: &World, line: &str, code: i32, kind: &str, state: &str| {
        let words = shell_words::split(line).unwrap();
        let ran = world
            .mech(words.iter().map(String::as_str).chain(["--json"]))
            .code(code);
        let value = printed(&ran);
        let error = &value["error"];
        assert_eq!(
            (&error["code"], &error["kind"], &error["state"]),
            (&json!(code), &json!(kind), &json!(state)),
            "{line}: {error:#}"
        );
        samples.add("An error", value);
    };
    let world = World::new();
    world.mech(["add", "seven", "--backends=3000"]).ok();
    add(&world, "remove sevn", 1, "refused", "untouched");
    add(&world, "update seven --host=a;b", 1, "refused", "untouched");
    add(&world, "add", 2, "usage", "untouched");
    add(&world, "update seven --hots=a", 2, "usage", "untouched");

    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    add(
        &world,
        &format!("set http-port {port}"),
        3,
        "reload",
        "restored",
    );
    drop(taken);

    let file = world.nginx.prefix().join("mech-overrides/seven/server");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "no_such_directive on;\n").unwrap();
    add(&world, "refresh", 4, "rejected", "untouched");
    fs::remove_file(file).unwrap();

    let parked = world
        .run(["update", "seven", "--host=a.example"])
        .env("MECH_PARK", "tested")
        .spawn();
    let locked = || world.mech(["refresh", "--lock-wait=0"]).code == 5;
    until("the other run holds the lock", locked);
    add(&world, "refresh --lock-wait=0", 5, "locked", "untouched");
    let _killed = parked.kill_9();

    let other = World::with(Nginx::private());
    fs::write(other.home.registry(), "{").unwrap();
    add(&other, "list", 1, "refused", "untouched");
    let bare = Mech::at(&other.home)
        .args(["no-such-command", "--json"])
        .run()
        .code(2);
    assert_eq!(printed(&bare)["error"]["kind"], "usage");
}

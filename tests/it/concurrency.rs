//! Many runs at once: they queue, none is lost, and whoever reads sees a whole registry.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, looks at files, and shows what it measured"
)]

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Backend, Mech, Ran, World, until};

/// How long a queue of two dozen runs may take on a busy machine.
const PATIENT: &str = "--lock-wait=50";

fn shortnames(world: &World) -> Vec<String> {
    let registry: Value = serde_json::from_str(&world.registry()).unwrap();
    let sites = registry["sites"].as_array().unwrap();
    let mut names: Vec<String> = sites
        .iter()
        .map(|site| site["shortname"].as_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Runs all of them at once.
fn at_once(runs: impl IntoIterator<Item = Mech>) -> Vec<Ran> {
    let running: Vec<_> = runs.into_iter().map(Mech::spawn).collect();
    running
        .into_iter()
        .map(|run| run.wait().no_panic())
        .collect()
}

/// Holds the lock by parking at `step`, until the run is killed.
macro_rules! parked {
    ($world:expr, $step:expr, $args:expr) => {{
        let said = $world.home.path().join("said.txt");
        fs::write(&said, "").unwrap();
        let run = $world
            .run($args)
            .env("MECH_PARK", $step)
            .env("SAID", &said)
            .shell("exec mech \"$@\" 2>\"$SAID\"")
            .spawn();
        until("the run holds the lock", || {
            fs::read_to_string(&said).unwrap().contains("parked at")
        });
        run
    }};
}

#[test]
fn twenty_four_adds_at_once_make_twenty_four_sites_that_answer() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let backends = format!("--backends={}", app.port());
    let start = Instant::now();
    let runs = (0..24).map(|number| {
        let (name, host) = (format!("s{number:02}"), format!("--host=s{number:02}.test"));
        world.run(["add", &name, &host, &backends, PATIENT])
    });
    for ran in at_once(runs) {
        let _ = ran.ok();
    }
    println!("24 adds at once: {:?}", start.elapsed());
    let wanted: Vec<String> = (0..24).map(|number| format!("s{number:02}")).collect();
    assert_eq!(shortnames(&world), wanted);
    for name in &wanted {
        let _ = world
            .get(&format!("{name}.test"), "/")
            .status(200)
            .from_backend("app");
    }
    let history = world.mech(["history", "--json"]).ok();
    let history: Value = serde_json::from_str(&history.stdout).unwrap();
    let ids: Vec<u64> = history["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, (1..=24).rev().collect::<Vec<_>>());
    world.no_stray_files();
}

#[test]
fn a_mix_at_once_ends_as_if_one_came_after_the_other() {
    let world = World::new();
    let (blue, green) = (Backend::tcp("blue"), Backend::tcp("green"));
    let to = |backend: &Backend| format!("--backends={}", backend.port());
    for name in ["u0", "u1", "u2", "r0", "r1", "r2"] {
        let host = format!("--host={name}.test");
        let _ = world.mech(["add", name, &host, &to(&blue)]).ok();
    }
    let mut runs = Vec::new();
    for number in 0..3 {
        let (added, updated, removed) = (
            format!("a{number}"),
            format!("u{number}"),
            format!("r{number}"),
        );
        let host = format!("--host={added}.test");
        runs.push(world.run(["add", &added, &host, &to(&green), PATIENT]));
        runs.push(world.run(["update", &updated, &to(&green), PATIENT]));
        runs.push(world.run(["remove", &removed, PATIENT]));
    }
    for ran in at_once(runs) {
        let _ = ran.ok();
    }
    assert_eq!(shortnames(&world), ["a0", "a1", "a2", "u0", "u1", "u2"]);
    for name in shortnames(&world) {
        let _ = world
            .get(&format!("{name}.test"), "/")
            .from_backend("green");
    }
    world.no_stray_files();
}

#[test]
fn the_same_change_twice_at_once_is_made_once() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let backends = format!("--backends={}", app.port());
    let add = || world.run(["add", "one", "--host=one.test", &backends]);
    let mut codes: Vec<i32> = at_once([add(), add(), add()])
        .iter()
        .map(|ran| ran.code)
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 1, 1]);
    assert_eq!(shortnames(&world), ["one"]);
}

#[test]
fn of_two_registries_on_one_folder_exactly_one_wins() {
    for round in 0..3 {
        let (world, app) = (World::new(), Backend::tcp("app"));
        let other = world.home.path().join("other/registry.json");
        fs::create_dir(other.parent().unwrap()).unwrap();
        fs::copy(world.home.registry(), &other).unwrap();
        let backends = format!("--backends={}", app.port());
        let runs = [world.home.registry(), other.clone()].map(|registry| {
            let words = ["add", "one", "--host=one.test", &backends];
            world.run(words).env("MECH_DATA", registry)
        });
        let both = at_once(runs);
        let won: Vec<&Ran> = both.iter().filter(|ran| ran.code == 0).collect();
        let lost: Vec<&Ran> = both.iter().filter(|ran| ran.code == 1).collect();
        assert!(
            won.len() == 1 && lost.len() == 1,
            "round {round}: {} {}",
            both[0],
            both[1]
        );
        let refused = lost[0].clone().stderr_has("another registry");
        assert_eq!(refused.last_line(), "nothing was changed");
        let loser = if both[0].code == 1 {
            world.home.registry()
        } else {
            other
        };
        let text = fs::read_to_string(loser).unwrap();
        assert!(
            !text.contains("one.test"),
            "the loser keeps its registry: {text}"
        );
        let _ = world.get("one.test", "/").status(200);
        world.no_stray_files();
    }
}

#[test]
fn without_waiting_a_taken_lock_is_exit_5_and_nothing_is_touched() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let backends = format!("--backends={}", app.port());
    let _ = world
        .mech(["add", "one", "--host=one.test", &backends])
        .ok();
    let holder = parked!(world, "locked", ["update", "one", "--backends=1"]);
    let pid = holder.pid().to_string();
    for words in [
        &[
            "add",
            "two",
            "--host=two.test",
            "--backends=2",
            "--lock-wait=0",
        ][..],
        &["remove", "one", "--lock-wait=0"],
        &["refresh", "--lock-wait=0"],
        &["remove", "one", "--lock-wait=0", "--dry-run"],
    ] {
        let start = Instant::now();
        let ran = world
            .untouched_by(|| world.mech(words))
            .code(5)
            .stderr_has(&pid);
        assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
        assert!(start.elapsed() < Duration::from_secs(5), "it waited: {ran}");
    }
    // Reading waits for nobody.
    let _ = world
        .untouched_by(|| world.mech(["list"]))
        .ok()
        .stdout_has("one.test");
    let _ = holder.kill_9();
}

#[test]
fn killing_the_holder_frees_the_lock() {
    let (world, app) = (World::new(), Backend::tcp("app"));
    let backends = format!("--backends={}", app.port());
    for step in ["locked", "tested", "journaled", "committed"] {
        let holder = parked!(
            world,
            step,
            ["add", "one", "--host=one.test", "--backends=1"]
        );
        let waiting = world
            .run(["add", "two", "--host=two.test", &backends, PATIENT])
            .spawn();
        let _ = holder.kill_9();
        let ran = waiting.wait().ok();
        assert_eq!(
            ran.stderr.contains("had been interrupted"),
            matches!(step, "journaled" | "committed"),
            "{step}: {ran}"
        );
        let _ = world.get("two.test", "/").status(200).from_backend("app");
        let _ = world.mech(["remove", "two"]).ok();
        let _ = world.mech(["remove", "one", "--if-exists"]).ok();
    }
    world.no_stray_files();
}

#[test]
fn readers_see_a_whole_registry_while_it_is_written() {
    let world = World::new();
    let end = AtomicBool::new(false);
    let whole = |path: &Path| -> usize {
        let text = fs::read_to_string(path).unwrap();
        let registry: Value =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        registry["sites"].as_array().unwrap().len()
    };
    // Every change adds or takes one site of two, so a reader may meet one or two sites and nothing else.
    let _ = world
        .mech(["add", "one", "--host=one.test", "--backends=3000"])
        .ok();
    let (files, lists) = thread::scope(|scope| {
        let file = scope.spawn(|| {
            let (mut reads, mut seen) = (0_usize, [0_usize; 3]);
            while !end.load(Ordering::SeqCst) {
                seen[whole(&world.home.registry())] += 1;
                reads += 1;
            }
            (reads, seen)
        });
        let list = scope.spawn(|| {
            let mut lists = 0;
            while !end.load(Ordering::SeqCst) {
                let ran = world.mech(["list"]).ok().stdout_has("add one");
                // Nothing was interrupted or edited: a run is at it, or none is.
                for word in ["error", "interrupted", "edited"] {
                    assert!(!ran.stderr.contains(word), "{ran}");
                }
                lists += 1;
            }
            lists
        });
        for _ in 0..6 {
            let _ = world
                .mech(["add", "two", "--host=two.test", "--backends=3000"])
                .ok();
            let _ = world.mech(["remove", "two"]).ok();
        }
        end.store(true, Ordering::SeqCst);
        (file.join().unwrap(), list.join().unwrap())
    });
    println!("{files:?} reads of the file, {lists} lists");
    let (_, seen) = files;
    assert!(
        seen[0] == 0 && seen[1] > 0 && seen[2] > 0 && lists > 0,
        "{seen:?}, {lists} lists"
    );
}

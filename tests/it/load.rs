//! Changes while clients keep asking: not one request fails, and what nginx would read is right at every instant.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, looks at files, and shows what it measured"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::crash::mechanic::mechanic_conf;
use crate::harness::{Backend, World};

/// The folders that nginx.conf includes, and the texts in them at one instant by folder and name.
const INCLUDED: [&str; 2] = ["conf.d", "sites-enabled"];
type State = BTreeMap<PathBuf, String>;

/// One look; none where something changed meanwhile, because then it was not one instant.
fn look(prefix: &Path) -> Option<State> {
    let names = |folder: &str| -> BTreeSet<PathBuf> {
        fs::read_dir(prefix.join(folder))
            .unwrap()
            .map(|entry| PathBuf::from(entry.unwrap().file_name()))
            .filter(|name| name.extension().is_some_and(|end| end == "conf"))
            .map(|name| Path::new(folder).join(name))
            .collect()
    };
    let once = || -> Option<State> {
        let mut state = State::new();
        for name in INCLUDED.iter().flat_map(|folder| names(folder)) {
            match fs::read_to_string(prefix.join(&name)) {
                Ok(text) => state.insert(name, text),
                Err(error) if error.kind() == ErrorKind::NotFound => return None,
                Err(error) => panic!("{}: {error}", name.display()),
            };
        }
        Some(state)
    };
    let (first, second) = (once()?, once()?);
    (first == second).then_some(first)
}

/// Collects every distinct state of what nginx includes while `act` runs.
fn watching<T>(world: &World, act: impl FnOnce() -> T) -> (Vec<State>, u32, T) {
    let end = AtomicBool::new(false);
    let prefix = world.nginx.prefix();
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let (mut seen, mut looks) = (Vec::new(), 0);
            loop {
                let last = end.load(Ordering::SeqCst);
                if let Some(state) = look(prefix) {
                    looks += 1;
                    if !seen.contains(&state) {
                        seen.push(state);
                    }
                }
                if last {
                    return (seen, looks);
                }
            }
        });
        let result = act();
        end.store(true, Ordering::SeqCst);
        let (seen, looks) = watcher.join().unwrap();
        (seen, looks, result)
    })
}

/// Claims that nginx accepts `state` and that each host is answered by one server.
fn accepted(state: &State, world: &World) {
    let judge = World::stopped();
    let own = |text: &str| {
        text.replace(
            &world.nginx.prefix().join("conf.d").display().to_string(),
            &judge.nginx.prefix().join("conf.d").display().to_string(),
        )
    };
    for (name, text) in state {
        fs::write(judge.nginx.prefix().join(name), own(text)).unwrap();
    }
    match judge.nginx.test() {
        Ok(said) => assert!(
            !said.contains("conflicting server name"),
            "{said}\n{state:#?}"
        ),
        Err(said) => panic!("{said}\n{state:#?}"),
    }
}

#[test]
fn a_hundred_changes_under_load_fail_no_request() {
    let world = World::new();
    let (blue, green) = (Backend::tcp("blue"), Backend::tcp("green"));
    let to = |backend: &Backend| format!("--backends={}", backend.port());
    let both = format!("--backends={},{}", blue.port(), green.port());
    let _ = world
        .mech(["add", "shop", "--host=shop.test", &to(&blue)])
        .ok();
    let start = Instant::now();
    let load = world
        .load("shop.test", "/")
        .clients(8)
        .per_second(400)
        .at_most(Duration::from_secs(90));
    let (summary, ()) = load.during(|| {
        for round in 0..20 {
            let name = format!("s{round}");
            let host = format!("--host={name}.test");
            let _ = world.mech(["add", &name, &host, &to(&blue)]).ok();
            let _ = world.mech(["update", "shop", &to(&green)]).ok();
            let _ = world.mech(["update", &name, &both]).ok();
            let _ = world.mech(["update", "shop", &to(&blue)]).ok();
            let _ = world.mech(["remove", &name]).ok();
        }
    });
    println!("100 changes in {:?}: {summary}", start.elapsed());
    let _ = summary.none_failed();
    assert!(
        blue.requests() > 100 && green.requests() > 100,
        "both apps were asked"
    );
    world.no_stray_files();
}

#[test]
fn an_import_under_load_fails_no_request_and_every_instant_is_right() {
    let world = World::new();
    let prefix = world.nginx.prefix().to_owned();
    let apps = [Backend::tcp("m0"), Backend::tcp("m1"), Backend::tcp("m2")];
    let (mut text, mut sites) = (String::new(), Vec::new());
    for (number, app) in apps.iter().enumerate() {
        let (name, host) = (format!("m{number}"), format!("m{number}.test"));
        let overrides = prefix.join("mechanic-overrides").join(&name);
        fs::create_dir_all(&overrides).unwrap();
        for file in ["top", "server", "location", "proxy"] {
            fs::write(overrides.join(file), "# nothing yet\n").unwrap();
        }
        text.push_str(&mechanic_conf(
            &prefix,
            world.http_port,
            &name,
            &host,
            &[app.port()],
        ));
        let backends = [format!("localhost:{}", app.port())];
        sites.push(json!({ "shortname": name, "host": host, "backends": backends }));
    }
    let settings = json!({
        "conf": world.nginx.conf_dir(),
        "logs": prefix.join("logs"),
        "overrides": prefix.join("mechanic-overrides"),
    });
    let registry = world.home.path().join("mechanic.json");
    let old = json!({ "settings": settings, "sites": sites });
    fs::write(&registry, format!("{old:#}\n")).unwrap();
    world.nginx.add_conf("mechanic.conf", &text);
    world.nginx.reload();
    let load = world.load("m1.test", "/").clients(8).per_second(800);
    let (summary, (seen, looks, ran)) = load.during(|| {
        watching(&world, || {
            world.mech(["import", "mechanic", registry.to_str().unwrap()])
        })
    });
    let ran = ran.ok().stderr_has("3 sites taken over");
    println!("import: {summary}; {} states in {looks} looks", seen.len());
    let _ = summary.none_failed();
    let names = |state: &State| state.keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        names(&seen[0]),
        [Path::new("conf.d/mechanic.conf")],
        "{ran}"
    );
    assert_eq!(
        names(seen.last().unwrap()),
        [Path::new("conf.d/mech.conf")],
        "{ran}"
    );
    for state in &seen {
        accepted(state, &world);
        let all: String = state.values().cloned().collect();
        for number in 0..3 {
            assert!(
                all.contains(&format!("m{number}.test")),
                "m{number} is gone for a moment:\n{all}"
            );
        }
    }
    for (number, app) in apps.iter().enumerate() {
        let _ = world.get(&format!("m{number}.test"), "/").status(200);
        assert!(app.requests() > 0);
    }
    let kept = fs::read_to_string(world.home.data().join("registry.d/imported/mechanic.conf"));
    assert_eq!(kept.unwrap(), text, "the old file is kept as it was");
    world.no_stray_files();
}

#[test]
fn at_every_instant_of_a_change_nginx_accepts_what_lies_there() {
    let world = World::new();
    let (blue, green) = (Backend::tcp("blue"), Backend::tcp("green"));
    let to = |backend: &Backend| format!("--backends={}", backend.port());
    let _ = world
        .mech(["add", "one", "--host=one.test", &to(&blue)])
        .ok();
    let (seen, looks, ()) = watching(&world, || {
        let _ = world
            .mech(["add", "two", "--host=two.test", &to(&blue)])
            .ok();
        let _ = world.mech(["update", "one", &to(&green)]).ok();
        // Refused by nginx itself: it must not be there for an instant.
        let top = world.nginx.prefix().join("mech-overrides/two/server");
        fs::write(&top, "no_such_directive on;\n").unwrap();
        let _ = world.mech(["update", "one", &to(&blue)]).code(4);
        fs::write(&top, "# nothing\n").unwrap();
        let _ = world.mech(["remove", "two"]).ok();
    });
    println!("{} states in {looks} looks", seen.len());
    assert_eq!(seen.len(), 4, "one change, one state: {seen:#?}");
    for state in &seen {
        assert!(
            state[Path::new("conf.d/mech.conf")].contains("one.test"),
            "{state:#?}"
        );
        accepted(state, &world);
    }
}

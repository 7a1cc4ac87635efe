//! `kill -9` at every step of a change of users: the old ones or the new ones, and never none.

use std::fs;
use std::path::Path;

use super::guarded::Guarded;
use crate::harness::until;

/// Runs `line` with `password` until it waits at `step`, and kills it there; whether there is such a step.
fn kill_at(guarded: &Guarded, step: &str, line: &str, password: &str) -> bool {
    let said = guarded.world.home.path().join("said.txt");
    let input = guarded.world.home.path().join("input.txt");
    fs::write(&said, "").unwrap();
    fs::write(&input, password).unwrap();
    let run = guarded
        .world
        .run(line.split(' '))
        .env("MECH_PARK", step)
        .env("SAID", &said)
        .env("INPUT", &input)
        .shell("exec mech \"$@\" 2>\"$SAID\" <\"$INPUT\"")
        .spawn();
    let mut parked = false;
    until(&format!("`{line}` parks at {step} or ends"), || {
        parked = fs::read_to_string(&said)
            .unwrap()
            .contains(&format!("parked at {step}\n"));
        parked || fs::read_link(format!("/proc/{}/exe", run.pid())).is_err()
    });
    let _killed = run.kill_9();
    let _ = (fs::remove_file(said), fs::remove_file(input));
    parked
}

const STEPS: &[&str] = &[
    "locked",
    "staged",
    "tested",
    "journaled",
    "committed-0",
    "committed-1",
    "committed-2",
    "committed-3",
    "committed",
    "reloaded",
    "settling-0",
    "settling-1",
    "settled",
];

/// Old or new at each step, and what the next change makes of it.
fn every_step(first: Option<&str>, line: &str, password: &str, is: impl Fn(&Guarded) -> [bool; 2]) {
    let mut steps = 0;
    for step in STEPS {
        let guarded = Guarded::new();
        guarded.add("ada", "old");
        if let Some(first) = first {
            let _ = guarded.mech(first).ok();
        }
        if !kill_at(&guarded, step, line, password) {
            continue;
        }
        steps += 1;
        let [old, new] = is(&guarded);
        assert!(old ^ new, "`{line}` killed at {step}: old {old}, new {new}");
        let pending = guarded
            .world
            .home
            .data()
            .join("registry.d/journal.json")
            .exists();
        let _ = guarded.mech("refresh").ok();
        let committed = !["locked", "staged", "tested"].contains(step);
        assert_eq!(
            is(&guarded),
            [!committed, committed],
            "`{line}` healed after {step}"
        );
        // A rollback has a way back before it commits: the overrides that the test needs in place.
        if committed || first.is_none() {
            assert_eq!(pending, committed && *step != "settled", "{step}");
        }
        guarded.world.no_stray_files();
        strays(&guarded.folder(), step);
        let _ = guarded.mech("refresh").ok().stderr_has("unchanged");
    }
    assert!(steps >= 10, "`{line}` has only {steps} of the steps");
}

/// Beside the files of users lies nothing.
#[track_caller]
fn strays(folder: &Path, step: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        assert_eq!(name, "shop", "killed at {step}");
    }
}

#[test]
fn a_new_password_is_there_or_the_old_one_is() {
    every_step(None, "auth add shop ada", "new", |guarded| {
        [
            guarded.status("ada", "old") == 200,
            guarded.status("ada", "new") == 200,
        ]
    });
}

#[test]
fn a_removed_user_is_there_or_gone() {
    every_step(None, "auth remove shop ada", "", |guarded| {
        let status = guarded.status("ada", "old");
        [status == 200, status == 401]
    });
}

#[test]
fn users_leave_with_their_site() {
    every_step(None, "remove shop", "", |guarded| {
        let there = guarded.world.registry().contains("shop.test");
        // While the change is half done its file may be gone already: nobody gets in then.
        let open = !there || guarded.file("shop").exists();
        assert!(
            open || guarded
                .world
                .home
                .data()
                .join("registry.d/journal.json")
                .exists()
        );
        [there, !there]
    });
}

#[test]
fn users_come_back_with_their_site() {
    every_step(Some("remove shop"), "rollback", "", |guarded| {
        let there = guarded.world.registry().contains("shop.test");
        // Never the site without the users that guard it.
        assert!(!there || guarded.text("shop").starts_with("ada:"));
        [!there, there]
    });
}

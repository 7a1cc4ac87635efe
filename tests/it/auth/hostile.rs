//! What is no user, no password or no folder: refused with a reason, and nothing is touched.

use std::fs;
use std::os::unix::fs::symlink;

use super::guarded::Guarded;
use crate::harness::until;

#[test]
fn names_that_a_line_of_the_file_cannot_hold_are_refused() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let long = "x".repeat(65);
    for name in [
        "",
        "a:b",
        "a b",
        "a\nb",
        "a\rb",
        "\u{7f}",
        "a\u{85}",
        "#ada",
        "a\tb",
        &long,
        "ada:$apr1$x$y\neve",
    ] {
        let ran = guarded.world.untouched_by(|| {
            let run = guarded.world.run(["auth", "add", "shop", name]);
            run.stdin("word").run().code(1)
        });
        assert!(ran.stderr.contains("a user's name"), "{name:?}: {ran}");
        assert_eq!(ran.last_line(), "nothing was changed", "{name:?}");
        let _ = ran.no_panic();
    }
}

#[test]
fn odd_names_work_as_they_stand() {
    let guarded = Guarded::new();
    let most = "x".repeat(64);
    for name in ["a@b.example", "ünï", "a#b", "$a;{}\"'\\", "a/../b", &most] {
        guarded.add(name, "word");
        assert_eq!(guarded.status(name, "word"), 200, "{name}");
        let _ = guarded.world.mech(["auth", "remove", "shop", name]).ok();
        assert_eq!(guarded.status(name, "word"), 401, "{name}");
    }
    let run = guarded.world.run(["auth", "add", "--", "shop", "-x"]);
    let _ = run.stdin("word").run().ok();
    guarded
        .mech("list")
        .ok()
        .stdout_has("# mech auth add -- shop -x   (");
}

#[test]
fn what_is_no_password_is_refused() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let refused = |stdin: &[u8], reason: &str| {
        let ran = guarded.world.untouched_by(|| {
            let run = guarded.world.run(["auth", "add", "shop", "ada"]);
            run.stdin(stdin).run().code(1)
        });
        assert!(ran.stderr.contains(reason), "{reason}: {ran}");
        assert_eq!(ran.last_line(), "nothing was changed");
        let _ = ran.no_panic();
    };
    refused(b"", "no password was given");
    refused(b"\n", "no password was given");
    refused(b"\r\n", "no password was given");
    refused(b"one\ntwo\n", "more than one");
    refused(b"a\0b", "NUL");
    refused(&[b'x'; 513], "at most 512 bytes");
    refused(&[b'x'; 10_240], "at most 512 bytes");
    assert_eq!(guarded.status("ada", "first"), 200);
}

#[test]
fn a_closed_or_endless_input_ends_the_run() {
    let guarded = Guarded::new();
    for script in [
        "exec mech auth add shop ada <&-",
        "exec mech auth add shop ada < /dev/zero",
        "while :; do echo word; done | mech auth add shop ada",
    ] {
        let ran = guarded.world.run([""; 0]).shell(script).run();
        assert_eq!(
            (ran.code, ran.last_line()),
            (1, "nothing was changed"),
            "{ran}"
        );
    }
}

#[test]
fn an_unknown_site_or_user_is_refused_with_the_nearest_one() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let told = |line: &str, hint: &str| {
        let run = guarded.world.run(line.split(' ')).stdin("word");
        let ran = guarded.world.untouched_by(|| run.run().code(1));
        assert!(ran.stderr.contains(hint), "{ran}");
    };
    told("auth add shpo ada", "did you mean `shop`?");
    told("auth remove shpo ada", "did you mean `shop`?");
    told("auth list shpo", "did you mean `shop`?");
    told("auth remove shop adda", "did you mean `ada`?");
    let _ = guarded
        .mech("auth remove shop adda --if-exists")
        .ok()
        .stderr_has("unchanged");
    let _ = guarded.mech("auth add shop").code(2);
    let _ = guarded.mech("auth add shop ada first").code(2);
    let _ = guarded.mech("auth remove shpo ada --if-exists").code(1);
}

#[test]
fn two_at_once_lose_no_user() {
    let guarded = Guarded::new();
    let runs: Vec<_> = (0..8)
        .map(|at| {
            let script = format!("echo word{at} | mech auth add shop user{at}");
            guarded.world.run([""; 0]).shell(&script).spawn()
        })
        .collect();
    for run in runs {
        let _ = run.wait().ok();
    }
    for at in 0..8 {
        assert_eq!(
            guarded.status(&format!("user{at}"), &format!("word{at}")),
            200
        );
    }
    guarded.world.no_stray_files();
}

#[test]
fn the_lock_is_not_held_while_a_password_is_awaited() {
    let guarded = Guarded::new();
    let script = "{ sleep 20; echo word; } | mech auth add shop ada";
    let waiting = guarded.world.run([""; 0]).shell(script).spawn();
    until("the run has begun to wait", || {
        fs::read_dir("/proc").unwrap().flatten().any(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let data = fs::read(entry.path().join("environ")).unwrap_or_default();
            let of_this_world = String::from_utf8_lossy(&data)
                .contains(guarded.world.home.path().to_str().unwrap());
            of_this_world && line.starts_with(b"mech\0auth")
        })
    });
    let _ = guarded
        .mech("update shop --aliases=s.test --lock-wait=0")
        .ok();
    let _killed = waiting.kill_9();
}

#[test]
fn a_folder_that_keeps_the_workers_out_is_told() {
    let guarded = Guarded::new();
    guarded.mode("", 0o700);
    if rustix::process::geteuid().is_root() {
        let ran = guarded.add("ada", "first");
        let folder = guarded.world.home.path().display();
        assert!(ran.stderr.contains(&format!("chmod o+x {folder}")), "{ran}");
        assert_eq!(guarded.status("ada", "first"), 500, "as it was told");
        guarded.mode("", 0o711);
        let told = guarded.add("ada", "second");
        assert!(!told.stderr.contains("chmod"), "{told}");
    } else {
        guarded.add("ada", "second");
    }
    assert_eq!(guarded.status("ada", "second"), 200);
}

#[test]
fn what_is_no_file_in_the_place_of_one_is_refused_and_left() {
    let guarded = Guarded::new();
    fs::remove_file(guarded.file("shop")).unwrap();
    fs::create_dir(guarded.file("shop")).unwrap();
    let run = guarded
        .world
        .run(["auth", "add", "shop", "ada"])
        .stdin("word");
    let ran = guarded.world.untouched_by(|| run.run().code(1));
    assert!(ran.stderr.contains("is no regular file"), "{ran}");
    fs::remove_dir(guarded.file("shop")).unwrap();
    // A link is replaced, and what it leads to is somebody else's.
    let other = guarded.world.home.path().join("other");
    fs::write(&other, "bob:x\n").unwrap();
    symlink(&other, guarded.file("shop")).unwrap();
    guarded.add("ada", "word");
    assert_eq!(fs::read_to_string(&other).unwrap(), "bob:x\n");
    assert_eq!(guarded.status("ada", "word"), 200);
}

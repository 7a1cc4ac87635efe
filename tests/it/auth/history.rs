//! Users in history: taken back, brought back, and never shown but by name.

use std::fs;
use std::net::TcpListener;

use super::guarded::Guarded;

#[test]
fn a_rollback_brings_back_the_password_of_before() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    guarded.add("ada", "second");
    let _ = guarded.mech("rollback").ok();
    assert_eq!(
        (
            guarded.status("ada", "first"),
            guarded.status("ada", "second")
        ),
        (200, 401)
    );
    let _ = guarded.mech("rollback").ok();
    assert_eq!(
        (
            guarded.status("ada", "first"),
            guarded.status("ada", "second")
        ),
        (401, 200)
    );
    let _ = guarded.mech("rollback 1").ok();
    assert_eq!(
        (
            guarded.status("ada", "first"),
            guarded.status("ada", "second")
        ),
        (401, 401)
    );
    assert_eq!(guarded.text("shop"), "");
    let _ = guarded.mech("rollback 2").ok();
    assert_eq!(guarded.status("ada", "first"), 200);
}

#[test]
fn a_rollback_brings_back_a_removed_site_with_its_users() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let text = guarded.text("shop");
    for gone in ["remove shop", "reset --yes"] {
        let _ = guarded.mech(gone).ok();
        assert!(!guarded.file("shop").exists(), "{gone}");
        let _ = guarded.mech("rollback").ok();
        assert_eq!(guarded.text("shop"), text, "{gone}");
        assert_eq!(guarded.status("ada", "first"), 200, "{gone}");
    }
}

#[test]
fn an_edit_by_hand_that_a_rollback_takes_away_can_be_brought_back() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    guarded.add("bob", "second");
    let edited = guarded.text("shop") + "eve:$apr1$xxxxxxxx$dxHfLAsjHkDRmG83UXe8K0\n";
    fs::write(guarded.file("shop"), &edited).unwrap();
    let _ = guarded.mech("rollback").ok();
    assert_eq!(guarded.status("eve", "password"), 401);
    let _ = guarded.mech("rollback").ok();
    assert_eq!(guarded.text("shop"), edited);
}

#[test]
fn a_failed_reload_puts_users_back() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let taken = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    // The edit of the registry makes this change one that nginx cannot take.
    let old = format!("\"http-port\": \"{}\"", guarded.world.http_port);
    let text = guarded.world.registry();
    let old = if text.contains(&old) {
        old
    } else {
        old.replace(
            &format!("\"{}\"", guarded.world.http_port),
            &guarded.world.http_port.to_string(),
        )
    };
    let edited = text.replace(&old, &format!("\"http-port\": {port}"));
    assert_ne!(edited, text);
    fs::write(guarded.world.home.registry(), edited).unwrap();
    let before = guarded.world.snapshot();
    let ran = guarded
        .world
        .run(["auth", "add", "shop", "ada"])
        .stdin("second")
        .run();
    let ran = ran.code(3);
    assert!(ran.stderr.contains("restored"), "{ran}");
    before.assert_same(&guarded.world.snapshot());
    assert_eq!(
        (
            guarded.status("ada", "first"),
            guarded.status("ada", "second")
        ),
        (200, 401)
    );
}

#[test]
fn no_hash_and_no_password_is_shown_or_lies_open() {
    let guarded = Guarded::new();
    let dry = guarded.world.untouched_by(|| {
        let run = guarded
            .world
            .run(["auth", "add", "shop", "ada", "--dry-run"]);
        run.stdin("f1rst-w0rd").run().ok()
    });
    dry.stdout_has("+ada")
        .says_nothing_of("apr1")
        .says_nothing_of("f1rst-w0rd");
    guarded.add("ada", "f1rst-w0rd");
    guarded.add("ada", "sec0nd-word");
    let hash = guarded.text("shop");
    let hash = hash.trim().split(':').nth(1).unwrap();
    for line in [
        "diff",
        "diff 2",
        "diff 3",
        "diff 3 --json",
        "list",
        "list --json",
        "show shop",
        "show shop --nginx",
        "show shop --json",
        "auth list",
        "auth list --json",
        "history",
        "history --json",
        "refresh -v",
        "rollback --dry-run",
        "auth remove shop ada --dry-run",
        "auth remove shop ada --dry-run --json",
    ] {
        let ran = guarded.mech(line).ok();
        ran.says_nothing_of("$apr1$")
            .says_nothing_of("f1rst-w0rd")
            .says_nothing_of("sec0nd-word");
    }
    guarded.mech("diff 2").ok().stdout_has("+ada\n");
    guarded
        .mech("diff 3")
        .ok()
        .stdout_has("+ada (a new password)");
    guarded
        .mech("auth remove shop ada --dry-run")
        .ok()
        .stdout_has("-ada");
    let published = guarded.published();
    assert!(
        published.contains("\"shop\""),
        "the registry is for all to read"
    );
    for secret in [hash, "f1rst-w0rd", "sec0nd-word", "$apr1$"] {
        assert!(!published.contains(secret), "{secret}");
    }
}

#[test]
fn what_no_entry_knows_any_more_is_let_go() {
    let guarded = Guarded::new();
    let _ = guarded.mech("set history-max 3").ok();
    for word in ["a", "b", "c", "d", "e", "f"] {
        guarded.add("ada", word);
    }
    let kept = guarded
        .world
        .home
        .data()
        .join("registry.d/history/passwords");
    // Three entries, each with the state before and after it.
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 4);
    let _ = guarded.mech("rollback").ok();
    assert_eq!(guarded.status("ada", "e"), 200);
}

#[test]
fn a_rollback_to_users_who_are_lost_is_refused() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    guarded.add("ada", "second");
    let kept = guarded
        .world
        .home
        .data()
        .join("registry.d/history/passwords");
    for file in fs::read_dir(&kept).unwrap() {
        fs::rename(file.unwrap().path(), kept.join("moved away")).unwrap();
    }
    let ran = guarded
        .world
        .untouched_by(|| guarded.mech("rollback").code(1));
    assert!(ran.stderr.contains("the users of history entry 3"), "{ran}");
    assert_eq!(guarded.status("ada", "second"), 200);
}

//! Users who come, change their password and go, told by real requests.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use super::guarded::Guarded;

#[test]
fn gets_in_from_the_moment_the_command_ends_until_removed() {
    let guarded = Guarded::new();
    assert_eq!(guarded.status_of_nobody(), 401);
    assert_eq!(guarded.status("ada", "first"), 401);
    guarded
        .add("ada", "first")
        .stderr_has("user `ada` of `shop`: done");
    assert_eq!(guarded.status("ada", "first"), 200);
    assert_eq!(guarded.status_of_nobody(), 401);
    guarded.add("ada", "second");
    assert_eq!(
        (
            guarded.status("ada", "first"),
            guarded.status("ada", "second")
        ),
        (401, 200)
    );
    guarded.add("bob", "third");
    let _ = guarded.mech("auth remove shop ada").ok();
    assert_eq!(
        (
            guarded.status("ada", "second"),
            guarded.status("bob", "third")
        ),
        (401, 200)
    );
    let _ = guarded
        .mech("auth remove shop bob")
        .ok()
        .stderr_has("nobody can log in");
    assert_eq!(guarded.status("bob", "third"), 401);
}

#[test]
fn needs_no_reload_and_is_an_entry_of_history() {
    let guarded = Guarded::new();
    let workers = guarded.workers();
    guarded.add("ada", "first").stderr_has("needs no reload");
    guarded.add("ada", "second");
    let _ = guarded.mech("auth remove shop ada").ok();
    assert_eq!(guarded.workers(), workers, "nginx was reloaded");
    let history = guarded.mech("history").ok();
    for line in ["mech auth add shop ada", "mech auth remove shop ada"] {
        assert!(history.stdout.contains(line), "{history}");
    }
}

#[test]
fn the_same_password_again_changes_nothing() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let again = guarded.world.untouched_by(|| guarded.add("ada", "first"));
    again.stderr_has("unchanged");
    let other = guarded.text("shop");
    guarded.add("ada", "First");
    assert_ne!(guarded.text("shop"), other);
}

#[test]
fn users_of_one_site_are_nobody_to_another() {
    let guarded = Guarded::new();
    guarded
        .add_site("docs")
        .stderr_has("nobody can log in to `docs`");
    guarded.add("ada", "one");
    assert_eq!(guarded.status_of("shop", "ada", "one"), 200);
    assert_eq!(guarded.status_of("docs", "ada", "one"), 401);
}

#[test]
fn only_nginx_s_workers_and_the_owner_may_read_the_file() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let file = fs::metadata(guarded.file("shop")).unwrap();
    assert_eq!(file.mode() & 0o777, 0o640);
    assert_eq!(
        fs::metadata(guarded.folder()).unwrap().mode() & 0o777,
        0o711
    );
    let secret = guarded
        .world
        .home
        .data()
        .join("registry.d/history/passwords");
    assert_eq!(fs::metadata(&secret).unwrap().mode() & 0o777, 0o700);
    for kept in fs::read_dir(secret).unwrap() {
        assert_eq!(kept.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
    }
    if file.uid() == 0 {
        assert_ne!(file.gid(), 0, "the group of the workers");
    }
    assert_eq!(guarded.status("ada", "first"), 200);
}

#[test]
fn a_file_that_the_workers_could_not_read_is_mended_by_a_refresh() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let text = guarded.text("shop");
    let file = guarded.file("shop");
    fs::remove_file(&file).unwrap();
    fs::write(&file, &text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let _ = guarded.mech("refresh").ok();
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
    assert_eq!(
        (guarded.text("shop"), guarded.status("ada", "first")),
        (text, 200)
    );
    let _ = guarded.mech("refresh").ok().stderr_has("unchanged");
}

#[test]
fn a_site_that_asks_for_none_may_have_users_already() {
    let guarded = Guarded::new();
    let _ = guarded.mech("update shop --auth=").ok();
    let added = guarded.add("ada", "first");
    added.stderr_has("mech update shop --auth");
    assert_eq!(guarded.status_of_nobody(), 200);
    let _ = guarded.mech("update shop --auth").ok();
    assert_eq!(
        (guarded.status_of_nobody(), guarded.status("ada", "first")),
        (401, 200)
    );
}

#[test]
fn a_removed_site_takes_its_users_with_it_and_a_new_one_starts_without() {
    let guarded = Guarded::new();
    guarded.add_site("docs");
    guarded.add("ada", "first");
    let _ = guarded.mech("remove shop").ok();
    assert!(!guarded.file("shop").exists());
    assert!(guarded.file("docs").exists());
    // One that was left in its place by somebody else is nothing to a new site either.
    fs::write(
        guarded.file("shop"),
        "eve:$apr1$xxxxxxxx$dxHfLAsjHkDRmG83UXe8K0\n",
    )
    .unwrap();
    guarded.add_site("shop");
    assert_eq!(
        (
            guarded.status("ada", "first"),
            guarded.status("eve", "password")
        ),
        (401, 401)
    );
    let _ = guarded.mech("reset --yes").ok();
    assert!(!guarded.folder().exists());
}

#[test]
fn an_edit_by_hand_holds_and_a_refresh_takes_it_in() {
    let guarded = Guarded::new();
    guarded.add("ada", "first");
    let text =
        guarded.text("shop") + "# from htpasswd\neve:$apr1$xxxxxxxx$dxHfLAsjHkDRmG83UXe8K0\n";
    fs::write(guarded.file("shop"), &text).unwrap();
    assert_eq!(guarded.status("eve", "password"), 200);
    guarded
        .mech("diff")
        .ok()
        .stdout_has("+eve")
        .says_nothing_of("$apr1$");
    let workers = guarded.workers();
    let refreshed = guarded.mech("refresh --json").ok();
    assert!(
        refreshed.stdout.contains("\"changed\": true"),
        "{refreshed}"
    );
    let history = guarded.mech("history").ok();
    let newest = history.stdout.lines().next().unwrap();
    assert!(newest.contains("mech refresh"), "{history}");
    assert_eq!((guarded.text("shop"), guarded.workers()), (text, workers));
    let _ = guarded.mech("refresh").ok().stderr_has("unchanged");
    assert_eq!(guarded.mech("diff").ok().stdout, "");
    guarded.add("bob", "third");
    assert!(guarded.text("shop").starts_with("# from htpasswd\nada:"));
    assert_eq!(guarded.status("eve", "password"), 200);
    let _ = guarded.mech("auth remove shop eve").ok();
    assert_eq!(guarded.status("eve", "password"), 401);
}

#[test]
fn a_name_in_other_letters_is_the_same_site() {
    let guarded = Guarded::new();
    let run = guarded.world.run(["auth", "add", "SHOP", "ada"]);
    let _ = run.stdin("first").run().ok();
    assert_eq!(guarded.status("ada", "first"), 200);
    let edited = guarded.world.registry().replace("\"shop\"", "\"Shop\"");
    fs::write(guarded.world.home.registry(), edited).unwrap();
    let _ = guarded.mech("refresh").ok();
    assert_eq!(guarded.status("ada", "first"), 200);
    assert!(!guarded.file("shop").exists());
}

#[test]
fn before_nginx_runs_users_wait_for_it() {
    let mut guarded = Guarded::new();
    guarded.world.nginx.stop();
    guarded.add("ada", "first");
    guarded.world.nginx.start();
    assert_eq!(guarded.status("ada", "first"), 200);
}

//! A user who may not: each file and folder of a change, one at a time.

use std::path::Path;

use super::nobody::{Denied, Nobodys, is_root};
use crate::crash::scene::{MARK, Scene};
use crate::harness::World;

/// nginx stopped and `one` added by nobody, who owns what a change writes to.
fn ready() -> Nobodys {
    let own = Nobodys::owning(World::stopped());
    let _ = own
        .run(&["add", "one", "--host=one.test", "--backends=3000"])
        .run()
        .ok();
    own
}

/// Claims that `args` are refused, with a hint that helps, and change nothing; `denied` is what they may not touch.
#[track_caller]
fn refused(own: &Nobodys, denied: Option<&Path>, args: &[&str]) {
    let before = own.world.snapshot();
    let taken = denied.map(Denied::at);
    let ran = own.run(args).run().no_panic();
    drop(taken);
    let what = denied.unwrap_or(Path::new("another's files")).display();
    assert_eq!(ran.code, 1, "{what}: {ran}");
    before.assert_same(&own.world.snapshot());
    own.world.no_stray_files();
    assert_eq!(ran.last_line(), "nothing was changed", "{what}: {ran}");
    assert!(
        ran.stderr.contains("sudo"),
        "{what}: a hint that helps: {ran}"
    );
    let name = denied.and_then(|path| path.file_name()?.to_str());
    assert!(
        name.is_none_or(|name| ran.stderr.contains(name)),
        "{what} is named: {ran}"
    );
}

#[test]
fn a_user_without_permission_reads_and_is_told_how_to_change() {
    if !is_root() {
        // Without root there is no other user; what is denied to oneself is claimed below.
        return a_file_that_may_not_be_touched_is_named_and_nothing_else_suffers();
    }
    let scene = Scene::new();
    let own = Nobodys::reading(scene.world);
    for words in [&["list"][..], &["show", "one"], &["history"], &["diff"]] {
        let before = own.world.snapshot();
        let _ = own.run(words).run().ok().no_panic();
        before.assert_same(&own.world.snapshot());
    }
    for words in [
        &["add", "three", "--host=three.test", "--backends=3000"][..],
        &["update", "one", "--backends=3000"],
        &["remove", "one"],
        &["set", "http2", "true"],
        &["rollback"],
    ] {
        let workers = own.world.nginx.worker_pids();
        refused(&own, None, words);
        assert_eq!(own.world.nginx.worker_pids(), workers);
    }
}

#[test]
fn a_file_that_may_not_be_touched_is_named_and_nothing_else_suffers() {
    let own = ready();
    let data = own.world.home.data();
    let prefix = own.world.nginx.prefix();
    let update = ["update", "one", "--backends=3001"];
    // One that nobody has written to is known without being read.
    std::fs::write(prefix.join("mech-overrides/one/server"), MARK).unwrap();
    for path in [
        data.join("registry.json"),
        data.clone(),
        data.join("registry.d"),
        data.join("registry.d/history"),
        data.join("registry.d/lock"),
        data.join("registry.d/applied.json"),
        own.world.nginx.conf_dir(),
        own.world.mech_conf(),
        prefix.join("mech-overrides/one/server"),
    ] {
        refused(&own, Some(&path), &update);
    }
    let _ = own.run(&update).run().ok();
    own.world.no_stray_files();
    assert!(own.world.rendered().contains("3001"));
}

#[test]
fn a_user_who_may_not_signal_nginx_changes_nothing() {
    if !is_root() {
        // One's own nginx takes one's own signals: there is nobody else to play.
        return a_file_that_may_not_be_touched_is_named_and_nothing_else_suffers();
    }
    let scene = Scene::new();
    let before = scene.world.nginx.worker_pids();
    let own = Nobodys::owning(scene.world);
    let picture = own.world.snapshot();
    let ran = own
        .run(&["update", "one", "--backends=3001"])
        .run()
        .no_panic();
    assert!(ran.code == 3 || ran.code == 1, "{ran}");
    picture.assert_same(&own.world.snapshot());
    assert_eq!(own.world.nginx.worker_pids(), before);
    own.world.no_stray_files();
    let _ = own.world.get("one.test", "/").from_backend("blue");
}

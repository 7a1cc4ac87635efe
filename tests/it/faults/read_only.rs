//! Folders on which nothing can be written, for root too, and folders that are not there.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::nobody::is_root;
use crate::crash::scene::Scene;
use crate::harness::{Ran, World};

/// Runs mech while `folder` cannot be written: for root on a read-only mount that only this run sees.
fn read_only(world: &World, folder: &Path, args: &[&str]) -> Ran {
    if is_root() {
        let script = "PATH=/usr/bin:/bin:/usr/sbin:/sbin exec unshare --mount sh -c '
            mount --bind \"$FOLDER\" \"$FOLDER\" && mount -o remount,ro,bind \"$FOLDER\" || exit 99
            PATH=\"$BIN\" exec mech \"$@\"' sh \"$@\"";
        let run = world
            .run(args)
            .env("FOLDER", folder)
            .env("BIN", world.home.bin())
            .shell(script)
            .run();
        assert_ne!(
            run.code, 99,
            "needs the right to mount, or a user other than root:\n{run}"
        );
        return run;
    }
    let mode = fs::metadata(folder).unwrap().permissions();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
    let run = world.mech(args);
    fs::set_permissions(folder, mode).unwrap();
    run
}

#[test]
fn a_folder_that_cannot_be_written_refuses_every_change_and_then_heals() {
    let scene = Scene::new();
    let world = &scene.world;
    let data = world.home.data();
    let app = format!("--backends={}", scene.green.port());
    let places = [
        data.clone(),
        data.join("registry.d"),
        data.join("registry.d/history"),
        world.nginx.conf_dir(),
    ];
    scene.remember();
    for place in &places {
        for args in [
            &["add", "three", "--host=three.test", &app][..],
            &["update", "one", &app],
            &["remove", "two"],
        ] {
            let ran = world
                .untouched_by(|| read_only(world, place, args))
                .code(1)
                .no_panic();
            assert_eq!(
                ran.last_line(),
                "nothing was changed",
                "{}: {ran}",
                place.display()
            );
            // A registry that cannot be written can be read.
            let _ = read_only(world, place, &["list"])
                .ok()
                .stdout_has("add one");
        }
        let _ = world.mech(["update", "one", &app]).ok();
        assert_eq!(scene.answer("one.test"), "one.test: 200 green -");
        scene.is_settled("once it can be written");
        scene.back_to_start();
    }
}

#[test]
fn overrides_that_cannot_be_written_stop_no_change_but_a_move_of_them() {
    let scene = Scene::new();
    let world = &scene.world;
    let app = format!("--backends={}", scene.green.port());
    let overrides = scene.overrides();
    let add = ["add", "three", "--host=three.test", &app];
    let _ = read_only(world, &overrides, &add).ok();
    assert_eq!(scene.answer("three.test"), "three.test: 200 green -");
    scene.is_settled("an add without override files");
    // `remove` would have to move the folder of `two`.
    let before = scene.view();
    let ran = read_only(world, &overrides, &["remove", "two"])
        .code(1)
        .no_panic();
    assert!(
        ran.last_line().starts_with("everything is restored"),
        "{ran}"
    );
    assert_eq!(scene.view(), before);
    scene.is_settled("a remove that was taken back");
    let _ = world.mech(["remove", "two"]).ok();
}

#[test]
fn a_conf_folder_that_is_not_there_refuses_every_change_and_then_heals() {
    let scene = Scene::new();
    let world = &scene.world;
    let (folder, aside) = (world.nginx.conf_dir(), world.nginx.prefix().join("aside"));
    fs::rename(&folder, &aside).unwrap();
    let app = format!("--backends={}", scene.green.port());
    let ran = world
        .untouched_by(|| world.mech(["update", "one", &app]))
        .code(1)
        .no_panic();
    assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
    assert!(ran.stderr.contains("conf.d"), "the folder is named: {ran}");
    let _ = world.mech(["list"]).ok().stdout_has("add one");
    fs::rename(&aside, &folder).unwrap();
    let _ = world.mech(["update", "one", &app]).ok();
    assert_eq!(scene.answer("one.test"), "one.test: 200 green -");
    scene.is_settled("once it is there again");
    // And an empty one in its place is filled again.
    fs::remove_dir_all(&folder).unwrap();
    fs::create_dir(&folder).unwrap();
    let _ = world.mech(["refresh"]).ok();
    scene.is_settled("filled again");
    assert!(world.rendered().contains("one.test"));
}

#[test]
fn a_conf_folder_that_never_was_is_named() {
    let scene = Scene::new();
    let missing = scene.world.nginx.prefix().join("missing");
    let set = ["set", "conf", missing.to_str().unwrap()];
    let ran = scene
        .world
        .untouched_by(|| scene.world.mech(set))
        .code(1)
        .no_panic();
    assert!(ran.stderr.contains("missing"), "{ran}");
    assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
}

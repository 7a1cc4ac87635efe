//! Wherever the disk is full, and however full.

use std::fs::{self, OpenOptions};
use std::path::Path;
use std::time::Instant;

use crate::crash::scene::Scene;
use crate::harness::{Ran, SmallDisk, World};

const PAGE: u64 = 4096;

/// Lets `free` pages remain on a disk that is otherwise full.
fn fill_but(disk: &SmallDisk, free: u64) {
    disk.fill();
    let filler = OpenOptions::new()
        .write(true)
        .open(disk.path().join("filler"))
        .unwrap();
    let length = filler.metadata().unwrap().len();
    filler.set_len(length - free * PAGE).unwrap();
}

/// A refusal that left nothing behind and says so.
#[track_caller]
fn refused(ran: Ran, full: &str) {
    let ran = ran.code(1).no_panic();
    let line = ran.last_line();
    assert!(
        line == "nothing was changed" || line.starts_with("everything is restored"),
        "{full}: {ran}"
    );
}

/// Tries `args` with ever more room until they succeed: each try before leaves everything as it was.
fn with_ever_more_room(world: &World, disk: &SmallDisk, run: impl Fn() -> Ran) {
    let start = Instant::now();
    for free in 0..40 {
        fill_but(disk, free);
        let (before, workers) = (world.snapshot(), world.nginx.worker_pids());
        let registry = world.registry();
        let ran = run();
        let done = ran.code == 0;
        if !done {
            refused(ran, &format!("{free} pages free"));
            before.assert_same(&world.snapshot());
            assert_eq!(world.nginx.worker_pids(), workers);
            assert_eq!(world.registry(), registry);
        }
        disk.make_room();
        world.no_stray_files();
        assert!(world.nginx.test().is_ok());
        if done {
            println!("{free} tries on a disk too full, {:?}", start.elapsed());
            assert!(free > 0, "a full disk was no hindrance");
            return;
        }
    }
    panic!("it never succeeded");
}

fn disk(kilobytes: u32) -> Option<SmallDisk> {
    match SmallDisk::new(kilobytes) {
        Ok(disk) => Some(disk),
        Err(no) => {
            println!(
                "no small disk here ({}): file sizes are limited instead",
                no.reason
            );
            None
        }
    }
}

/// The stand-in where no disk can be had.
fn with_files_limited(world: &World) {
    let app = "--backends=3000";
    let before = world.snapshot();
    let ran = world
        .run(["add", "big", "--host=big.test", app])
        .no_file_above(1)
        .run();
    refused(ran, "no file above 1 kB");
    before.assert_same(&world.snapshot());
    let _ = world.mech(["add", "big", "--host=big.test", app]).ok();
    world.no_stray_files();
}

#[test]
fn a_limit_on_file_sizes_refuses_the_change_and_loses_nothing() {
    let scene = Scene::new();
    with_files_limited(&scene.world);
}

#[test]
fn a_full_disk_under_the_registry_loses_nothing() {
    let scene = Scene::new();
    let world = &scene.world;
    let Some(disk) = disk(400) else {
        return with_files_limited(world);
    };
    let registry = disk.path().join("registry.json");
    // The registry moves to the disk with all that lies beside it.
    copy(&world.home.data(), disk.path());
    let _ = fs::remove_file(world.mech_conf());
    let run = |args: &[&str]| world.run(args).env("MECH_DATA", &registry).run();
    let _ = run(&["refresh"]).ok();
    let state = || {
        let mut files = Vec::new();
        list(disk.path(), &mut files);
        files.retain(|path| !path.ends_with("filler") && !path.ends_with("lock"));
        files.sort();
        files
    };
    let before = (state(), fs::read_to_string(&registry).unwrap());
    let app = format!("--backends={}", scene.green.port());
    with_ever_more_room(world, &disk, || {
        let ran = run(&["add", "three", "--host=three.test", &app]);
        if ran.code != 0 {
            let now = (state(), fs::read_to_string(&registry).unwrap());
            assert_eq!(before, now, "what lies on the disk after\n{ran}");
        }
        ran
    });
    assert_eq!(scene.answer("three.test"), "three.test: 200 green -");
    // The record may have found no room to say that the change was proven: then it is proven once more.
    let _ = run(&["refresh"]).ok();
    let said = run(&["refresh"]).ok();
    assert!(said.stderr.contains("unchanged"), "{said}");
    let history = run(&["history"]).ok().stdout;
    assert!(
        history.contains("add three"),
        "the change is in history:\n{history}"
    );
}

#[test]
fn a_full_disk_under_the_conf_folder_loses_nothing() {
    let scene = Scene::new();
    let world = &scene.world;
    let Some(disk) = disk(64) else {
        return with_files_limited(world);
    };
    let include = format!("include {}/*.conf;\n", disk.path().display());
    world.nginx.add_conf("disk.conf", &include);
    let _ = world
        .mech(["set", "conf", disk.path().to_str().unwrap()])
        .ok();
    let live = disk.path().join("mech.conf");
    let before = fs::read_to_string(&live).unwrap();
    let app = format!("--backends={}", scene.green.port());
    with_ever_more_room(world, &disk, || {
        let ran = world.mech(["add", "three", "--host=three.test", &app]);
        if ran.code != 0 {
            assert_eq!(fs::read_to_string(&live).unwrap(), before, "{ran}");
            assert_eq!(
                fs::read_dir(disk.path()).unwrap().count(),
                2,
                "strays: {ran}"
            );
        }
        ran
    });
    assert_eq!(scene.answer("three.test"), "three.test: 200 green -");
    scene.is_settled("once there is room");
}

#[test]
fn a_full_disk_under_the_overrides_stops_no_change() {
    let scene = Scene::new();
    let world = &scene.world;
    let Some(disk) = disk(64) else {
        return with_files_limited(world);
    };
    let folder = disk.path().join("overrides");
    fs::create_dir(&folder).unwrap();
    let _ = world
        .mech(["set", "overrides", folder.to_str().unwrap()])
        .ok();
    disk.fill();
    let app = format!("--backends={}", scene.green.port());
    // The override files are an invitation; without them nothing is missing.
    let _ = world.mech(["add", "three", "--host=three.test", &app]).ok();
    assert_eq!(scene.answer("three.test"), "three.test: 200 green -");
    world.no_stray_files();
    disk.make_room();
    let _ = world.mech(["update", "one", &app]).ok();
    scene.is_settled("once there is room");
}

#[test]
fn a_full_disk_under_the_overrides_refuses_an_import_whole() {
    let scene = Scene::with_mechanic();
    let world = &scene.world;
    let Some(disk) = disk(64) else {
        return with_files_limited(world);
    };
    let folder = disk.path().join("overrides");
    fs::create_dir(&folder).unwrap();
    let _ = world
        .mech(["set", "overrides", folder.to_str().unwrap()])
        .ok();
    let file = scene.mechanic_registry();
    with_ever_more_room(world, &disk, || {
        let ran = world.mech(["import", "mechanic", file.to_str().unwrap()]);
        if ran.code != 0 {
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "strays: {ran}");
        }
        ran
    });
    assert_eq!(scene.answer("m1.test"), "m1.test: 200 blue kept");
}

fn list(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            list(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        // A registry at a new place begins anew but for its text.
        if path.is_file() {
            fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}

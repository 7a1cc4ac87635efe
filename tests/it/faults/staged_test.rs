//! Where no file can be written beside nginx.conf, the candidate is tested in a mount namespace, and where that is not
//! allowed either, alone and then in place.

use std::fs;

use serde_json::Value;

use super::nobody::{Nobodys, is_root};
use crate::crash::scene::Scene;
use crate::harness::{Mech, World};

/// What only the whole configuration can refuse: an upstream that a file of the user's has too.
const TWICE: &str = "upstream shared { server 127.0.0.1:1; }\n";

fn test_word(said: &str) -> String {
    let value: Value = serde_json::from_str(said).unwrap();
    value["test"].as_str().unwrap().to_owned()
}

/// A run for which the folder of nginx.conf is a read-only mount, and the folders in it are not.
fn folder_of_main_read_only(world: &World, args: &[&str]) -> Mech {
    let script = "PATH=/usr/bin:/bin:/usr/sbin:/sbin exec unshare --mount sh -c '
        mount --bind \"$P\" \"$P\" && mount -o remount,ro,bind \"$P\" || exit 99
        for at in conf.d logs temp mech-overrides nginx.pid; do
            mount --bind \"$P/$at\" \"$P/$at\" && mount -o remount,rw,bind \"$P/$at\" || exit 99
        done
        PATH=\"$BIN\" exec mech \"$@\"' sh \"$@\"";
    world
        .run(args)
        .env("P", world.nginx.prefix())
        .env("BIN", world.home.bin())
        .shell(script)
}

#[test]
fn in_a_mount_namespace_the_whole_configuration_is_tested() {
    if !is_root() {
        // A mount namespace needs root: the way that is left is the other one.
        return alone_the_candidate_is_tested_in_place_too_and_taken_back();
    }
    let scene = Scene::new();
    let world = &scene.world;
    let app = format!("--backends={}", scene.green.port());
    let run = |args: &[&str]| {
        let ran = folder_of_main_read_only(world, args).run();
        assert_ne!(ran.code, 99, "needs the right to mount:\n{ran}");
        ran.no_panic()
    };
    let ran = run(&["update", "one", &app, "--json"]).ok();
    assert_eq!(test_word(&ran.stdout), "passed", "{ran}");
    assert_eq!(scene.answer("one.test"), "one.test: 200 green -");
    // The whole configuration includes this file, so what is refused is refused for its sake.
    world.nginx.add_conf("own.conf", TWICE);
    fs::write(scene.overrides().join("one/top"), TWICE).unwrap();
    let back = format!("--backends={}", scene.blue.port());
    let ran = world
        .untouched_by(|| run(&["update", "one", &back]))
        .code(4);
    assert!(ran.stderr.contains("shared"), "{ran}");
    assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
    assert_eq!(scene.answer("one.test"), "one.test: 200 green -");
}

#[test]
fn alone_the_candidate_is_tested_in_place_too_and_taken_back() {
    let own = Nobodys::owning(World::stopped());
    if !is_root() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::Permissions::from_mode(0o555);
        fs::set_permissions(own.world.nginx.prefix(), mode).unwrap();
    }
    let add = ["add", "one", "--host=one.test", "--backends=3000", "--json"];
    let ran = own.run(&add).run().ok().no_panic();
    assert_eq!(test_word(&ran.stdout), "passed-alone", "{ran}");
    // nginx refuses it by itself: nothing was ever in place.
    let before = own.world.snapshot();
    let server = own.world.nginx.prefix().join("mech-overrides/one/server");
    let (update, fine) = (
        ["update", "one", "--backends=3001"],
        fs::read(&server).unwrap(),
    );
    fs::write(&server, "no_such_directive on;\n").unwrap();
    let ran = own.run(&update).run().code(4).no_panic();
    assert_eq!(ran.last_line(), "nothing was changed", "{ran}");
    fs::write(&server, fine).unwrap();
    before.assert_same(&own.world.snapshot());
    // nginx refuses it for the sake of another file: seen in place, and taken back.
    own.world.nginx.add_conf("own.conf", TWICE);
    let top = own.world.nginx.prefix().join("mech-overrides/one/top");
    fs::write(&top, TWICE).unwrap();
    let before = own.world.snapshot();
    let ran = own.run(&update).run().code(4).no_panic();
    before.assert_same(&own.world.snapshot());
    own.world.no_stray_files();
    assert!(ran.stderr.contains("shared"), "{ran}");
    assert!(ran.last_line().contains("restored"), "{ran}");
    fs::remove_file(own.world.nginx.conf_dir().join("own.conf")).unwrap();
    let _ = own.run(&update).run().ok();
    assert!(own.world.rendered().contains("3001"));
}

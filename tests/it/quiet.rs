//! What does not concern nginx leaves it alone.

use crate::harness::Mech;
use crate::harness::World;

/// The calls of an nginx that notes them, by the words that it was given.
fn calls(world: &World) -> String {
    fs_err::read_to_string(world.home.data().join("calls")).unwrap_or_default()
}

#[test]
fn settings_without_a_site_run_no_test_and_touch_no_folder_of_nginxs() {
    let world = World::new();
    let real = world.nginx.command();
    let (program, arguments) = real.split_once(' ').unwrap();
    let noted = world.home.data().join("calls");
    let script = format!("echo \"$@\" >> {}\nexec {program} \"$@\"", noted.display());
    world.home.program("noted", &script);
    let noted = format!("{} {arguments}", world.home.bin().join("noted").display());
    let folders = [world.nginx.prefix().to_owned(), world.nginx.conf_dir()];
    let seen = || {
        folders
            .clone()
            .map(|folder| fs_err::metadata(folder).unwrap().modified().unwrap())
    };
    let before = seen();
    world.mech(["set", "nginx", &noted]).ok();
    world.mech(["set", "history-max", "10"]).ok();
    world.mech(["unset", "history-max"]).ok();
    world
        .mech(["set", "bind", "127.0.0.1"])
        .ok()
        .stderr_has("nothing in it concerns nginx");
    assert_eq!(before, seen(), "a folder of nginx's was written to");
    let calls = calls(&world);
    assert!(!calls.contains("-t"), "{calls}");
}

#[test]
fn the_machines_own_nginx_is_only_asked_for_its_version_before_another_is_set() {
    // As in the demo: the first command of a fresh registry names a private nginx.
    let seen = || {
        fs_err::metadata("/etc/nginx")
            .and_then(|found| found.modified())
            .ok()
    };
    let world = World::new();
    let before = seen();
    let fresh = Mech::new();
    fresh
        .args(["set", "nginx", &world.nginx.command()])
        .run()
        .ok();
    assert_eq!(
        before,
        seen(),
        "a folder of the machine's own nginx was written to"
    );
}

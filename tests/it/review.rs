//! What a run must keep to where others meddle: a hand edit during the test, a private nginx.conf, a planted link, a
//! nginx that keeps the pipes of its starter, a kill in the last steps.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise"
)]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::crash::scene::Scene;
use crate::harness::{Backend, Nginx, World};

/// Puts a script in the place of the world's nginx that does `before_test` and then what nginx does.
fn with_script(world: &World, before_test: &str) {
    let command = world.nginx.command();
    let (program, rest) = command.split_once(' ').unwrap();
    let path = world.nginx.prefix().join("ng");
    let script =
        format!("#!/bin/sh\ncase \"$*\" in *-t*) {before_test};; esac\nexec {program} \"$@\"\n");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    let registry = world
        .registry()
        .replace(&command, &format!("{} {rest}", path.display()));
    fs::write(world.home.registry(), registry).unwrap();
}

#[test]
fn an_edit_made_during_the_test_is_not_overwritten() {
    let world = World::stopped();
    let registry = world.home.registry();
    with_script(&world, &format!("echo >> {}", registry.display()));
    let ran = world
        .mech(["add", "a", "--backends=3000"])
        .code(1)
        .no_panic();
    assert!(ran.stderr.contains("was changed by somebody else"), "{ran}");
    assert_eq!(ran.last_line(), "nothing was changed");
    assert!(world.registry().ends_with("}\n\n"), "the edit stays");
    assert!(!world.registry().contains("shortname"));
    assert_eq!(world.rendered(), "");
    world.no_stray_files();
}

#[test]
fn a_private_nginx_conf_stays_private_while_it_is_tested() {
    let world = World::stopped();
    let prefix = world.nginx.prefix().to_owned();
    let main = prefix.join("nginx.conf");
    fs::set_permissions(&main, Permissions::from_mode(0o600)).unwrap();
    let (seen, test) = (prefix.join("logs/seen"), prefix.join(".mech-test.conf"));
    with_script(
        &world,
        &format!("ls -l {} > {}", test.display(), seen.display()),
    );
    let _ = world.mech(["add", "a", "--backends=3000"]).ok();
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.starts_with("-rw------- "), "{seen}");
}

#[test]
fn a_lock_that_is_a_link_empties_nobodys_file() {
    let world = World::stopped();
    let _ = world.mech(["add", "a", "--backends=3000"]).ok();
    let lock = world.home.data().join("registry.d/lock");
    let other: PathBuf = world.home.path().join("precious");
    fs::write(&other, "precious").unwrap();
    fs::remove_file(&lock).unwrap();
    symlink(&other, &lock).unwrap();
    let ran = world
        .mech(["add", "b", "--backends=3001"])
        .code(1)
        .no_panic();
    assert_eq!(ran.last_line(), "nothing was changed");
    assert_eq!(fs::read_to_string(&other).unwrap(), "precious");
}

#[test]
fn an_nginx_that_cannot_be_looked_at_is_a_refusal_and_no_failed_reload() {
    let world = World::stopped();
    let _ = world.mech(["add", "a", "--backends=3000"]).ok();
    fs::create_dir(world.nginx.prefix().join("nginx.pid")).unwrap();
    let ran = world.untouched_by(|| world.mech(["set", "bind", "127.0.0.1"]).code(1));
    assert_eq!(ran.last_line(), "nothing was changed");
}

#[test]
fn a_restarted_nginx_that_logs_to_stderr_holds_nobody_up() {
    let app = Backend::tcp("app");
    let to_stderr = nginx_conf_with_log("stderr");
    let world = World::with(Nginx::private().with_main(&to_stderr));
    let backends = format!("--backends={}", app.port());
    let _ = world.mech(["add", "a", &backends]).ok();
    let start = Instant::now();
    let _ = world
        .mech(["set", "bind", "127.0.0.1", "--restart-nginx"])
        .ok();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(15), "{took:?}");
    world.get("a", "/").status(200).from_backend("app");
}

fn nginx_conf_with_log(log: &str) -> String {
    let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path @PREFIX@/temp/{kind};"))
        .concat();
    format!(
        "@USER@\npid @PREFIX@/nginx.pid;\nerror_log {log};\nworker_processes 2;\nevents {{}}\nhttp {{\n\
         access_log off;\n{temp}\ninclude @PREFIX@/conf.d/*.conf;\n}}\n"
    )
}

#[test]
fn a_change_that_nginx_took_is_not_taken_back_by_a_kill_while_it_is_recorded() {
    let scene = Scene::new();
    let app = format!("--backends={}", scene.green.port());
    let add = ["add", "three", "--host=three.test", &app].map(str::to_owned);
    let mut kills = 0_u32;
    scene.remember();
    while scene.kill_at(&format!("settling-{kills}"), &add) {
        let (text, registry) = (scene.world.rendered(), scene.world.registry());
        assert!(text.contains("three.test") && registry.contains("three.test"));
        // Whatever has come over nginx since is no reason to take back what it had taken.
        let main = scene.world.nginx.prefix().join("nginx.conf");
        let good = fs::read_to_string(&main).unwrap();
        fs::write(&main, format!("nonsense on;\n{good}")).unwrap();
        let ran = scene.world.mech(["update", "three", "--host=other.test"]);
        assert_eq!(ran.code, 4, "{ran}");
        assert!(ran.stderr.contains("is now finished"), "{ran}");
        assert_eq!(scene.world.rendered(), text);
        assert_eq!(scene.world.registry(), registry);
        fs::write(&main, good).unwrap();
        let _ = scene.world.mech(["history"]).ok().stdout_has("add three");
        scene.world.get("three.test", "/").from_backend("green");
        scene.world.no_stray_files();
        scene.back_to_start();
        kills += 1;
    }
    assert!(kills >= 2, "{kills}");
}

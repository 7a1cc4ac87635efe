//! What lies about of a run that was killed, and commands that must not make it worse.

use std::fs;

use super::scene::Scene;

#[test]
fn a_dry_run_leaves_a_pending_change_whole() {
    let scene = Scene::new();
    let app = format!("--backends={}", scene.green.port());
    let args: Vec<String> = ["update", "one", &app].map(str::to_owned).into();
    for step in ["journaled", "committed-0", "committed-1", "reloaded"] {
        scene.remember();
        assert!(scene.kill_at(step, &args));
        let before = scene.everything();
        let ran = scene
            .world
            .mech(["add", "later", "--backends=3000", "--dry-run"]);
        let ran = ran.no_panic();
        assert!(ran.stderr.contains("mech refresh"), "{step}: {ran}");
        before.assert_same(&scene.everything());
        assert!(scene.holds(step));
        scene.heals(step, true);
        assert_eq!(scene.answer("one.test"), "one.test: 200 green -", "{step}");
        scene.back_to_start();
    }
}

#[test]
fn the_next_change_heals_first_and_is_then_made() {
    let scene = Scene::new();
    scene.remember();
    let app = format!("--backends={}", scene.green.port());
    let folder = scene.world.nginx.prefix().join("sites-enabled");
    let cut: [Vec<String>; 2] = [
        ["update", "one", &app].map(str::to_owned).into(),
        ["set", "conf", folder.to_str().unwrap()]
            .map(str::to_owned)
            .into(),
    ];
    for args in &cut {
        for (step, healed) in [
            ("staged", false),
            ("tested", false),
            ("journaled", true),
            ("committed", true),
        ] {
            let when = format!("{args:?} killed at {step}");
            assert!(scene.kill_at(step, args));
            let ran = scene
                .world
                .mech(["add", "three", "--host=three.test", &app])
                .ok();
            let told = ran.stderr.contains("had been interrupted");
            assert!(told || !healed, "{when}: {ran}");
            assert_eq!(
                scene.answer("three.test"),
                "three.test: 200 green -",
                "{when}"
            );
            scene.is_settled(&when);
            scene.back_to_start();
        }
    }
}

#[test]
fn a_new_site_does_not_inherit_from_a_rollback_that_was_killed() {
    let scene = Scene::without_two();
    scene.remember();
    for step in ["staged", "tested"] {
        assert!(scene.kill_at(step, &["rollback".to_owned()]));
        let app = format!("--backends={}", scene.green.port());
        let _ = scene
            .world
            .mech(["add", "two", "--host=two.test", &app])
            .ok();
        assert_eq!(scene.answer("two.test"), "two.test: 200 green -", "{step}");
        scene.is_settled(step);
        scene.back_to_start();
    }
}

#[test]
fn an_import_killed_while_it_copies_copies_all_the_next_time() {
    let scene = Scene::with_mechanic();
    scene.remember();
    let file = scene.mechanic_registry();
    let args: Vec<String> = ["import", "mechanic", file.to_str().unwrap()]
        .map(str::to_owned)
        .into();
    assert!(scene.kill_at("staged", &args));
    // As if it had come to the second file only: the copy of what it began with is there, the rest is not.
    for name in ["mech-overrides/m1", "mech-overrides/.importing/m1"] {
        let half = scene.world.nginx.prefix().join(name).join("location");
        if half.exists() {
            fs::remove_file(half).unwrap();
        }
    }
    let _ = scene.world.mech(&args).ok();
    assert_eq!(scene.answer("m1.test"), "m1.test: 200 blue kept");
    scene.is_settled("an import after one that was killed");
}

//! `mech list` is a shell script: replayed on a machine that knows nothing, it makes the same registry, byte by byte.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "test code stops at the first surprise and looks at files"
)]

use std::fs;

use serde_json::{Value, json};

use crate::harness::{Backend, Mech, World};
use crate::parity::{NAMES, Random};

/// Forgets everything, runs what `list` said, and claims the same registry; the script.
#[track_caller]
fn replayed(world: &World) -> String {
    let registry = world.registry();
    let script = world.mech(["list"]).ok().stdout;
    fs::remove_dir_all(world.home.data()).unwrap();
    fs::create_dir(world.home.data()).unwrap();
    for folder in ["conf.d", "sites-enabled"] {
        fs::remove_file(world.nginx.prefix().join(folder).join("mech.conf")).ok();
    }
    Mech::at(&world.home)
        .shell(&format!("set -e\n{script}"))
        .run()
        .ok();
    assert_eq!(world.registry(), registry, "replayed:\n{script}");
    script
}

/// A world whose nginx does not run, with `sites` and `settings` taken in.
#[track_caller]
fn holding(settings: &Value, sites: &Value) -> World {
    let world = World::stopped();
    for name in ["every", "secure"] {
        world.cert(name, &[name]);
    }
    world.write_registry(sites);
    let mut registry: Value = serde_json::from_str(&world.registry()).unwrap();
    for (key, value) in settings.as_object().unwrap() {
        let text = value
            .to_string()
            .replace("@PREFIX@", world.nginx.prefix().to_str().unwrap());
        registry["settings"][key] = serde_json::from_str(&text).unwrap();
    }
    fs::write(world.home.registry(), registry.to_string()).unwrap();
    // Its own order and form.
    world.mech(["refresh"]).ok();
    world
}

#[test]
fn every_option_is_replayed() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, "3100 3101\n").unwrap();
    let world = holding(
        &json!({}),
        &json!([
            {
                "shortname": "every", "host": "every.example", "aliases": ["www.every.example", "*.every.test"],
                "backends": [
                    "localhost:3000 weight=3", "10.0.0.1:3000-3003 max_fails=2 fail_timeout=5s", "[::1]:3000 backup",
                    "unix:/run/app.sock", format!("@{}", file.path().display()), "3001/ci-server",
                    "unix:/run/live.sock:/live", "localhost:4000/ci-server down"
                ],
                "canonical": true, "default": true, "static": "/srv/every", "autoindex": true, "https": true,
                "redirect-to-https": true, "http2": false, "https-upstream": false, "websockets": false,
                "permanent": true
            },
            { "shortname": "redirect", "redirect": "https://elsewhere.example/a?b=1&c='2'#d" },
            { "shortname": "full", "host": "*.full.example", "redirect-full": "https://elsewhere.example", "permanent": false },
            { "shortname": "Off-1", "backends": ["localhost:3000"], "canonical": false, "default": false, "autoindex": false,
              "https": false, "redirect-to-https": false, "websockets": true },
            { "shortname": "_none", "backends": ["localhost:3000"] }
        ]),
    );
    let script = replayed(&world);
    for option in [
        "--host=",
        "--aliases=",
        "--backends=",
        "--canonical=",
        "--default=",
        "--static=",
        "--autoindex=",
        "--https=",
        "--redirect-to-https=",
        "--http2=",
        "--https-upstream=",
        "--websockets=",
        "--redirect=",
        "--redirect-full=",
        "--permanent=",
    ] {
        assert!(script.contains(option), "{option} in\n{script}");
    }
}

#[test]
fn texts_that_a_shell_would_take_apart_are_replayed() {
    let world = holding(
        &json!({ "logs": "@PREFIX@/logs", "restart": "sh -c 'echo \"$HOME\" > /dev/null; exit 0'" }),
        &json!([
            { "shortname": "idn", "host": "bücher.example", "aliases": ["xn--mnchen-3ya.example", "пример.test"], "backends": ["localhost:3000"] },
            { "shortname": "space", "static": "/srv/it's \"here\" $HOME `id` \\ {a};b #c & * ? [x] ~ !" },
            { "shortname": "url", "redirect": "https://elsewhere.example/?a=$b&c=(d)*'e'!~" },
            { "shortname": "socket", "backends": ["unix:/run/my-app.sock"] }
        ]),
    );
    replayed(&world);
}

#[test]
fn every_setting_is_replayed() {
    let settings = json!({
        "conf": "@PREFIX@/sites-enabled",
        "overrides": "@PREFIX@/over rides",
        "logs": "@PREFIX@/logs",
        "logs-shared": true,
        "certs": "@PREFIX@/certs",
        "bind": "127.0.0.1,[::1]",
        "http2": true,
        "template": concat!(env!("CARGO_MANIFEST_DIR"), "/templates"),
        "restart": false,
        "prelaunch-host": "{shortname}-prod.example.net",
        "history-max": 50,
        "history-age": "30d",
    });
    let world = holding(
        &settings,
        &json!([{ "shortname": "secure", "backends": ["localhost:3000"], "https": true }]),
    );
    let script = replayed(&world);
    for key in settings.as_object().unwrap().keys() {
        assert!(
            script.contains(&format!("mech set {key} ")),
            "{key} in\n{script}"
        );
    }
}

#[test]
fn ports_that_stand_in_each_others_way_are_replayed() {
    let settings = json!({ "http-port": 443, "https-port": 80 });
    let world = holding(
        &settings,
        &json!([{ "shortname": "site", "backends": ["localhost:3000"] }]),
    );
    replayed(&world);
}

#[test]
fn an_empty_registry_is_replayed_as_nothing() {
    let world = World::stopped();
    fs::remove_file(world.home.registry()).unwrap();
    assert_eq!(world.mech(["list"]).ok().stdout, "");
}

#[test]
fn the_order_of_sites_is_replayed_whichever_became_the_default() {
    let world = World::stopped();
    for name in ["c", "a", "b"] {
        world.mech(["add", name, "--backends=3000"]).ok();
    }
    world.mech(["update", "c", "--default"]).ok();
    world.mech(["add", "d", "--backends=3000"]).ok();
    world.mech(["update", "a", "--default=move"]).ok();
    replayed(&world);
    world.mech(["update", "a", "--default=false"]).ok();
    replayed(&world);
}

#[test]
fn random_registries_are_replayed() {
    for seed in 11..14 {
        let world = World::stopped();
        for name in NAMES {
            world.cert(name, &[name]);
        }
        let mut random = Random::new(seed);
        for _ in 0..12 {
            let line = random.command().replace("@STATIC@", "/srv/static");
            let line = ["@A@", "@B@", "@P@", "@Q@"]
                .iter()
                .zip(["3000", "3001", "3002", "3003"])
                .fold(line, |line, (mark, port)| line.replace(mark, port));
            let words = shell_words::split(&line).unwrap();
            world.mech(&words[1..]).ok();
        }
        replayed(&world);
    }
}

#[test]
fn a_replay_beside_a_running_nginx_serves_the_same() {
    let backend = Backend::tcp("a");
    let world = World::new();
    world
        .mech([
            "add",
            "one",
            "--host=one.example",
            &format!("--backends={}", backend.address()),
        ])
        .ok();
    world
        .mech([
            "add",
            "two",
            "--host=two.example",
            "--redirect-full=https://elsewhere.example",
        ])
        .ok();
    world.get("one.example", "/").status(200).from_backend("a");
    replayed(&world);
    world.get("one.example", "/").status(200).from_backend("a");
    world
        .get("two.example", "/x")
        .redirects_to("https://elsewhere.example/x");
}

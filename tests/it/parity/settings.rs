//! Parity of settings, override files and `reset`.

use std::fs;

use super::twins::Twins;
use crate::harness::Request;

#[test]
fn its_settings_mean_the_same() {
    let mut twins = Twins::new();
    fs::create_dir(twins.old_nginx.prefix().join("more-logs")).unwrap();
    fs::create_dir(twins.world.nginx.prefix().join("more-logs")).unwrap();
    for line in [
        "mechanic set logs @PREFIX@/more-logs",
        "mechanic set bind 127.0.0.1",
        "mechanic set overrides @PREFIX@/other-overrides",
        "mechanic set restart 'true -s reload'",
        "mechanic set http2 ''",
        "mechanic add site --host=site.example --backends=@A@",
    ] {
        twins.say(line);
    }
    twins.same_behaviour();
    for nginx in [&twins.old_nginx, &twins.world.nginx] {
        let log = nginx.prefix().join("more-logs/site.access.log");
        assert!(fs::read_to_string(log).unwrap().contains("GET /note.txt"));
        assert!(nginx.prefix().join("other-overrides/site/proxy").is_file());
    }
    // The one word more: nginx cannot move a port to all addresses by a reload, and mech never restarts it unasked.
    twins
        .mechanic
        .run(&["set".to_owned(), "bind".to_owned(), "*".to_owned()])
        .ok();
    twins
        .world
        .mech(["set", "bind", "*"])
        .code(1)
        .stderr_has("--restart-nginx");
    twins
        .world
        .mech(["set", "bind", "*", "--restart-nginx"])
        .ok();
    twins.same_registry();
}

#[test]
fn the_rendered_file_goes_where_the_setting_says() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@");
    twins.say("mechanic set conf @PREFIX@/sites-enabled");
    // mechanic leaves its old file behind, with which nginx would refuse the new one.
    fs::remove_file(twins.mechanic.conf()).unwrap();
    twins.same_behaviour();
}

#[test]
fn what_its_override_files_say_is_said_to_both() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@");
    for folder in [
        twins.mechanic.overrides(),
        twins.world.nginx.prefix().join("mech-overrides"),
    ] {
        let folder = folder.join("site");
        fs::write(folder.join("top"), "map $uri $mine { default yes; }\n").unwrap();
        fs::write(folder.join("server"), "location = /mine { return 204; }\n").unwrap();
        fs::write(folder.join("proxy"), "proxy_set_header X-Mine $mine;\n").unwrap();
    }
    twins.say("mechanic refresh");
    twins.same_behaviour();
    for port in [twins.old.http, twins.new.http] {
        let ask = |path| Request::get(port, "site.example", path).send();
        assert_eq!(ask("/mine").status, 204);
        assert_eq!(ask("/app").echo().header("X-Mine"), Some("yes"));
    }
}

#[test]
fn the_location_override_is_for_files_where_there_are_files() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@ --static=@STATIC@");
    for folder in [
        twins.mechanic.overrides(),
        twins.world.nginx.prefix().join("mech-overrides"),
    ] {
        fs::write(folder.join("site/location"), "add_header X-Mine yes;\n").unwrap();
    }
    twins.say("mechanic refresh");
    twins.same_behaviour();
    for port in [twins.old.http, twins.new.http] {
        let ask = |path| Request::get(port, "site.example", path).send();
        assert_eq!(ask("/note.txt").header("X-Mine"), Some("yes"));
        assert_eq!(ask("/app").header("X-Mine"), None);
    }
}

#[test]
fn a_reset_forgets_everything() {
    let mut twins = Twins::new();
    twins.say("mechanic add site --host=site.example --backends=@A@");
    // The one word more: mech does not forget a whole registry without being asked twice.
    twins.mechanic.run(&["reset".to_owned()]).ok();
    twins.world.mech(["reset"]).code(1).stderr_has("--yes");
    twins.world.mech(["reset", "--yes"]).ok();
    twins.same_registry();
}

//! `mech import mechanic` of registries that are broken, odd or no registries at all: an answer in words, never a crash.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Ran, World};

/// Imports `sites` as mechanic stores them, with settings that lead into the world's own nginx.
fn import(world: &World, sites: &Value, more: &[&str]) -> Ran {
    let prefix = world.nginx.prefix();
    let settings = json!({
        "conf": prefix.join("conf.d"), "overrides": prefix.join("mechanic-overrides"), "logs": prefix.join("logs"),
        "restart": "nginx -s reload", "bind": "*"
    });
    let file = world.home.path().join("mechanic.json");
    fs::write(
        &file,
        json!({ "settings": settings, "sites": sites }).to_string(),
    )
    .unwrap();
    of_file(world, &file, more)
}

fn of_file(world: &World, file: &Path, more: &[&str]) -> Ran {
    let words = ["import", "mechanic", file.to_str().unwrap()];
    world.mech(words.iter().chain(more)).no_panic()
}

/// Claims that the sites are taken over, and what is listed then.
#[track_caller]
fn taken(sites: &Value, listed: &[&str], said: &[&str]) {
    let world = World::stopped();
    let ran = import(&world, sites, &[]).ok();
    let list = world.mech(["list"]).ok().stdout;
    let lines: Vec<String> = list
        .lines()
        .filter(|line| line.starts_with("mech add"))
        .map(|line| shell_words::split(line).unwrap().join(" "))
        .collect();
    assert_eq!(lines, listed, "{ran}");
    for words in said {
        assert!(ran.stderr.contains(words), "no `{words}` in\n{ran}");
    }
}

/// Claims that the sites are refused, in these words.
#[track_caller]
fn refused(sites: &Value, said: &[&str]) {
    let world = World::stopped();
    let ran = world.untouched_by(|| import(&world, sites, &[])).code(1);
    for words in said.iter().chain(&["nothing was changed"]) {
        assert!(ran.stderr.contains(words), "no `{words}` in\n{ran}");
    }
}

#[test]
fn options_that_were_unset_as_documented_are_unset() {
    taken(
        &json!([{
            "shortname": "a", "host": "a.example", "backends": ["localhost:3000"], "static": "false", "aliases": [""],
            "redirect": "", "redirect-full": "false", "autoindex": false,
            "backendGroups": [{ "path": "/", "backends": ["localhost:3000"] }], "path": "x", "_index": 0
        }]),
        &["mech add a --host=a.example --backends=localhost:3000 --autoindex=false"],
        &["`static` = `false` now means unset"],
    );
}

#[test]
fn what_is_listed_twice_counts_once() {
    taken(
        &json!([{
            "shortname": "a", "host": "a.example", "aliases": ["WWW.a.example", "www.A.example"],
            "backends": ["localhost:3000", "localhost:3000", "localhost:3001"]
        }]),
        &[
            "mech add a --host=a.example --aliases=www.a.example --backends=localhost:3000,localhost:3001",
        ],
        &["site `a`: backends listed twice count once (localhost:3000)"],
    );
}

#[test]
fn both_words_for_websockets_count_as_they_did() {
    taken(
        &json!([
            { "shortname": "a", "host": "a.example", "backends": ["localhost:3000"], "websocket": true, "websockets": false },
            { "shortname": "b", "host": "b.example", "backends": ["localhost:3000"], "websocket": false, "websockets": true }
        ]),
        &[
            "mech add a --host=a.example --backends=localhost:3000 --websockets=true",
            "mech add b --host=b.example --backends=localhost:3000 --websockets=true",
        ],
        &[],
    );
}

#[test]
fn sites_that_were_skipped_are_left_out_and_named() {
    taken(
        &json!([
            { "shortname": "half", "host": "half.example" },
            { "shortname": "a", "host": "a.example", "backends": ["localhost:3000"] }
        ]),
        &["mech add a --host=a.example --backends=localhost:3000"],
        &["site `half`: not carried: it has nothing to serve"],
    );
}

#[test]
fn a_host_stays_with_the_site_that_nginx_gave_it() {
    taken(
        &json!([
            { "shortname": "a", "host": "a.example", "aliases": ["www.example"], "backends": ["localhost:3000"] },
            { "shortname": "b", "host": "b.example", "aliases": ["www.example", "b.test"], "backends": ["localhost:3001"] }
        ]),
        &[
            "mech add a --host=a.example --aliases=www.example --backends=localhost:3000",
            "mech add b --host=b.example --aliases=b.test --backends=localhost:3001",
        ],
        &["site `b`: not carried: alias `www.example`"],
    );
}

#[test]
fn what_nginx_never_served_does_not_come_along() {
    // The second site's host is the first one's: nginx ignored it with a warning.
    taken(
        &json!([
            { "shortname": "a", "host": "a.example", "backends": ["localhost:3000"] },
            { "shortname": "b", "host": "a.example", "backends": ["localhost:3001"] }
        ]),
        &["mech add a --host=a.example --backends=localhost:3000"],
        &["site `b`: not carried: its host `a.example`: site `a` has it"],
    );
    // With an alias of its own the second one was served, so leaving it out has to be asked for.
    refused(
        &json!([
            { "shortname": "a", "host": "a.example", "backends": ["localhost:3000"] },
            { "shortname": "b", "host": "a.example", "aliases": ["b.example"], "backends": ["localhost:3001"] }
        ]),
        &["a.example", "`a`", "`b`"],
    );
}

#[test]
fn two_default_sites_are_refused_by_name() {
    refused(
        &json!([
            { "shortname": "a", "host": "a.example", "backends": ["localhost:3000"], "default": true },
            { "shortname": "b", "host": "b.example", "backends": ["localhost:3001"], "default": true }
        ]),
        &["`a`", "`b`", "default"],
    );
}

#[test]
fn values_that_mech_does_not_take_are_refused_by_site_and_option() {
    for (option, value) in [
        ("host", json!("a.com; return 418")),
        ("host", json!("bad host")),
        ("backends", json!(["localhost:99999"])),
        ("backends", json!(["localhost:3000/x; deny all"])),
        ("backends", json!([{ "host": "x" }])),
        ("static", json!("relative/path")),
        ("redirect", json!("not a url")),
        ("aliases", json!(["fine.example", "not fine"])),
        ("static", json!(["/srv"])),
        ("aliases", json!("www.a.example")),
        ("https", json!({ "a": [1] })),
        ("canonical", json!("perhaps")),
    ] {
        let mut site =
            json!({ "shortname": "a", "host": "a.example", "backends": ["localhost:3000"] });
        site[option] = value;
        refused(&json!([site]), &["site `a`", &format!("`{option}`")]);
    }
}

#[test]
fn no_shape_of_a_site_crashes_it() {
    let world = World::stopped();
    for sites in [
        json!([null]),
        json!(["a"]),
        json!([17, [], {}]),
        json!([{ "shortname": null }]),
        json!([{ "shortname": "../../etc", "backends": ["localhost:3000"] }]),
        json!([{ "shortname": "a b", "backends": ["localhost:3000"] }]),
        json!([{ "shortname": "a", "backends": ["localhost:3000"], "https": { "a": [1] } }]),
        json!([{ "shortname": "a", "backends": "localhost:3000" }]),
        json!([{ "shortname": "a", "backends": [3000, null, true, "x".repeat(100_000)] }]),
        json!([{ "shortname": "a\u{0}\n\u{1b}[31m", "backends": ["localhost:3000"] }]),
        json!([{ "shortname": "a", "backends": ["localhost:3000"] }, { "shortname": "A", "backends": ["localhost:3001"] }]),
        json!([{ "shortname": "secure", "backends": ["localhost:3000"], "https": true }]),
    ] {
        let ran = world.untouched_by(|| import(&world, &sites, &[]));
        assert_eq!(ran.code, 1, "{sites}\n{ran}");
        assert!(
            !ran.stderr.contains('\u{1b}'),
            "control characters reach a terminal:\n{ran}"
        );
        assert_eq!(ran.last_line(), "nothing was changed", "{sites}\n{ran}");
    }
}

#[test]
fn settings_are_read_as_they_were_meant() {
    let world = World::stopped();
    let file = world.home.path().join("mechanic.json");
    let prefix = world.nginx.prefix();
    let text = json!({
        "settings": {
            "conf": prefix.join("conf.d"), "logs": prefix.join("logs"), "http2": "false", "restart": "false",
            "typo": "x", "template": ""
        },
        "sites": [{ "shortname": "a", "host": "a.example", "backends": ["localhost:3000"] }]
    });
    fs::write(&file, text.to_string()).unwrap();
    let ran = of_file(&world, &file, &[]).ok();
    for said in [
        "http2 `false` now means off",
        "restart `false` now means",
        "setting `typo`",
    ] {
        assert!(ran.stderr.contains(said), "no `{said}` in\n{ran}");
    }
    assert!(
        !ran.stderr.contains("template"),
        "an empty template is none:\n{ran}"
    );
}

#[test]
fn what_is_no_registry_of_mechanics_is_refused_in_words() {
    let world = World::stopped();
    world.mech(["set", "history-max", "50"]).ok();
    let folder = world.home.path();
    let file = |name: &str, text: &[u8]| {
        fs::write(folder.join(name), text).unwrap();
        folder.join(name)
    };
    for (path, said) in [
        (folder.join("missing.json"), "missing.json"),
        (folder.to_owned(), "directory"),
        (world.home.registry(), "mech's own"),
        (file("text.json", b"mechanic add a"), "line 1"),
        (file("bytes.json", b"\xff\xfe\x00"), "bytes.json"),
        (file("empty.json", b""), "empty.json"),
        (file("list.json", b"[]"), "list.json"),
        (
            file("other.json", b"{\"name\":\"x\"}"),
            "not mechanic's registry",
        ),
        (
            file("deep.json", "[".repeat(100_000).as_bytes()),
            "deep.json",
        ),
    ] {
        let ran = world.untouched_by(|| of_file(&world, &path, &[])).code(1);
        assert!(ran.stderr.contains(said), "no `{said}` in\n{ran}");
        assert_eq!(ran.last_line(), "nothing was changed");
    }
}

#[test]
fn an_empty_registry_of_mechanics_is_taken_over_without_a_site() {
    let world = World::stopped();
    let ran = import(&world, &json!([]), &[]).ok();
    let _ = ran.stderr_has("0 sites taken over");
}

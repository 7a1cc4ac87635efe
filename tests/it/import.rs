//! `mech import mechanic` takes over what the real mechanic made and nginx serves, without an outage.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, looks at files, and shows how many requests were sent twice"
)]

mod back;
mod odd;
mod refused;
mod server;

use std::fs;

use serde_json::json;

use crate::parity::{Listed, answers, compare};
use server::{EVERYTHING, Server};

#[test]
fn a_server_is_taken_over_and_every_host_answers_as_before() {
    let server = Server::of(EVERYTHING);
    fs::write(
        server.mechanic.overrides().join("last/proxy"),
        "proxy_set_header X-Mine yes;\n",
    )
    .unwrap();
    server.say("mechanic refresh");
    server.world.nginx.reload();
    let (listed, text) = (server.listed(), fs::read(server.mechanic.conf()).unwrap());
    let before = answers(&listed, server.ports());

    let ran = server.world.mech(server.import(&[])).ok();

    let defects = compare(&listed, &before, server.ports(), &[ran.to_string()]);
    assert_eq!(defects, [14, 19, 20, 26, 27]);
    assert!(!server.mechanic.conf().exists());
    assert_eq!(
        fs::read(server.kept()).unwrap(),
        text,
        "mechanic.conf is kept as it was"
    );
    let overrides = server.world.nginx.prefix().join("mech-overrides");
    assert_eq!(
        fs::read_to_string(overrides.join("last/proxy")).unwrap(),
        "proxy_set_header X-Mine yes;\n"
    );
    assert_eq!(
        server
            .world
            .get("last.example", "/")
            .echo()
            .header("X-Mine"),
        Some("yes")
    );
    assert!(
        server.mechanic.overrides().join("last/proxy").is_file(),
        "its own folders stay"
    );
    for said in [
        "6 sites taken over",
        "registry.d/imported/mechanic.conf",
        "websockets now pass unless a site says otherwise",
        "site `shop`: a path backend gets whole path segments only",
        "site `files`: `autoindex` serves index.html",
        "site `old`: `redirect` goes to exactly that URL",
    ] {
        assert!(ran.stderr.contains(said), "no `{said}` in\n{ran}");
    }
    let after = server.world.mech(["list"]).ok().stdout;
    let sites: Vec<&str> = after
        .lines()
        .filter(|line| line.starts_with("mech add"))
        .collect();
    assert_eq!(Listed::read(&sites.join("\n"), "mech", &[]), listed);
    server.world.no_stray_files();
}

#[test]
fn not_one_request_fails_while_it_takes_over() {
    let server = Server::of(EVERYTHING);
    let load = server.world.load("last.example", "/");
    let (summary, ran) = load.during(|| server.world.mech(server.import(&[])));
    let _ = ran.ok();
    println!("{summary}");
    summary.none_failed();
}

#[test]
fn settings_come_along_and_earlier_ones_of_mech_stay() {
    let server = Server::of(&[
        "mechanic set bind 127.0.0.1",
        "mechanic set http2 true",
        EVERYTHING[1],
    ]);
    server.world.mech(["set", "history-max", "50"]).ok();
    let ran = server.world.mech(server.import(&[])).ok();
    let listed = server.world.mech(["list"]).ok().stdout;
    for line in [
        "mech set bind 127.0.0.1\n",
        "mech set http2 true\n",
        "mech set history-max 50\n",
    ] {
        assert!(listed.contains(line), "no `{line}` in\n{listed}{ran}");
    }
    assert!(
        !listed.contains("mechanic-overrides"),
        "overrides are mech's own now:\n{listed}"
    );
}

#[test]
fn a_dry_run_shows_it_tests_it_and_leaves_nothing() {
    let server = Server::of(EVERYTHING);
    let ran = server
        .world
        .untouched_by(|| server.world.mech(server.import(&["--dry-run"])))
        .ok();
    let _ = ran
        .stdout_has("mech.conf")
        .stdout_has("mechanic.conf")
        .stdout_has("+    server_name shop.example")
        .stderr_has("would be done, nginx accepts it")
        .stderr_has("6 sites");
    assert!(!server.kept().exists());
}

#[test]
fn the_kept_file_is_the_old_one_byte_by_byte() {
    let server = Server::of(&EVERYTHING[5..]);
    let mut text = fs::read(server.mechanic.conf()).unwrap();
    text.extend(b"# an umlaut of long ago: \xfc\n");
    fs::write(server.mechanic.conf(), &text).unwrap();
    server.world.mech(server.import(&[])).ok();
    assert_eq!(fs::read(server.kept()).unwrap(), text);
}

#[test]
fn its_folder_need_not_be_the_one_of_mech() {
    let server = Server::of(&["mechanic add last --host=last.example --backends=@A@"]);
    let prefix = server.world.nginx.prefix();
    let old = prefix.join("sites-enabled/mechanic.conf");
    fs::rename(server.mechanic.conf(), &old).unwrap();
    server.world.nginx.reload();
    let words = server.import(&[]);
    let mut registry = server.mechanic.registry();
    registry["settings"]["conf"] = json!(prefix.join("sites-enabled"));
    registry["settings"]["logs"] = json!(prefix.join("logs"));
    server.mechanic.write(&registry);
    server.world.mech(words).ok();
    assert!(!old.exists() && prefix.join("sites-enabled/mech.conf").is_file());
    server
        .world
        .get("last.example", "/")
        .status(200)
        .from_backend("root1");
}

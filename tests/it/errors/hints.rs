//! Code 1: what an option lacks, and hints that help whether the site is there or is only being added.

use std::fs;

use mech::render::NginxVersion;

use super::{UNTOUCHED, hints, shape, with_site};
use crate::harness::{Backend, World};

/// What a hint has typed instead of the rest of its words.
fn command(hint: &str) -> &str {
    hint.rsplit_once(": ").map_or(hint, |(_, command)| command)
}

#[test]
fn a_hint_for_an_option_that_lacks_another_helps_a_site_that_is_not_there_yet() {
    let app = Backend::tcp("a");
    let world = World::new();
    let backends = format!("--backends={}", app.port());
    let add = ["add", "s", "--host=s.example", &backends];
    let bypass = "--auth-bypass=10.0.0.0/8";
    let line = add.into_iter().chain([bypass]);
    let ran = world.untouched_by(|| world.mech(line));
    let ran = shape(ran, 1, UNTOUCHED).stderr_has("`auth-bypass`, which needs `auth`");
    let said = hints(&ran);
    let wanted = said[0].strip_prefix("repeat the command with ").unwrap();
    let _ = world.mech(add.into_iter().chain([bypass, wanted])).ok();
    // Now that it has both, the one cannot go without the other: by the second hint it can.
    let ran = world.untouched_by(|| world.mech(["update", "s", "--auth="]));
    let said = hints(&shape(ran, 1, UNTOUCHED));
    let _ = world.run([""; 0]).shell(command(&said[1])).run().ok();
    let _ = world.mech(["update", "s", "--auth="]).ok();
}

#[test]
fn a_file_of_an_option_that_is_not_there_is_named_with_the_option_and_a_way_on() {
    let app = Backend::tcp("a");
    let world = with_site(&app);
    let gone = world.nginx.prefix().join("gone").display().to_string();
    let missing = format!("`{gone}` is not there");
    let map = format!("--redirect-map={gone}");
    let verify = format!("--https-upstream-verify={gone}");
    let lines: [&[&str]; 2] = [
        &["update", "s", &map],
        &["update", "s", "--https-upstream", &verify],
    ];
    for (line, option) in lines
        .into_iter()
        .zip(["redirect-map", "https-upstream-verify"])
    {
        let ran = shape(world.untouched_by(|| world.mech(line)), 1, UNTOUCHED)
            .stderr_has(&missing)
            .stderr_has("site `s`")
            .stderr_has(&format!("`{option}`"));
        let [hint] = hints(&ran).try_into().unwrap();
        assert!(command(&hint).starts_with("mech update s --"), "{hint}");
    }
    let trust = format!("@{gone}");
    let ran = world.untouched_by(|| world.mech(["set", "trust", &trust]));
    let ran = shape(ran, 1, UNTOUCHED)
        .stderr_has(&missing)
        .stderr_has("`trust`");
    let said = hints(&ran);
    let _ = world.run([""; 0]).shell(command(&said[0])).run().ok();
    fs::write(&gone, "10.0.0.0/8\n").unwrap();
    let _ = world.mech(["set", "trust", &trust]).ok();
}

#[test]
fn what_this_nginx_lacks_is_said_with_its_version_and_the_one_that_has_it() {
    let app = Backend::tcp("a");
    let world = with_site(&app);
    let ran = world.mech(["update", "s", "--backend-protocol=h2c", "--dry-run"]);
    if world.nginx.version() >= NginxVersion(1, 29, 4) {
        let _ = ran.ok();
        return;
    }
    let ran = shape(ran, 1, UNTOUCHED).stderr_has(
        "the site `s`: `backend-protocol` needs nginx 1.29.4 or newer for h2c, and this is nginx ",
    );
    let said = hints(&ran);
    let _ = world.run([""; 0]).shell(command(&said[0])).run().ok();
}

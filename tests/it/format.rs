//! The registry's file: every version that may be found, every mistake that a person may make, and what is said of it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads and writes files"
)]

use std::fs;

use mech::format::VERSION;

use crate::harness::World;

const SITES: &str = r#"[
    {
      "shortname": "seven",
      "host": "seven.example",
      "backends": [
        "localhost:3000"
      ]
    }
  ]"#;

/// The registry of a world with its one site, `{"version": VERSION` and so on; `version` is the field's text.
fn registry(world: &World, version: &str) -> String {
    let text = world.registry();
    assert!(text.contains("\"sites\": []"), "{text}");
    let text = text.replace("\"sites\": []", &format!("\"sites\": {SITES}"));
    let (before, rest) = text.split_once("\"version\": 1").unwrap();
    match version {
        // In this text the version stands last.
        "" => format!("{}{rest}", before.trim_end().trim_end_matches(',')),
        version => format!("{before}\"version\": {version}{rest}"),
    }
}

/// A world whose registry holds this text.
fn world_with(text: impl FnOnce(&World) -> String) -> World {
    let world = World::stopped();
    let text = text(&world);
    fs::write(world.home.registry(), text).unwrap();
    world
}

#[test]
fn this_version_is_the_only_one_so_far() {
    assert_eq!(
        VERSION, 1,
        "a new version needs a file of the old one here, and a migration"
    );
}

#[test]
fn a_file_without_a_version_is_the_predecessors() {
    for version in ["", "0", "null"] {
        let world = world_with(|world| registry(world, version));
        for command in ["list", "refresh"] {
            let ran = world.untouched_by(|| world.mech([command]).code(1));
            let file = world.home.registry().display().to_string();
            let _ran = ran
                .stderr_has(&file)
                .stderr_has("no `version`")
                .stderr_has(&format!("hint: mech import mechanic {file}"))
                .no_panic();
        }
    }
}

#[test]
fn a_version_that_is_no_number_is_an_error_with_its_place() {
    for version in ["\"1\"", "-1", "1.5", "[1]", "true", "99999999999999999999"] {
        let world = world_with(|world| registry(world, version));
        let ran = world.untouched_by(|| world.mech(["list"]).code(1));
        let line = 1 + world
            .registry()
            .lines()
            .position(|line| line.contains("\"version\""))
            .unwrap();
        let _ran = ran.stderr_has(&format!("line {line}, column ")).no_panic();
    }
}

#[test]
fn the_current_version_is_read_and_written() {
    let world = world_with(|world| registry(world, "1"));
    let _ran = world.mech(["list"]).ok().stdout_has("mech add seven");
    let _ran = world.mech(["update", "seven", "--host=7.example"]).ok();
    assert!(world.registry().contains("7.example"));
}

#[test]
fn a_newer_version_is_shown_and_never_written() {
    let world = world_with(|world| registry(world, "7"));
    for reading in [
        &["list"][..],
        &["show", "seven"],
        &["show", "seven", "--nginx"],
        &["set"],
        &["history"],
        &["diff"],
    ] {
        let _ran = world.untouched_by(|| world.mech(reading).ok());
    }
    let _ran = world.mech(["list"]).ok().stdout_has("mech add seven");
    for changing in [
        &["add", "eight", "--backends=3001"][..],
        &["update", "seven", "--host=a.example"],
        &["remove", "seven"],
        &["remove", "nine", "--if-exists"],
        &["set", "http2", "true"],
        &["unset", "http2"],
        &["refresh"],
        &["refresh", "--force", "--reload"],
        &["reset", "--yes"],
        &["rollback"],
        &["add", "eight", "--backends=3001", "--dry-run"],
    ] {
        let ran = world.untouched_by(|| world.mech(changing).code(1));
        assert_eq!(ran.last_line(), "nothing was changed");
        let _ran = ran
            .stderr_has("newer mech (version 7)")
            .stderr_has("hint: install the newer mech again")
            .no_panic();
    }
}

#[test]
fn a_newer_version_with_fields_of_its_own_is_not_guessed_at() {
    let world = world_with(|world| registry(world, "7").replace("\"host\"", "\"hosts\""));
    for command in ["list", "refresh"] {
        let ran = world.untouched_by(|| world.mech([command]).code(1));
        let _ran = ran
            .stderr_has("version 7")
            .stderr_has("this one writes 1")
            .stderr_has("hint: install the newer mech again");
    }
}

#[test]
fn every_mistake_of_an_edit_is_named_with_its_line() {
    for (from, to, said) in [
        ("\"host\"", "\"hots\"", "unknown site option `hots`"),
        (
            "\"backends\"",
            "\"Backends\"",
            "unknown site option `Backends`",
        ),
        ("\"settings\"", "\"setings\"", "setings"),
        (
            "\"http-port\"",
            "\"http_port\"",
            "unknown setting `http_port`",
        ),
        (
            "\"seven.example\"",
            "\"seven;example\"",
            "does not hold `;`",
        ),
        ("\"seven.example\"", "80", "option `host`"),
        ("\"localhost:3000\"", "\"localhost:99999\"", "1 to 65535"),
        ("\"localhost:3000\"", "3000", "option `backends`"),
        (
            "\"shortname\": \"seven\"",
            "\"shortname\": \"a b\"",
            "shortname `a b`",
        ),
        ("\"shortname\": \"seven\",", "", "shortname"),
        (
            "\"host\": \"seven.example\",",
            "\"host\": \"seven.example\", \"host\": \"a.example\",",
            "`host` is given twice",
        ),
        (
            "\"host\": \"seven.example\",",
            "\"host\": \"seven.example\"",
            "expected",
        ),
        (
            "\"host\": \"seven.example\",",
            "\"default\": \"yes\",",
            "option `default`",
        ),
        (
            "\"seven.example\"",
            "\"seven.example\u{7}\"",
            "control character",
        ),
    ] {
        let world = world_with(|world| {
            let text = registry(world, "1");
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let text = world.registry();
        let first_word = to
            .split('"')
            .nth(1)
            .filter(|word| !word.is_empty())
            .unwrap_or(to);
        let line = text
            .lines()
            .position(|line| !to.is_empty() && line.contains(first_word.trim()));
        for command in ["list", "refresh"] {
            let ran = world
                .untouched_by(|| world.mech([command]).code(1))
                .no_panic();
            let message = ran.stderr.lines().next().unwrap();
            assert!(message.contains(said), "{from} -> {to}:\n{ran}");
            let place = message.split_once(": line ").map(|(_, rest)| rest);
            let at: usize = place
                .unwrap_or_else(|| panic!("no line in {ran}"))
                .split(',')
                .next()
                .unwrap()
                .parse()
                .unwrap();
            assert!(message.contains(", column "), "{ran}");
            if let Some(line) = line {
                // The reader knows that a thing is missing when it meets the next one, and judges a list at its end.
                assert!(
                    (line + 1..=line + 3).contains(&at),
                    "line {at}, not {}: {ran}\n{text}",
                    line + 1
                );
            }
        }
    }
}

#[test]
fn a_registry_that_contradicts_itself_is_refused_by_name() {
    let twice = r#"{"version":1,"sites":[{"shortname":"a","host":"x.example","backends":["1"]},{"shortname":"b","host":"x.example","backends":["1"]}]}"#;
    let world = world_with(|_| twice.to_owned());
    let ran = world.untouched_by(|| world.mech(["list"]).code(1));
    let _ran = ran.stderr_has("`x.example` is on two sites, `a` and `b`");
}

#[test]
fn a_corrupt_registry_comes_back_by_the_command_in_the_hint() {
    let world = World::stopped();
    let _ran = world
        .mech(["add", "seven", "--host=seven.example", "--backends=3000"])
        .ok();
    let good = world.registry();
    for corrupt in [
        "",
        "{",
        "not json",
        "[]",
        "{\"version\": 1, \"sites\": [}",
        "\u{feff}{}",
    ] {
        fs::write(world.home.registry(), corrupt).unwrap();
        let ran = world
            .untouched_by(|| world.mech(["refresh"]).code(1))
            .no_panic();
        let hint = ran
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("hint: restore the last good one: "));
        let hint = hint.unwrap_or_else(|| panic!("{corrupt:?}: {ran}"));
        let _ran = world.run([] as [&str; 0]).shell(hint).run().ok();
        assert_eq!(world.registry(), good, "{corrupt:?}");
        let _ran = world.mech(["list"]).ok().stdout_has("mech add seven");
    }
    fs::write(
        world.home.registry(),
        b"{\"version\": 1, \"sites\": []}\xff",
    )
    .unwrap();
    let _ran = world
        .untouched_by(|| world.mech(["list"]).code(1))
        .stderr_has("not UTF-8")
        .no_panic();
}

//! Logs are rotated: by the rule that is there, else by one that mech makes.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads and writes files of its own"
)]

use std::fs;
use std::path::PathBuf;

use crate::harness::World;

/// A world with a folder of rules of its own.
fn with_rules() -> (World, PathBuf) {
    let world = World::new();
    let rules = world.nginx.prefix().join("logrotate.d");
    fs::create_dir(&rules).unwrap();
    let folder = rules.to_str().unwrap();
    let _ = world.mech(["set", "logrotate", folder]).ok();
    (world, rules)
}

#[test]
fn a_rule_is_made_once_where_none_covers_the_logs() {
    let (world, rules) = with_rules();
    let file = rules.join("mech");
    let said = file.to_str().unwrap();
    let _ = world
        .mech(["add", "s", "--host=s.test", "--backends=3000"])
        .ok()
        .stderr_has(said);
    let text = fs::read_to_string(&file).unwrap();
    let logs = world.nginx.prefix().join("logs");
    let covered = format!("\"{}/*.access.log\"", logs.display());
    assert!(text.contains(&covered), "{text}");
    assert!(text.contains("kill -USR1"), "{text}");
    // From then on it is the person's.
    fs::write(&file, "# mine\n").unwrap();
    let _ = world
        .mech(["update", "s", "--backends=3001"])
        .ok()
        .says_nothing_of(said);
    assert_eq!(fs::read_to_string(&file).unwrap(), "# mine\n");
}

#[test]
fn logs_that_are_rotated_already_get_no_second_rule() {
    let (world, rules) = with_rules();
    let logs = world.nginx.prefix().join("logs");
    let rule = format!("{}/*.log {{\n    daily\n}}\n", logs.display());
    fs::write(rules.join("nginx"), rule).unwrap();
    let _ = world.mech(["add", "s", "--backends=3000"]).ok();
    assert!(!rules.join("mech").exists());
}

#[test]
fn nobody_makes_a_rule_for_who_wants_none() {
    let (world, rules) = with_rules();
    let _ = world.mech(["set", "logrotate", "false"]).ok();
    let _ = world.mech(["add", "s", "--backends=3000"]).ok();
    assert!(!rules.join("mech").exists());
}

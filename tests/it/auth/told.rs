//! What commands that read tell of users.

use std::fs;

use serde_json::{Value, json};

use super::guarded::Guarded;

fn json_of(guarded: &Guarded, line: &str) -> Value {
    let ran = guarded.mech(line).ok();
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

fn with_two() -> Guarded {
    let guarded = Guarded::new();
    guarded.add_site("docs");
    guarded.add("bob", "one");
    guarded.add("ada", "two");
    guarded
}

#[test]
fn list_tells_users_as_comments_behind_commands_that_a_shell_can_replay() {
    let guarded = with_two();
    let listed = guarded.mech("list").ok().stdout;
    let lines: Vec<&str> = listed.lines().collect();
    let comment = "   (its password is not in the registry)";
    assert_eq!(
        lines[lines.len() - 2],
        format!("# mech auth add shop ada{comment}")
    );
    assert_eq!(
        lines[lines.len() - 1],
        format!("# mech auth add shop bob{comment}")
    );
    let before = guarded.world.registry();
    let _ = guarded.mech("reset --yes").ok();
    let _ = guarded.world.run([""; 0]).shell(&listed).run().ok();
    assert_eq!(guarded.world.registry(), before);
    assert_eq!(
        guarded.text("shop"),
        "",
        "passwords do not come from a list"
    );
}

#[test]
fn auth_list_and_show_tell_users_by_name() {
    let guarded = with_two();
    assert_eq!(guarded.mech("auth list shop").ok().stdout, "ada\nbob\n");
    assert_eq!(guarded.mech("auth list docs").ok().stdout, "");
    let all = guarded.mech("auth list").ok().stdout;
    let words: Vec<&str> = all.split_whitespace().collect();
    assert_eq!(words, ["shop", "ada", "shop", "bob"]);
    guarded
        .mech("show shop")
        .ok()
        .stdout_has("  users                ada\n                       bob\n");
    let site =
        |name: &str, users: &[&str]| json!({ "shortname": name, "auth": true, "users": users });
    let sites = json!([site("shop", &["ada", "bob"]), site("docs", &[])]);
    assert_eq!(json_of(&guarded, "auth list --json")["sites"], sites);
    assert_eq!(json_of(&guarded, "list --json")["users"], sites);
    assert_eq!(
        json_of(&guarded, "auth list shop --json")["sites"],
        json!([sites[0]])
    );
    assert_eq!(
        json_of(&guarded, "show shop --json")["users"],
        json!(["ada", "bob"])
    );
}

#[test]
fn a_change_of_users_names_its_site_and_its_file() {
    let guarded = Guarded::new();
    let run = guarded.world.run(["auth", "add", "shop", "ada", "--json"]);
    let ran = run.stdin("word").run().ok();
    let value: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(value["sites"], json!(["shop"]));
    assert_eq!(value["outcome"], "registry");
    let file = json!({ "path": guarded.file("shop"), "action": "replace" });
    assert_eq!(value["files"], json!([file]));
}

#[test]
fn users_who_cannot_be_read_hide_nothing_else() {
    let guarded = with_two();
    fs::remove_file(guarded.file("shop")).unwrap();
    fs::create_dir(guarded.file("shop")).unwrap();
    guarded
        .mech("list")
        .ok()
        .stdout_has("mech add docs")
        .stdout_has("# the users of these sites cannot be read");
    guarded
        .mech("show shop")
        .ok()
        .stdout_has("shop.test")
        .stdout_has("no regular file");
    assert_eq!(json_of(&guarded, "show shop --json")["users"], Value::Null);
    assert_eq!(json_of(&guarded, "list --json")["users"], Value::Null);
    let _ = guarded.mech("auth list").code(1);
}

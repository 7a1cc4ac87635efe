//! `docs/recipes.md`: each of its blocks is run as it stands, and the recipe of a system makes its golden registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::type_in;
use crate::harness::{Cert, World};

/// The recipe of each system, how many of its blocks, and what they make: a case in `tests/cases`.
const CASES: &[(&str, usize, &str)] = &[
    ("ActionHero", 1, "actionhero_listens_on_a_socket"),
    (
        "ApostropheCMS on several cores",
        2,
        "apostrophe_runs_two_processes",
    ),
    (
        "ApostropheCMS on several servers",
        1,
        "apostrophe_runs_on_two_servers",
    ),
    (
        "A server before its DNS",
        1,
        "sites_have_a_name_before_their_dns",
    ),
    (
        "Express under PM2 or a cluster",
        1,
        "express_runs_as_two_processes",
    ),
    ("react-server", 1, "react_server_has_two_ports"),
    ("stagecoach", 2, "stagecoach_keeps_its_ports_in_a_file"),
];

/// What the systems themselves have made before a person comes with the commands.
const BEFORE: &str = "\
    mount -t tmpfs tmpfs /srv
    mount -t tmpfs tmpfs /opt
    mkdir -p /opt/stagecoach/apps/mysite/current/data
    echo 3000 > /opt/stagecoach/apps/mysite/current/data/port";

/// The settings by which a world finds its nginx.
const OF_THE_WORLD: &[&str] = &["nginx", "http-port", "https-port", "logs"];

/// The headings of the document with the blocks below each that are to be typed.
fn recipes() -> Vec<(String, Vec<String>)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes.md");
    let text = fs::read_to_string(path).unwrap();
    let mut recipes: Vec<(String, Vec<String>)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        match line {
            "```sh" => {
                inside = true;
                let (_, blocks) = recipes.last_mut().expect("a block below a heading");
                blocks.push(String::new());
            }
            "```" => inside = false,
            line if inside => {
                let block = recipes.last_mut().and_then(|(_, blocks)| blocks.last_mut());
                block.unwrap().extend([line, "\n"]);
            }
            line => {
                assert!(!line.starts_with("```"), "nobody runs `{line}`");
                if let Some(title) = line.strip_prefix("## ") {
                    recipes.push((title.to_owned(), Vec::new()));
                }
            }
        }
    }
    recipes
}

/// What is to be typed for the recipe called `title`.
#[track_caller]
pub(super) fn recipe(title: &str) -> Vec<String> {
    let mut recipes = recipes().into_iter();
    let found = recipes.find(|(of, _)| of == title);
    found.unwrap_or_else(|| panic!("no recipe `{title}`")).1
}

/// The names of the sites that a script adds.
fn added(script: &str) -> BTreeSet<&str> {
    let lines = script.lines();
    let rests = lines.filter_map(|line| line.strip_prefix("mech add "));
    rests.map(|rest| rest.split(' ').next().unwrap()).collect()
}

/// A world in which somebody has typed in `script`.
fn typed(script: &str) -> World {
    let world = World::new();
    let certs = world.nginx.prefix().join("certs");
    let pair = Cert::make(&certs, "any", &["any.example"]);
    for name in added(script) {
        fs::copy(&pair.cer, certs.join(format!("{name}.cer"))).unwrap();
        fs::copy(&pair.key, certs.join(format!("{name}.key"))).unwrap();
    }
    let ran = type_in(&world, BEFORE, script);
    let proven = ran.stderr.matches("nginx has reloaded").count();
    let commands = script
        .lines()
        .filter(|line| line.starts_with("mech "))
        .count();
    assert!(proven > 0 && proven <= commands, "{ran}");
    world
}

#[test]
fn every_recipe_works_on_a_fresh_server() {
    let recipes = recipes();
    assert!(recipes.len() >= 14, "{} recipes", recipes.len());
    for (title, blocks) in recipes {
        let script = blocks.concat();
        assert!(script.contains("mech "), "nothing to type for `{title}`");
        let world = typed(&script);
        let registry: Value = serde_json::from_str(&world.registry()).unwrap();
        let sites = registry["sites"].as_array().unwrap();
        assert_eq!(sites.len(), added(&script).len(), "{title}");
        let said = world.nginx.test().unwrap();
        assert!(!said.contains("[warn]"), "{title}:\n{said}");
    }
}

#[test]
fn the_recipe_of_a_system_makes_its_golden_registry() {
    for (title, blocks, case) in CASES {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        let golden = fs::read_to_string(cases.join(case).join("registry.json")).unwrap();
        let golden: Value = serde_json::from_str(&golden).unwrap();
        let world = typed(&recipe(title)[..*blocks].concat());
        let mut made: Value = serde_json::from_str(&world.registry()).unwrap();
        let settings = made["settings"].as_object_mut().unwrap();
        settings.retain(|key, _| !OF_THE_WORLD.contains(&key.as_str()));
        assert_eq!(made, golden, "`{title}` and tests/cases/{case}");
        assert!(cases.join(case).join("from.txt").exists(), "{case}");
    }
}

#[test]
fn the_table_of_contents_leads_to_every_recipe() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/recipes.md");
    let text = fs::read_to_string(path).unwrap();
    for (title, _) in recipes() {
        let anchor = title.to_lowercase().replace(' ', "-");
        assert!(text.contains(&format!("](#{anchor})")), "#{anchor}");
    }
}

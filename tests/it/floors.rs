//! The floors of the house: imports point down, no file is forgotten, none grows without bound, none can panic.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking and reads files of the source tree"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// From the top down; those of one row do not know each other.
const FLOORS: &[&[&str]] = &[
    &["cli"],
    &["apply"],
    &["system"],
    &["plan", "render", "format", "history"],
    &["syntax", "model", "parallel"],
];

/// Beyond this a file has more than one topic.
const MOST_BYTES: usize = 18_000;

/// How a line of code can end in a panic.
const PANICS: &[&str] = &[
    ".unwrap()",
    ".expect(",
    ".unwrap_err()",
    "panic!(",
    "unreachable!(",
    "todo!(",
    "unimplemented!(",
];

/// What pure code has no use for.
const MACHINE: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::time",
    "std::os",
    "std::thread",
    "fs_err::",
    "rustix::",
    "tempfile::",
    "which::",
    "directories::",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every `.rs` file below a folder, with its path from there.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let top = root().join(folder);
    let mut waiting = vec![top.clone()];
    let mut found = Vec::new();
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(&top).unwrap().to_owned(), text));
            }
        }
    }
    found.sort();
    found
}

/// The sources of the program without what is only compiled for tests and without comments.
fn code() -> Vec<(PathBuf, String)> {
    let only_tests = |path: &Path| {
        let name = path.file_stem().unwrap().to_string_lossy();
        name == "tests" || name.ends_with("_tests") || name.starts_with("test_")
    };
    let sources = sources("src")
        .into_iter()
        .filter(|(path, _)| !only_tests(path));
    sources
        .map(|(path, text)| (path, uncommented(&text)))
        .collect()
}

/// The lines up to the tests at the end, comments cut off.
fn uncommented(text: &str) -> String {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let lines = text[..end]
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// The floor of a file of `src`; none for `lib.rs` and `main.rs`, which join them.
fn floor(path: &Path) -> Option<usize> {
    let first = path
        .components()
        .next()
        .unwrap()
        .as_os_str()
        .to_str()
        .unwrap();
    place(first.trim_end_matches(".rs"))
}

fn place(module: &str) -> Option<usize> {
    FLOORS.iter().position(|row| row.contains(&module))
}

/// The modules of this crate that a text names, `use crate::{a, b}` included.
fn named(code: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let list = match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap(),
            None => rest.split([';', ',', ' ', ')', '\n']).next().unwrap(),
        };
        for path in list.split(',') {
            let name: String = path
                .trim()
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                .collect();
            names.insert(name);
        }
    }
    names.remove("");
    names
}

#[test]
fn imports_point_down() {
    let mut upward = Vec::new();
    let mut crossings = 0;
    for (path, text) in code() {
        let Some(own) = floor(&path) else { continue };
        let module = path
            .components()
            .next()
            .unwrap()
            .as_os_str()
            .to_string_lossy()
            .replace(".rs", "");
        for name in named(&text) {
            let Some(other) = place(&name) else {
                upward.push(format!(
                    "{} names `crate::{name}`, which is on no floor",
                    path.display()
                ));
                continue;
            };
            if name != module {
                crossings += 1;
                if other <= own {
                    upward.push(format!("{} names `crate::{name}`", path.display()));
                }
            }
        }
    }
    assert!(upward.is_empty(), "{upward:#?}");
    assert!(
        crossings > 40,
        "only {crossings} imports between floors were found"
    );
}

#[test]
fn the_lower_floors_do_not_touch_the_machine() {
    let mut touching = Vec::new();
    for (path, text) in code() {
        if floor(&path).is_some_and(|own| own >= place("render").unwrap()) {
            // Threads change nothing outside the process, and one file is there to use them.
            let threads = |word: &&str| *word == "std::thread" && path.ends_with("parallel.rs");
            let found = MACHINE
                .iter()
                .filter(|word| text.contains(**word) && !threads(word));
            touching.extend(found.map(|word| format!("{} names `{word}`", path.display())));
        }
    }
    assert!(touching.is_empty(), "{touching:#?}");
}

#[test]
fn the_model_knows_three_crates() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, dependencies) = manifest.split_once("\n[dependencies]\n").unwrap();
    let dependencies = dependencies.split("\n[").next().unwrap().lines();
    let crates: Vec<String> = dependencies
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.replace('-', "_"))
        .collect();
    assert!(crates.iter().any(|name| name == "serde"), "{crates:?}");
    let mut known = BTreeSet::new();
    for (path, text) in code() {
        if path.starts_with("model") {
            known.extend(
                crates
                    .iter()
                    .filter(|name| names_crate(&text, name))
                    .cloned(),
            );
        }
    }
    let allowed = ["idna", "shell_words", "thiserror"].map(str::to_owned);
    assert_eq!(known, BTreeSet::from(allowed));
}

fn names_crate(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(at, _)| {
        !code[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':')
    })
}

#[test]
fn no_line_of_the_program_asks_for_a_panic() {
    let mut found = Vec::new();
    for (path, text) in code() {
        for line in text
            .lines()
            .filter(|line| PANICS.iter().any(|word| line.contains(word)))
        {
            found.push(format!("{}: {}", path.display(), line.trim()));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn no_file_has_grown_beyond_one_topic() {
    let sources = sources("src");
    let long: Vec<String> = sources
        .iter()
        .filter(|(_, text)| text.len() > MOST_BYTES)
        .map(|(path, text)| format!("{}: {} bytes", path.display(), text.len()))
        .collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn every_file_is_declared_where_it_belongs() {
    for (folder, tops) in [
        ("src", &["lib.rs", "main.rs"][..]),
        ("tests/it", &["main.rs"]),
    ] {
        let sources = sources(folder);
        let text = |path: &Path| {
            sources
                .iter()
                .find(|(known, _)| known == path)
                .map(|(_, text)| text)
        };
        for (path, _) in &sources {
            if tops.iter().any(|top| path == Path::new(top)) {
                continue;
            }
            // `a/mod.rs` is `a`; `a/b.rs` is declared by `a.rs` or `a/mod.rs`, a file at the top by the first of all.
            let module = if path.ends_with("mod.rs") {
                path.parent().unwrap()
            } else {
                path
            };
            let name = module.file_stem().unwrap().to_string_lossy();
            let above = module.parent().unwrap();
            let parents = if above.as_os_str().is_empty() {
                vec![PathBuf::from(tops[0])]
            } else {
                vec![above.with_extension("rs"), above.join("mod.rs")]
            };
            let mut beside = sources
                .iter()
                .filter(|(other, _)| other.parent() == path.parent());
            let declared = parents
                .iter()
                .filter_map(|parent| text(parent))
                .any(|text| text.contains(&format!("mod {name};")))
                || beside.any(|(_, text)| text.contains(&format!("#[path = \"{name}.rs\"]")));
            assert!(
                declared,
                "{folder}/{} is compiled by nobody",
                path.display()
            );
        }
    }
}

/// The rules above are worth what they find.
#[test]
fn the_rules_find_what_they_forbid() {
    let names = |text: &str| {
        named(&uncommented(text))
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        names("use crate::apply::{Ask, Look};\nfn f() -> crate::model::Site {}"),
        "apply model"
    );
    assert_eq!(names("use crate::{cli::Exit, plan};"), "cli plan");
    assert_eq!(
        names("use crate::plan;\n/// [`x`](crate::system)\n// crate::cli"),
        "plan"
    );
    assert_eq!(
        names("x\n#[cfg(test)]\nmod tests {\n use crate::cli;\n}"),
        ""
    );
    assert!(
        names_crate("use serde::Serialize;", "serde")
            && names_crate("#[derive(serde::Serialize)]", "serde")
    );
    assert!(!names_crate("use my_serde::X; use a::serde::Y;", "serde"));
    assert!(floor(Path::new("cli/args.rs")) < floor(Path::new("apply.rs")));
    assert_eq!(floor(Path::new("lib.rs")), None);
}

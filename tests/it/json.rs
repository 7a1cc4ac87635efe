//! `--json`: what every command prints is what `docs/json.md` says, field by field, in both directions.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads and writes files"
)]

mod scenes;
mod shapes;

use std::collections::BTreeSet;

use serde_json::Value;

use shapes::{Page, Samples};

/// What no test can bring about without breaking the machine, and why it stays in the page all the same.
const NOT_SEEN: &[(&str, &str)] = &[
    // History that cannot be written after the reload: a disk that fills up in that very moment.
    ("A change", "unrecorded: text"),
    // An interrupted change before a refused one: shown by the tests of crashes, in words.
    ("An error", "error.recovered: text"),
    // A machine without nginx, or a user who may not run it: every test here needs one.
    ("A change", "test-reason: text"),
];

/// Words of the page that are not seen here for the same reason.
const WORDS_NOT_SEEN: &[&str] = &[
    // Needs a folder of nginx.conf that cannot be written and a kernel without mount namespaces.
    "passed-alone",
    // Need a machine without nginx.
    "not-installed",
    "not-tested",
    // Needs files that can be changed and not changed back.
    "inconsistent",
];

#[test]
fn every_command_prints_what_the_page_says() {
    let page = Page::read();
    let mut samples = Samples::default();
    scenes::changes(&mut samples);
    scenes::outcomes(&mut samples);
    scenes::interruption(&mut samples);
    scenes::import(&mut samples);
    scenes::reading(&mut samples);
    scenes::errors(&mut samples);

    let mut wrong = Vec::new();
    for (section, values) in samples.by_section() {
        wrong.extend(page.disagreements(section, values, NOT_SEEN));
    }
    let sections: BTreeSet<&str> = samples.by_section().map(|(section, _)| section).collect();
    assert_eq!(
        sections,
        page.sections(),
        "sections with a sample and sections of the page"
    );
    assert!(wrong.is_empty(), "{wrong:#?}");

    let at = |section: &str, field: &str| words_at(&samples, section, field);
    agree(&page.words("outcome"), &at("A change", "outcome"));
    agree(&page.words("test"), &at("A change", "test"));
    agree(&page.words("kind"), &at("An error", "kind"));
}

/// All texts of one field.
fn words_at(samples: &Samples, section: &str, field: &str) -> BTreeSet<String> {
    let (_, values) = samples
        .by_section()
        .find(|(name, _)| *name == section)
        .unwrap();
    let field = |value: &Value| {
        value
            .get(field)
            .or(value["error"].get(field))
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    };
    values.iter().map(field).collect()
}

#[track_caller]
fn agree(page: &BTreeSet<String>, seen: &BTreeSet<String>) {
    let expected: BTreeSet<String> = page
        .iter()
        .filter(|word| !WORDS_NOT_SEEN.contains(&word.as_str()))
        .cloned()
        .collect();
    assert_eq!(*seen, expected);
}

//! The exit codes are written in three places, and say the same in each.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking and reads files of the source tree"
)]

use std::fs;
use std::path::Path;

use mech::cli::Exit;

use crate::harness::Mech;

/// Each code with what it means, up to the first mark of punctuation: there the details begin.
fn in_code_order(rows: impl Iterator<Item = (String, String)>) -> Vec<(String, String)> {
    rows.map(|(code, meaning)| {
        (
            code,
            meaning
                .split([';', ':', ','])
                .next()
                .unwrap()
                .trim()
                .to_owned(),
        )
    })
    .collect()
}

/// The rows of the block `Exit codes:` of the long help.
fn of_the_help() -> Vec<(String, String)> {
    let help = Mech::new().args(["--help"]).run().ok().stdout;
    let (_, block) = help.split_once("Exit codes:\n").unwrap();
    let block = block.split("\n\n").next().unwrap();
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in block.lines() {
        match line.trim().split_once("  ") {
            Some((code, meaning)) if code.bytes().all(|b| b.is_ascii_digit()) => {
                rows.push((code.to_owned(), meaning.trim().to_owned()));
            }
            _ => {
                let last = rows.last_mut().unwrap();
                last.1 = format!("{} {}", last.1, line.trim());
            }
        }
    }
    in_code_order(rows.into_iter())
}

/// The rows of the table below `heading` in a page of the tree, its first two columns.
fn of_the_page(page: &str, heading: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
    let Some((_, section)) = text.split_once(&format!("\n{heading}\n")) else {
        panic!("{page} has no section `{heading}`");
    };
    let rows = section
        .lines()
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'));
    in_code_order(rows.skip(2).map(|row| {
        let mut cells = row
            .trim_matches('|')
            .split('|')
            .map(|cell| cell.trim().to_owned());
        (cells.next().unwrap(), cells.next().unwrap())
    }))
}

#[test]
fn help_readme_and_program_know_the_same_exit_codes() {
    let codes: Vec<String> = Exit::ALL
        .iter()
        .map(|exit| exit.code().to_string())
        .collect();
    let help = of_the_help();
    assert_eq!(
        help.iter()
            .map(|(code, _)| code.clone())
            .collect::<Vec<_>>(),
        codes
    );
    assert_eq!(of_the_page("README.md", "## Exit codes"), help);
    assert_eq!(of_the_page("docs/json.md", "## Exit codes"), help);
}

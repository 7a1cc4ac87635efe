//! The man pages and the completions are what the command line says: generated from it, compared
//! with the files in the tree, and rewritten by `UPDATE=1 cargo test --test it generated`.

#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test reads and rewrites files of the source tree, and fails by panicking"
)]

mod completions;
mod shells;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use mech::cli::args::Cli;

#[test]
fn man_pages_say_what_the_help_says() {
    let mut command = visible(&Cli::command())
        .disable_help_subcommand(true)
        .subcommand_help_heading("COMMANDS");
    command.build();
    let mut pages = Vec::new();
    render_pages(&command, &mut pages);
    agree("man", &pages);
}

#[test]
fn completions_know_the_command_line() {
    agree(
        "completions",
        &[
            ("mech.bash".to_owned(), completions::bash()),
            ("_mech".to_owned(), completions::zsh()),
            ("mech.fish".to_owned(), completions::fish()),
        ],
    );
}

/// The command as a person meets it: without its hidden commands and options.
fn visible(command: &clap::Command) -> clap::Command {
    let shown = command
        .get_arguments()
        .filter(|arg| !arg.is_hide_set())
        .cloned();
    let mut copy = clap::Command::new(&*command.get_name().to_owned().leak())
        .args(shown)
        .propagate_version(command.is_propagate_version_set())
        .subcommand_required(command.is_subcommand_required_set())
        .subcommands(
            command
                .get_subcommands()
                .filter(|sub| !sub.is_hide_set())
                .map(visible),
        );
    if command.get_version().is_some() {
        copy = copy.version(env!("CARGO_PKG_VERSION"));
    }
    if let Some(text) = command.get_about() {
        copy = copy.about(text.clone());
    }
    if let Some(text) = command.get_long_about() {
        copy = copy.long_about(text.clone());
    }
    if let Some(text) = command.get_after_help() {
        copy = copy.after_help(text.clone());
    }
    if let Some(text) = command.get_after_long_help() {
        copy = copy.after_long_help(text.clone());
    }
    copy
}

fn render_pages(command: &clap::Command, pages: &mut Vec<(String, String)>) {
    type Section = fn(&Man, &mut dyn std::io::Write) -> std::io::Result<()>;
    let man = Man::new(for_man(command.clone()))
        // An empty date would be no argument of `.TH` at all, and the version would take its place.
        .date(" ")
        .source(concat!("mech ", env!("CARGO_PKG_VERSION")))
        .manual("mech manual");
    let mut page = Vec::new();
    man.render_title(&mut page).unwrap();
    let mut sections: Vec<Section> = vec![
        Man::render_name_section,
        Man::render_synopsis_section,
        Man::render_description_section,
    ];
    if command.has_subcommands() {
        sections.push(Man::render_subcommands_section);
    }
    sections.push(Man::render_options_section);
    for section in sections {
        let mut text = Vec::new();
        section(&man, &mut text).unwrap();
        page.extend_from_slice(&text[heading(&text)..]);
    }
    page.extend(blocks(command).to_roff().into_bytes());
    let page = bold_code(&String::from_utf8(page).unwrap());
    pages.push((man.get_filename(), page));
    for sub in command.get_subcommands() {
        render_pages(sub, pages);
    }
}

/// A command whose synopsis is its usage line and whose description does not repeat its name line.
fn for_man(mut command: clap::Command) -> clap::Command {
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim().to_owned();
    let about = command.get_long_about().unwrap().to_string();
    let (_, description) = about.split_once("\n\n").unwrap();
    command
        .override_usage(usage)
        .long_about(description.to_owned())
}

/// Shows what stands between backticks in bold, for troff makes quotes of them.
fn bold_code(page: &str) -> String {
    let mut shown = String::new();
    for line in page.lines() {
        let parts: Vec<&str> = line.split('`').collect();
        assert_eq!(parts.len() % 2, 1, "a backtick without its twin: {line}");
        for (at, part) in parts.into_iter().enumerate() {
            match at {
                0 => {}
                at if at % 2 == 1 => shown.push_str("\\fB"),
                _ => shown.push_str("\\fR"),
            }
            shown.push_str(part);
        }
        shown.push('\n');
    }
    shown
}

/// Where a section begins, behind the preamble that each one repeats.
fn heading(text: &[u8]) -> usize {
    text.windows(3).position(|at| at == b".SH").unwrap()
}

/// What stands below the options (examples, exit codes) with its line breaks, which `clap_mangen`'s
/// own section would fill into one paragraph.
fn blocks(command: &clap::Command) -> Roff {
    let text = command
        .get_after_long_help()
        .or(command.get_after_help())
        .unwrap()
        .to_string();
    let mut roff = Roff::new();
    for block in text.split("\n\n") {
        let (title, lines) = block.split_once(":\n").unwrap();
        roff.control("SH", [title.to_uppercase().as_str()]);
        roff.control("nf", []);
        for line in lines.lines() {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
        roff.control("fi", []);
    }
    if command.get_name() != "mech" {
        roff.control("SH", ["SEE ALSO"]);
        roff.text([roman("mech(1)")]);
    }
    roff
}

/// Compares a folder of the tree with what was generated; rewrites it where `UPDATE` is set.
fn agree(folder: &str, files: &[(String, String)]) {
    let folder = in_tree(folder);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let hint = "run UPDATE=1 cargo test --test it generated";
    for (name, text) in files {
        let path = folder.join(name);
        let there = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(there == *text, "{} is out of date: {hint}", path.display());
    }
    let expected: BTreeSet<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let there: BTreeSet<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(there, expected, "files in {}", folder.display());
}

fn in_tree(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

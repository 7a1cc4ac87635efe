//! The command line: its help is whole, its examples work, its errors are clap's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use clap::{Arg, CommandFactory};

use mech::cli::args::{self, Cli, Color, Command, ImportSource, Shell};
use mech::model::{OptionKind, SettingKey, SiteOption};

fn parse(words: &[&str]) -> Cli {
    args::parse(std::iter::once(&"mech").chain(words)).unwrap_or_else(|e| panic!("{words:?}: {e}"))
}

fn refuse(words: &[&str]) -> clap::Error {
    args::parse(std::iter::once(&"mech").chain(words)).unwrap_err()
}

/// Every command but the hidden ones, each with the words that lead to it.
fn commands() -> Vec<(Vec<String>, clap::Command)> {
    fn walk(
        path: &[String],
        command: &clap::Command,
        found: &mut Vec<(Vec<String>, clap::Command)>,
    ) {
        found.push((path.to_vec(), command.clone()));
        for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
            let path = [path, &[sub.get_name().to_owned()]].concat();
            walk(&path, sub, found);
        }
    }
    let mut found = Vec::new();
    walk(&[], &Cli::command(), &mut found);
    found
}

#[test]
fn the_command_line_is_consistent() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_and_option_has_help() {
    for (path, command) in commands() {
        let about = command.get_about().unwrap().to_string();
        assert!(
            !about.is_empty() && !about.ends_with('.'),
            "{path:?}: {about}"
        );
        let long = command.get_long_about().unwrap().to_string();
        assert!(
            long.len() > about.len() && long.ends_with('.'),
            "{path:?}: {long}"
        );
        for arg in command.get_arguments() {
            let name = format!("{path:?} {}", arg.get_id());
            let help = arg.get_help().unwrap().to_string();
            assert!(!help.is_empty() && !help.ends_with('.'), "{name}: {help}");
            if !arg.is_positional() && !arg.is_hide_set() {
                let long = arg.get_long_help().unwrap().to_string();
                assert!(long.ends_with('.'), "{name}: {long}");
                let told = long.contains("Default: ") || arg.get_id() == "host";
                assert!(told, "{name} does not tell its default");
            }
        }
    }
}

#[test]
fn every_site_option_tells_how_it_is_unset_and_whether_it_repeats() {
    let (_, update) = commands()
        .into_iter()
        .find(|(path, _)| path == &["update"])
        .unwrap();
    for option in SiteOption::ALL {
        let named = |arg: &&Arg| arg.get_long() == Some(option.name());
        let arg = update.get_arguments().find(named).unwrap();
        let long = arg.get_long_help().unwrap().to_string();
        // Bare, these three mean what they mostly mean; their other values are more than yes and no.
        let bare = ["https-upstream-verify", "prerendered", "auth"].contains(&option.name());
        let switch = option.kind() == OptionKind::Switch || bare;
        let list = matches!(option.kind(), OptionKind::List | OptionKind::Rules);
        assert!(long.contains("unsets it"), "{}", option.name());
        assert_eq!(arg.is_require_equals_set(), switch, "{}", option.name());
        assert_eq!(long.contains("May be repeated"), list, "{}", option.name());
    }
}

#[test]
fn every_example_parses_as_the_command_it_explains() {
    for (path, command) in commands() {
        let short = command.get_after_help().unwrap().to_string();
        let long = command
            .get_after_long_help()
            .map_or(short.clone(), ToString::to_string);
        let (_, examples) = long.split_once("Examples:\n").unwrap();
        let (examples, _) = examples.split_once("\n\n").unwrap_or((examples, ""));
        assert!(
            short.contains(examples),
            "{path:?}: the short help has other examples"
        );
        for example in examples.replace("\\\n", "").lines() {
            let (typed, _) = example.split_once(" > ").unwrap_or((example, ""));
            let (typed, _) = typed.split_once(" < ").unwrap_or((typed, ""));
            let words = shell_words::split(typed).unwrap();
            assert_eq!(words.first().map(String::as_str), Some("mech"), "{example}");
            assert!(words[1..].starts_with(&path), "{example}");
            let cli = args::parse(&words).unwrap_or_else(|error| panic!("{example}: {error}"));
            if let Command::Add(add) = &cli.command {
                add.site.patch().unwrap();
            }
            if let Command::Update(update) = &cli.command {
                update.site.patch().unwrap();
            }
        }
    }
}

#[test]
fn the_help_of_set_names_every_setting_and_its_meaning() {
    let (_, set) = commands()
        .into_iter()
        .find(|(path, _)| path == &["set"])
        .unwrap();
    let help = set.get_after_long_help().unwrap().to_string();
    let flat = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for key in SettingKey::ALL {
        assert!(
            flat.contains(&format!(" {} {}", key.name(), key.meaning())),
            "{}",
            key.name()
        );
    }
}

#[test]
fn help_fits_a_terminal_of_eighty_columns_where_it_cannot_be_wrapped() {
    for (path, command) in commands() {
        for text in [command.get_after_help(), command.get_after_long_help()] {
            for line in text.map(ToString::to_string).unwrap_or_default().lines() {
                assert!(line.len() <= 80, "{path:?}: {line}");
            }
        }
    }
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    for words in [
        [
            "--data",
            "/r.json",
            "--json",
            "--lock-wait=5m",
            "--color",
            "never",
            "list",
        ],
        [
            "list",
            "--data",
            "/r.json",
            "--json",
            "--lock-wait=5m",
            "--color",
            "never",
        ],
    ] {
        let global = parse(&words).global;
        assert_eq!(global.data.as_deref(), Some(Path::new("/r.json")));
        assert!(global.json && !global.quiet && !global.verbose);
        assert_eq!(global.lock_wait, "5m");
        assert_eq!(global.color, Color::Never);
    }
    assert_eq!(parse(&["list"]).global.lock_wait, "10");
    assert_eq!(refuse(&["list", "-q", "-v"]).exit_code(), 2);
}

#[test]
fn set_takes_empty_values_and_values_that_begin_with_a_hyphen() {
    let set = |words: &[&str]| match parse(words).command {
        Command::Set(set) => (set.key, set.value),
        other => panic!("{other:?}"),
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(set(&["set"]), (None, None));
    assert_eq!(set(&["set", "conf"]), (some("conf"), None));
    assert_eq!(set(&["set", "conf", ""]), (some("conf"), some("")));
    assert_eq!(
        set(&["set", "restart", "-x y"]),
        (some("restart"), some("-x y"))
    );
    assert_eq!(
        set(&["set", "history-max", "-1"]),
        (some("history-max"), some("-1"))
    );
    let cli = parse(&["set", "restart", "--foo", "--dry-run", "--json"]);
    let Command::Set(set) = cli.command else {
        panic!()
    };
    assert!(cli.global.json && set.changing.dry_run);
    assert_eq!(set.value, some("--foo"));
    let showing = parse(&["set", "conf", "--json"]);
    assert!(showing.global.json);
}

#[test]
fn a_line_of_the_wrong_shape_is_usage_and_suggests_what_was_meant() {
    for (words, hint) in [
        (&["add", "s", "--hots=a"][..], "--host"),
        (&["lits"], "list"),
        (&["add"], "NAME"),
        (&["add", "s", "--host"], "--host"),
        (&["add", "s", "--host=a", "--host=b"], "multiple times"),
        (&["import"], "mechanic"),
        (&["completions", "csh"], "bash, zsh, fish"),
        (&["list", "--color=blue"], "auto, always, never"),
        (&[], "Usage: mech"),
    ] {
        let error = refuse(words);
        assert_eq!(error.exit_code(), 2, "{words:?}");
        assert!(error.to_string().contains(hint), "{words:?}: {error}");
    }
    for words in [
        &["--help"][..],
        &["add", "--help"],
        &["--version"],
        &["list", "--version"],
    ] {
        assert_eq!(refuse(words).exit_code(), 0, "{words:?}");
    }
}

#[test]
fn usage_errors_follow_the_colour_that_was_asked_for() {
    for (words, coloured) in [
        (&["add", "--color=always"][..], true),
        (&["--color", "always", "add"], true),
        (&["add", "--color=never"], false),
        (&["add", "s", "--", "--color=always", "x"], false),
    ] {
        let text = refuse(words).render().ansi().to_string();
        assert!(
            text.contains('\u{1b}'),
            "clap always renders styles: {text}"
        );
        let out = assert_cmd::Command::cargo_bin("mech")
            .unwrap()
            .args(words)
            .output()
            .unwrap();
        assert_eq!(out.stderr.contains(&0x1b), coloured, "{words:?}");
    }
}

#[test]
fn import_and_completions_know_their_sources() {
    let Command::Import(import) = parse(&["import", "mechanic"]).command else {
        panic!()
    };
    let ImportSource::Mechanic(mechanic) = import.source;
    assert_eq!(mechanic.file, Path::new("/var/lib/misc/mechanic.json"));
    assert!(!mechanic.partial);
    for (shell, words) in [
        (Shell::Bash, "complete -F _mech_complete"),
        (Shell::Zsh, "#compdef mech"),
        (Shell::Fish, "complete -c mech"),
    ] {
        assert!(shell.completions().contains(words));
    }
    assert!(matches!(
        parse(&["__sites", "--data=/r.json"]).command,
        Command::Sites
    ));
    let mut help = Cli::command();
    assert!(!help.render_long_help().to_string().contains("__sites"));
}

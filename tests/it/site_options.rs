//! The options of a site, from the words of a command line to the patch of a registry.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mech::cli::args::{self, Command};
use mech::cli::site_options::{OptionError, OptionProblem, SiteOptions};
use mech::model::{OptionKind, OptionValue, SiteOption, SitePatch};

use crate::harness::World;

fn options(words: &[&str]) -> SiteOptions {
    let line = ["mech", "update", "s"].iter().chain(words);
    match args::parse(line)
        .unwrap_or_else(|e| panic!("{words:?}: {e}"))
        .command
    {
        Command::Update(update) => update.site,
        other => panic!("{other:?}"),
    }
}

fn patch(words: &[&str]) -> SitePatch {
    options(words)
        .patch()
        .unwrap_or_else(|e| panic!("{words:?}: {e}"))
}

fn refusal(words: &[&str]) -> OptionError {
    options(words).patch().unwrap_err()
}

fn one(words: &[&str]) -> Option<OptionValue> {
    let entries = patch(words).entries;
    assert_eq!(entries.len(), 1, "{words:?}: {entries:?}");
    entries.into_iter().next().unwrap().1
}

fn list(items: &[&str]) -> OptionValue {
    OptionValue::List(items.iter().map(|&item| item.to_owned()).collect())
}

fn text(text: &str) -> OptionValue {
    OptionValue::Text(text.to_owned())
}

#[test]
fn nothing_given_is_nothing_asked() {
    assert_eq!(patch(&[]), SitePatch::default());
}

#[test]
fn a_value_stands_behind_an_equals_sign_or_a_space() {
    assert_eq!(one(&["--host=a.com"]), Some(text("a.com")));
    assert_eq!(one(&["--host", "a.com"]), Some(text("a.com")));
    let url = "https://x.com/?a=1&b=2";
    assert_eq!(one(&[&format!("--redirect={url}")]), Some(text(url)));
    assert_eq!(one(&["--static", "/srv/a b"]), Some(text("/srv/a b")));
}

#[test]
fn switches_are_bare_or_take_a_word() {
    for option in SiteOption::ALL {
        if option.kind() != OptionKind::Switch {
            continue;
        }
        let name = format!("--{}", option.name());
        assert_eq!(one(&[&name]), Some(OptionValue::Switch(true)), "{name}");
        for (word, on) in [
            ("true", true),
            ("YES", true),
            ("1", true),
            ("on", true),
            ("no", false),
            ("off", false),
            ("0", false),
            ("False", false),
        ] {
            let given = format!("{name}={word}");
            assert_eq!(one(&[&given]), Some(OptionValue::Switch(on)), "{given}");
        }
        assert_eq!(one(&[&format!("{name}=")]), None, "{name}=");
        let error = refusal(&[&format!("{name}=maybe")]);
        assert_eq!((error.option, error.value.as_str()), (option, "maybe"));
        let said = error.to_string();
        assert!(
            said.starts_with(&format!("option `{name}`, value `maybe`: expected true")),
            "{said}"
        );
    }
    assert_eq!(one(&["--websocket=off"]), Some(OptionValue::Switch(false)));
}

#[test]
fn a_bare_switch_does_not_swallow_the_shortname() {
    let cli = args::parse(["mech", "add", "--https", "shop"]).unwrap();
    let Command::Add(add) = cli.command else {
        panic!()
    };
    assert_eq!(add.name, "shop");
}

#[test]
fn default_can_be_moved() {
    for (given, moves) in [
        ("--default=move", true),
        ("--default=MOVE", true),
        ("--default", false),
    ] {
        let patch = patch(&[given]);
        assert_eq!(patch.move_default, moves, "{given}");
        assert_eq!(
            patch.entries,
            [(SiteOption::Default, Some(OptionValue::Switch(true)))]
        );
    }
    assert!(
        refusal(&["--default=maybe"])
            .to_string()
            .ends_with("or else move")
    );
    assert!(matches!(
        refusal(&["--https=move"]).error,
        OptionProblem::Switch(_)
    ));
}

#[test]
fn lists_split_at_commas_and_add_up() {
    assert_eq!(
        one(&["--aliases=a.com, b.com"]),
        Some(list(&["a.com", "b.com"]))
    );
    assert_eq!(
        one(&[
            "--backends=3000,3001",
            "--backend",
            "unix:/run/a.sock:/live weight=3"
        ]),
        Some(list(&["3000", "3001", "unix:/run/a.sock:/live weight=3"]))
    );
    for given in ["--aliases=a,,b", "--aliases=,", "--backends=3000,"] {
        assert_eq!(refusal(&[given]).error, OptionProblem::EmptyItem, "{given}");
    }
    assert_eq!(
        refusal(&["--backends=3000,,3001"]).to_string(),
        "option `--backends`, value `3000,,3001`: an item of the list is empty"
    );
}

#[test]
fn an_empty_value_and_the_word_false_unset() {
    for name in [
        "host",
        "aliases",
        "backends",
        "static",
        "redirect",
        "redirect-full",
    ] {
        for word in ["", "false", "False", " "] {
            assert_eq!(one(&[&format!("--{name}={word}")]), None, "--{name}={word}");
        }
    }
    for given in [
        ["--aliases=", "--aliases=a"],
        ["--aliases=a", "--aliases=false"],
    ] {
        assert_eq!(
            refusal(&given).error,
            OptionProblem::Contradiction,
            "{given:?}"
        );
    }
    assert_eq!(one(&["--aliases=", "--aliases=false"]), None);
}

#[test]
fn one_redirect_at_a_time() {
    let (a, b) = ("--redirect=https://a.com", "--redirect-full=https://b.com");
    assert_eq!(refusal(&[b, a]).error, OptionProblem::TwoRedirects);
    let entries = patch(&["--redirect-full=https://b.com", "--redirect="]).entries;
    assert_eq!(
        entries,
        [
            (SiteOption::Redirect, None),
            (SiteOption::RedirectFull, Some(text("https://b.com")))
        ]
    );
    assert_eq!(patch(&[a, "--redirect-full=false"]).entries.len(), 2);
}

#[test]
fn entries_stand_in_the_order_of_all_output() {
    let given = [
        "--permanent",
        "--https",
        "--backends=1",
        "--aliases=a",
        "--host=h",
    ];
    let order: Vec<SiteOption> = patch(&given)
        .entries
        .into_iter()
        .map(|(option, _)| option)
        .collect();
    let mut sorted = order.clone();
    sorted.sort();
    assert_eq!(order, sorted);
    assert_eq!(order.len(), given.len());
}

#[test]
fn the_predecessors_path_is_accepted_and_does_nothing() {
    let given = options(&["--path=/x"]);
    assert!(given.path_ignored());
    assert_eq!(given.patch().unwrap(), SitePatch::default());
    assert!(!options(&[]).path_ignored());
}

#[test]
fn errors_show_control_characters_escaped() {
    assert!(
        refusal(&["--https=\u{1b}[31m"])
            .to_string()
            .contains("`\\u{1b}[31m`")
    );
}

#[test]
fn show_tells_the_longest_option_in_the_same_column_and_a_bare_one_as_yes() {
    let world = World::new();
    let options = [
        "--https-upstream",
        "--https-upstream-verify",
        "--timeout=90",
    ];
    let add = ["add", "s", "--host=s.example", "--backends=3000"];
    let _ = world.mech(add.into_iter().chain(options)).ok();
    let shown = world.mech(["show", "s"]).ok().stdout;
    let column = |line: &str, value: &str| line.strip_suffix(value).map(str::len);
    let lines: Vec<&str> = shown.lines().collect();
    let at = |name: &str, value: &str| {
        let line = lines
            .iter()
            .find(|line| line.trim_start().starts_with(&format!("{name} ")));
        column(line.unwrap(), value).unwrap()
    };
    let host = at("host", "s.example");
    assert_eq!(at("https-upstream-verify", "yes"), host, "{shown}");
    assert_eq!(at("timeout", "90s"), host, "{shown}");
}

//! The completion scripts: clap's own, plus what clap cannot know - the sites of the registry.

use std::fmt::Write as _;

use clap::builder::PossibleValuesParser;
use clap::{CommandFactory, ValueHint};
use clap_complete::{Generator, Shell};

use mech::cli::args::Cli;
use mech::model::SettingKey;

/// clap writes this for [`ValueHint::Hostname`], which marks the arguments that are sites.
const ZSH_MARK: &str = ":_hosts' \\";

/// The settings that take one of a few words.
const SETTING_VALUES: [(&str, &[&str]); 7] = [
    ("logs-shared", &["true", "false"]),
    ("http2", &["true", "false"]),
    ("restart", &["false"]),
    ("trust", &["cloudflare", "proxy-protocol"]),
    ("unknown-hosts", &["reject", "default-site", "404"]),
    ("log-format", &["combined", "json"]),
    ("logrotate", &["false"]),
];

pub(super) fn bash() -> String {
    let tail = include_str!("tail.bash")
        .replace("@VALUED@", &valued().join(" | "))
        .replace("@CHOICES@", &bash_choices())
        .replace("@KEYS@", &keys().join(" "))
        .replace("@VALUES@", &by_setting());
    let text = script(Shell::Bash).replace("complete -F _mech ", "complete -F _mech_complete ");
    let at = text.rfind("\nif [[ \"${BASH_VERSINFO[0]}\"").unwrap();
    [&text[..at], tail.trim_end(), "\n", &text[at..]].concat()
}

pub(super) fn zsh() -> String {
    let mut text = script(Shell::Zsh);
    let sites = "update, remove, show, and auth add, remove, list";
    assert_eq!(text.matches(ZSH_MARK).count(), 6, "{sites}");
    text = text.replace(ZSH_MARK, ":_mech_sites' \\");
    for name in switches() {
        // One that repeats begins with a star.
        let before = text.clone();
        for from in [format!("'--{name}=["), format!("'*--{name}=[")] {
            let to = from.replace("=[", "=-[");
            text = text.replace(&from, &to);
        }
        assert_ne!(text, before, "{name}");
    }
    let value = ":_default' \\\n&& ret=0\n;;\n(unset)";
    assert_eq!(text.matches(value).count(), 1, "the value of `set`");
    text = text.replace(value, &value.replace("_default", "_mech_values"));
    // clap's function narrows `words` to the subcommand's; options before that are wanted too.
    let start = "_mech() {\n";
    let whole_line = format!("{start}    local -a _mech_line=(\"${{(@)words}}\")\n");
    text = text.replacen(start, &whole_line, 1);
    let at = text.rfind("if [ \"$funcstack[1]\"").unwrap();
    let tail = include_str!("tail.zsh").replace("@VALUES@", &by_setting());
    [&text[..at], &tail, &text[at..]].concat()
}

pub(super) fn fish() -> String {
    let mut text = script(Shell::Fish);
    for name in switches() {
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                if line.contains(&format!(" -l {name} ")) {
                    line.replace(" -r -f -a ", " -f -a ")
                } else {
                    line.to_owned()
                }
            })
            .collect();
        text = lines.join("\n") + "\n";
    }
    text += &include_str!("tail.fish").replace("@VALUED@", &valued().join(" "));
    for (key, values) in SETTING_VALUES {
        let values = values.join(" ");
        writeln!(
            text,
            "complete -c mech -n \"__mech_completes_next set {key}\" -f -a \"{values}\""
        )
        .unwrap();
    }
    for key in SettingKey::ALL {
        writeln!(
            text,
            "complete -c mech -n \"__mech_completes_first set unset\" -f -a {} -d '{}'",
            key.name(),
            key.meaning()
        )
        .unwrap();
    }
    text
}

fn script(shell: Shell) -> String {
    let mut command = command();
    command.set_bin_name("mech");
    command.build();
    let mut text = Vec::new();
    shell.try_generate(&command, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The command line with what helps clap's generators: values of switches, settings, sites.
fn command() -> clap::Command {
    let mut command = super::visible(&Cli::command());
    let names: Vec<String> = command
        .get_subcommands()
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in names {
        command = command.mut_subcommand(&name, |sub| {
            let sub = sub.mut_subcommands(|inner| {
                inner.mut_args(|arg| match (name.as_str(), arg.get_id().as_str()) {
                    ("auth", "site") => arg.value_hint(ValueHint::Hostname),
                    _ => arg,
                })
            });
            sub.mut_args(|arg| match (name.as_str(), arg.get_id().as_str()) {
                ("update" | "remove" | "show", "name") => arg.value_hint(ValueHint::Hostname),
                // An optional key would make zsh offer values in its place.
                ("set" | "unset", "key") => arg
                    .required(true)
                    .value_parser(PossibleValuesParser::new(keys())),
                // What else they take, paths and names of headers, is the person's own.
                (_, "balance") => {
                    arg.value_parser(["least-conn", "round-robin", "random", "ip-hash"])
                }
                (_, "sticky") => arg.value_parser(["cookie", "ip"]),
                (_, "backend_protocol") => arg.value_parser(["http1", "h2c", "grpc"]),
                (_, "buffering") => arg.value_parser(["true", "false"]),
                (_, "redirect_code") => arg.value_parser(["301", "302", "307", "308"]),
                (_, "www") => arg.value_parser(["add", "strip"]),
                (_, "default") => arg.value_parser(["true", "false", "move"]),
                // These take paths and files as well.
                (_, "auth" | "prerendered" | "https_upstream_verify") => arg,
                _ if arg.is_require_equals_set() => arg.value_parser(["true", "false"]),
                _ => arg,
            })
        });
    }
    command
}

fn keys() -> Vec<&'static str> {
    SettingKey::ALL.map(SettingKey::name).to_vec()
}

/// Every option once, by each of its long names.
fn options() -> Vec<(String, clap::Arg)> {
    let mut command = command();
    command.build();
    let mut found: Vec<(String, clap::Arg)> = Vec::new();
    for sub in command.get_subcommands() {
        for arg in sub.get_arguments() {
            for long in arg.get_long_and_visible_aliases().unwrap_or_default() {
                if found.iter().all(|(name, _)| name != long) {
                    found.push((long.to_owned(), arg.clone()));
                }
            }
        }
    }
    found
}

/// The options that take the next word as their value.
fn valued() -> Vec<String> {
    let takes_next =
        |arg: &clap::Arg| arg.get_action().takes_values() && !arg.is_require_equals_set();
    options()
        .into_iter()
        .filter(|(_, arg)| takes_next(arg))
        .map(|(name, _)| format!("--{name}"))
        .collect()
}

/// The options that take a value behind a `=` only.
fn switches() -> Vec<String> {
    options()
        .into_iter()
        .filter(|(_, arg)| arg.is_require_equals_set())
        .map(|(name, _)| name)
        .collect()
}

/// Arms of a shell's `case` that put the values of a setting into `values`.
fn by_setting() -> String {
    let arms = SETTING_VALUES.map(|(key, values)| {
        let values = values.join(" ");
        format!("            {key}) values=({values}) ;;")
    });
    arms.join("\n")
}

fn bash_choices() -> String {
    let mut lines = Vec::new();
    for (name, arg) in options() {
        let values: Vec<String> = arg
            .get_possible_values()
            .iter()
            .map(|value| value.get_name().to_owned())
            .collect();
        if arg.get_action().takes_values() && !values.is_empty() {
            let values = values.join(" ");
            lines.push(format!(
                "            --{name})\n                word=\"{values}\"\n                ;;"
            ));
        }
    }
    lines.join("\n")
}

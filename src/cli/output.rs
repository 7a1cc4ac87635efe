//! The only printing. Standard output is data, standard error is talk; a pipe that closes ends
//! quietly.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::args::{Color, Global};
use super::exit::Exit;
use super::failure::Failure;
use crate::apply::Pending;
use crate::system::environment::{Environment, SYSTEM_REGISTRY};

/// How to print.
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of the command line, each on or off by itself"
)]
pub(super) struct Output {
    json: bool,
    quiet: bool,
    verbose: bool,
    color: bool,
}

impl Output {
    pub(super) fn new(global: &Global, environment: &Environment) -> Self {
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => {
                io::stderr().is_terminal() && !environment.no_color && !environment.dumb_terminal
            }
        };
        Self {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
            color,
        }
    }

    /// Whether data is printed as JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints data.
    #[expect(clippy::unused_self, reason = "who holds no Output is not to print")]
    pub(super) fn text(&self, text: &str) -> Result<(), Failure> {
        quietly(
            io::stdout()
                .lock()
                .write_all(text.as_bytes())
                .and_then(|()| io::stdout().flush()),
        )
    }

    /// Prints data as JSON.
    pub(super) fn json(&self, value: &Value) -> Result<(), Failure> {
        self.text(&format!("{value:#}\n"))
    }

    /// Tells something that went as asked.
    pub(super) fn say(&self, text: &str) {
        if !self.quiet && !self.json {
            talk(text);
        }
    }

    /// Tells a step, where a person wants to know each.
    pub(super) fn step(&self, text: &str) {
        if self.verbose && !self.json {
            talk(text);
        }
    }

    /// Tells something worth knowing.
    pub(super) fn note(&self, text: &str) {
        if !self.quiet && !self.json {
            talk(&format!("{} {text}", self.paint("note:", "36;1")));
        }
    }

    /// Warns.
    pub(super) fn warn(&self, text: &str) {
        if !self.json {
            talk(&format!("{} {text}", self.paint("warning:", "33;1")));
        }
    }

    /// Says which registry is used where it is not the system's.
    pub(super) fn registry_used(&self, registry: &Path) {
        if registry != Path::new(SYSTEM_REGISTRY) {
            self.say(&format!("registry: {}", registry.display()));
        }
    }

    /// Says what is pending between the registry and the machine.
    pub(super) fn pending(&self, pending: Pending) {
        match pending {
            Pending::Interrupted => self.warn(
                "a change was interrupted and is pending; the next change finishes it, as does `mech refresh`",
            ),
            Pending::Underway => self.warn("another mech is changing this registry at this moment"),
            Pending::Edited => self.warn(
                "the registry was edited since it was last applied; `mech refresh` applies it, `mech diff` shows it",
            ),
        }
    }

    /// Tells why nothing came of it, and gives the exit code.
    pub(super) fn failure(&self, failure: &Failure) -> Exit {
        if matches!(failure, Failure::ClosedPipe) {
            return Exit::Done;
        }
        if self.json {
            let value = json!({ "error": failure.to_json() });
            let _ = io::stdout()
                .lock()
                .write_all(format!("{value:#}\n").as_bytes());
            return failure.exit();
        }
        talk(&format!(
            "{} {}",
            self.paint("error:", "31;1"),
            failure.message()
        ));
        for line in failure.details() {
            talk(&format!("  {line}"));
        }
        for hint in failure.hints() {
            talk(&format!("{} {hint}", self.paint("hint:", "36;1")));
        }
        for line in failure.state() {
            talk(&line);
        }
        failure.exit()
    }

    fn paint(&self, text: &str, style: &str) -> String {
        if self.color {
            format!("\u{1b}[{style}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Tells what is wrong with the shape of the command line, or prints the help that was asked for.
pub(super) fn usage(error: &clap::Error, json: bool) -> std::process::ExitCode {
    if !json || !error.use_stderr() {
        let _ = error.print();
    } else {
        let text = error.render().to_string();
        let message = text
            .trim_start_matches("error: ")
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .trim();
        let value = json!({ "error": {
            "code": Exit::Usage.code(), "kind": "usage", "message": message,
            "details": [], "hints": ["mech --help"], "state": "untouched", "recovered": null,
        } });
        let _ = io::stdout()
            .lock()
            .write_all(format!("{value:#}\n").as_bytes());
    }
    if error.use_stderr() {
        // Help in place of a missing command is no error message, and ends as help does.
        if !json && error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        {
            talk("nothing was changed");
        }
        Exit::Usage.into()
    } else {
        Exit::Done.into()
    }
}

/// The last words after a defect of mech's own.
pub(super) fn internal_error() {
    talk("error: mech itself has failed; this is a defect of mech, not of your input");
    talk("hint: please report the command line that led here");
    talk("a change that was under way is finished or taken back by the next `mech refresh`");
}

fn talk(text: &str) {
    // Nobody is left to tell that telling failed.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

fn quietly(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::ClosedPipe),
        Err(error) => Err(Failure::Print(error)),
    }
}

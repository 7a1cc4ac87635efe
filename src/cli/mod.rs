//! The top: arguments in, words and exit codes out.

pub mod args;
mod auth;
mod change;
mod diff;
mod exit;
mod failure;
mod hints;
mod history;
mod list;
mod output;
mod report;
mod settings;
mod show;
pub mod site_options;

pub use exit::Exit;

use std::cell::Cell;
use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::process::ExitCode;

use rustix::fs::Mode;
use rustix::process::umask;
use serde_json::{Value, json};

use args::{Cli, Command, Global};
use failure::Failure;
use output::Output;

use crate::apply::{Look, Pending, look, pending};
use crate::system::environment::Environment;
use crate::system::state::State;

/// What every command works with.
struct Context {
    environment: Environment,
    state: State,
    output: Output,
    global: Global,
    words: Vec<String>,
    /// What [`Context::look`] found pending.
    pending: Cell<Option<Pending>>,
}

/// Runs the command line.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    // The default hook would show a person source lines; what they need is the last words below.
    set_hook(Box::new(|_| {}));
    // nginx reads what mech makes as root: a caller without a umask must not leave it for all to write.
    let given = umask(Mode::RWXU | Mode::RWXG | Mode::RWXO);
    umask(given | Mode::WGRP | Mode::WOTH);
    let args: Vec<OsString> = args.collect();
    catch_unwind(AssertUnwindSafe(|| parse_and_dispatch(&args))).unwrap_or_else(|_| {
        output::internal_error();
        Exit::Refused.into()
    })
}

fn parse_and_dispatch(args: &[OsString]) -> ExitCode {
    let json = args.iter().any(|word| word == "--json");
    let cli = match args::parse(args) {
        Ok(cli) => cli,
        Err(error) => return output::usage(&error, json),
    };
    let environment = Environment::read();
    let output = Output::new(&cli.global, &environment);
    let state = State::of(&environment.registry(cli.global.data.as_deref()));
    let words = args
        .iter()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let context = Context {
        environment,
        state,
        output,
        global: cli.global.clone(),
        words,
        pending: Cell::new(None),
    };
    let place = context.state.registry.to_string_lossy();
    if place.chars().any(char::is_control) {
        // The header of mech.conf could not name it, so the next change would take it for another's.
        let failure = Failure::Place(place.into_owned());
        return context.output.failure(&failure).into();
    }
    match dispatch(&context, cli) {
        Ok(()) => Exit::Done.into(),
        Err(failure) => context.output.failure(&failure).into(),
    }
}

fn dispatch(context: &Context, cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Add(add) => change::add(context, &add),
        Command::Update(update) => change::update(context, &update),
        Command::Remove(remove) => change::remove(context, &remove),
        Command::Auth(args) => auth::auth(context, &args),
        Command::Refresh(refresh) => change::refresh(context, &refresh),
        Command::Reset(reset) => change::reset(context, &reset),
        Command::Import(import) => change::import(context, &import),
        Command::Rollback(rollback) => change::rollback(context, &rollback),
        Command::Set(set) => settings::set(context, &set),
        Command::Unset(unset) => settings::unset(context, &unset),
        Command::List => list::list(context),
        Command::Sites => list::names(context),
        Command::Show(show) => show::show(context, &show),
        Command::History => history::history(context),
        Command::Diff(diff) => diff::diff(context, &diff),
        Command::Completions(completions) => {
            let script = completions.shell.completions();
            if context.output.is_json() {
                return context.output.json(&json!({ "script": script }));
            }
            context.output.text(script)
        }
    }
}

impl Context {
    /// Loads the registry for a command that reads, and says what is pending.
    fn look(&self) -> Result<Look, Failure> {
        let mut seen = look(&self.state)?;
        let mut found = pending(&self.state, &seen);
        if !matches!(found, None | Some(Pending::Underway)) {
            // A run that ended between two reads leaves them at odds; looking once more tells.
            seen = look(&self.state)?;
            found = pending(&self.state, &seen);
        }
        if let Some(pending) = found {
            self.output.pending(pending);
            self.pending.set(Some(pending));
        }
        self.output.registry_used(&self.state.registry);
        Ok(seen)
    }

    /// Prints the JSON of a command that reads: with the registry it read, and what is pending there.
    fn answer(&self, mut value: Value) -> Result<(), Failure> {
        value["registry"] = json!(self.state.registry);
        value["pending"] = match self.pending.get() {
            Some(Pending::Interrupted) => json!("interrupted"),
            Some(Pending::Edited) => json!("edited"),
            Some(Pending::Underway) => json!("under-way"),
            None => Value::Null,
        };
        self.output.json(&value)
    }
}

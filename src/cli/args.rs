//! The command line: commands, options and their help. Nothing here acts.
//!
//! Names and values stay text: clap answers for the shape of the line (exit 2), what refuses a
//! value comes after it (exit 1).

mod auth;
mod commands;
mod help;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Style, Styles};
use clap::error::{ContextKind, ContextValue};
use clap::{
    Args, ColorChoice, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint,
};

pub use auth::{Auth, AuthAdd, AuthCommand, AuthList, AuthRemove};
pub use commands::{
    Add, Completions, Diff, Import, ImportMechanic, ImportSource, Refresh, Remove, Reset, Rollback,
    Set, Shell, Show, Unset, Update,
};

const STYLES: Styles = Styles::plain()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(Style::new().bold())
    .error(AnsiColor::Red.on_default().bold())
    .invalid(AnsiColor::Yellow.on_default())
    .valid(AnsiColor::Green.on_default());

/// Put applications behind nginx
///
/// mech keeps a registry of web sites, renders plain nginx configuration from it, tests that with
/// `nginx -t`, reloads nginx and proves that the reload took effect. A command either does the whole
/// thing or changes nothing and says why.
#[derive(Parser, Debug)]
#[command(
    name = "mech",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    styles = STYLES,
    after_help = help::TOP,
    after_long_help = help::TOP_LONG,
)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// What every command takes.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Use this registry
    ///
    /// Default: the environment variable `MECH_DATA`; else /var/lib/mech/registry.json if it is there
    /// or for root; else a file in your own state folder.
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub data: Option<PathBuf>,

    /// Print JSON instead of text, also for errors
    ///
    /// Default: text for people. The shapes are stable.
    #[arg(long, global = true)]
    pub json: bool,

    /// Say nothing but warnings and errors
    ///
    /// What a command prints on standard output stays. Default: off.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say what is done, step by step
    ///
    /// Default: off.
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Colour the output: auto, always or never
    ///
    /// Default: auto, that is on a terminal where `NO_COLOR` is not set.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t = Color::Auto, hide_default_value = true, hide_possible_values = true)]
    pub color: Color,

    /// Wait that long for another mech to finish
    ///
    /// Takes a length of time such as 30, 30s or 5m; 0 does not wait. Default: 10 seconds.
    #[arg(long, global = true, value_name = "SECS", default_value = "10", hide_default_value = true, value_hint = ValueHint::Other)]
    pub lock_wait: String,
}

/// When output is coloured.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// On a terminal that wants it
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// What every command that changes something takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Options of every change")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags of the command line, each on or off by itself"
)]
pub struct Changing {
    /// Show what would change and test it, and change nothing
    ///
    /// Prints the registry and the nginx text as a unified diff and has `nginx -t` test the result;
    /// exits 4 where it is rejected. Default: off.
    #[arg(long)]
    pub dry_run: bool,

    /// Overwrite mech.conf even where a person has edited it
    ///
    /// The edited text is kept in the history. Default: such an edit is an error that shows it.
    #[arg(long)]
    pub force: bool,

    /// Reload nginx even if nothing changed
    ///
    /// Default: nginx is left alone when there is nothing new for it.
    #[arg(long)]
    pub reload: bool,

    /// Stop and start nginx where a reload cannot apply the change
    ///
    /// Used only for such a change, a listening address that moved under a port in use, say.
    /// Connections break off. Default: the change is refused with the reason.
    #[arg(long)]
    pub restart_nginx: bool,
}

/// What mech is asked to do.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Add a site
    ///
    /// The site needs something to serve: backends, a folder of files or a redirect. A site that is
    /// there already is an error, unless --upsert is given.
    #[command(after_help = help::ADD)]
    Add(Box<Add>),

    /// Change some options of a site
    ///
    /// Options that are not given stay as they are. An empty value, as in `--static=`, unsets an
    /// option.
    #[command(after_help = help::UPDATE)]
    Update(Box<Update>),

    /// Forget a site
    ///
    /// Its folder of override files is moved aside, and `mech rollback` brings both back.
    #[command(after_help = help::REMOVE)]
    Remove(Remove),

    /// Print the commands that rebuild this registry
    ///
    /// A shell can replay them, on this server or another. What was never set is left out.
    #[command(after_help = help::LIST)]
    List,

    /// Show one site
    ///
    /// Prints its options in words, or with --nginx the text that nginx reads.
    #[command(after_help = help::SHOW)]
    Show(Show),

    /// Set a global setting, or show them
    ///
    /// Without arguments all settings are shown, with KEY alone that one. `mech unset KEY` goes back to
    /// the default.
    #[command(after_help = help::SET, after_long_help = help::SET_LONG)]
    Set(Set),

    /// Unset a global setting
    ///
    /// Its default holds again; `mech set` shows which that is. A setting that is not set is fine.
    #[command(after_help = help::UNSET)]
    Unset(Unset),

    /// Add, remove and list the users of a site
    ///
    /// A site asks for a password where its option `--auth` says so. Each site has users of its own.
    #[command(after_help = help::AUTH, subcommand_required = true, arg_required_else_help = true)]
    Auth(Auth),

    /// Take in what changed outside
    ///
    /// Renders all sites anew, tests and reloads: after an upgrade of nginx or mech, after an edit of the
    /// registry, an override file or a template, after a new certificate. Reads again what options and
    /// settings name: files of backends (`@FILE`), redirect maps, files of networks to trust, pages for
    /// errors, passwords. Asks again for the addresses of backends that have a host name. Where nothing
    /// changed, nginx is left alone.
    #[command(after_help = help::REFRESH)]
    Refresh(Refresh),

    /// Forget all sites and settings
    ///
    /// Asks first on a terminal; without one --yes is needed. `mech rollback` brings everything back.
    #[command(after_help = help::RESET)]
    Reset(Reset),

    /// Take over from another tool
    ///
    /// The sites stay on the air: one reload takes the old tool's configuration out and mech's in.
    #[command(after_help = help::IMPORT, subcommand_required = true, arg_required_else_help = true)]
    Import(Import),

    /// List what was changed, newest first
    ///
    /// Each entry has an id, which `mech diff` and `mech rollback` take.
    #[command(after_help = help::HISTORY)]
    History,

    /// Show what differs between the registry and what is live
    ///
    /// With the id of a history entry: show what that entry changed.
    #[command(after_help = help::DIFF)]
    Diff(Diff),

    /// Go back to an earlier state
    ///
    /// Without an id: to the state before the newest entry. A rollback is a change like any other,
    /// tested and proven; it makes an entry of its own and can be rolled back too.
    #[command(after_help = help::ROLLBACK)]
    Rollback(Rollback),

    /// Print the completions of a shell
    ///
    /// Completes commands, options, site names and settings.
    #[command(after_help = help::COMPLETIONS)]
    Completions(Completions),

    /// Print the shortnames of the sites, one a line, for the completions
    #[command(name = "__sites", hide = true)]
    Sites,
}

/// Reads a command line, the program's name first.
///
/// An error is clap's own, with its text, its stream and its exit code; `--help` and `--version` are
/// such errors too.
pub fn parse<A>(args: impl IntoIterator<Item = A>) -> Result<Cli, clap::Error>
where
    A: Into<OsString>,
{
    let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
    let mut command = Cli::command().color(color_of(&args));
    let matches = command.try_get_matches_from_mut(args).map_err(harmless)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// `reset`, which forgets everything, is near to `delete` in letters only.
fn harmless(mut error: clap::Error) -> clap::Error {
    let word = error.get(ContextKind::InvalidSubcommand);
    if matches!(word, Some(ContextValue::String(word)) if word == "delete") {
        error.insert(
            ContextKind::SuggestedSubcommand,
            ContextValue::Strings(vec!["remove".to_owned()]),
        );
    }
    error
}

/// The colour asked for, found before the parser runs because the parser's own errors follow it.
fn color_of(args: &[OsString]) -> ColorChoice {
    let words = args.iter().skip(1).map(|arg| arg.to_str().unwrap_or(""));
    let mut after_option = false;
    for word in words.take_while(|word| *word != "--") {
        let value = if after_option {
            Some(word)
        } else {
            word.strip_prefix("--color=")
        };
        match value {
            Some("always") => return ColorChoice::Always,
            Some("never") => return ColorChoice::Never,
            _ => after_option = word == "--color",
        }
    }
    ColorChoice::Auto
}

//! mech: a registry of web sites, rendered to plain nginx text, tested, reloaded and proven.
//!
//! Floors; imports point down only:
//!
//! - [`cli`]: arguments in, words and exit codes out;
//! - [`apply`]: the story of every change, the one place where pure values meet the machine;
//! - [`system`]: the only code that touches the machine;
//! - [`plan`], [`render`], [`format`](mod@format), [`history`]: pure derivation;
//! - [`syntax`]: nginx's configuration grammar;
//! - [`model`]: what a registry of sites is; [`parallel`]: one function over many of them.
//!
//! The library serves the `mech` binary and its tests; it promises no stable interface.

use std::ffi::OsString;
use std::process::ExitCode;

pub mod apply;
pub mod cli;
pub mod format;
pub mod history;
pub mod model;
pub mod parallel;
pub mod plan;
pub mod render;
pub mod syntax;
pub mod system;

/// Runs a command line, the program's name first.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    cli::run(args)
}

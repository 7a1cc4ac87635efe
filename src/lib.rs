//! mech: a registry of web sites, rendered to plain nginx text, tested, reloaded and proven.
use std::process::ExitCode;
pub mod format;
pub mod history;
pub mod model;
pub mod plan;
pub mod render;
pub mod syntax;
pub mod system;
/// Runs mech.
pub fn run(_args: impl Iterator<Item = std::ffi::OsString>) -> ExitCode {
    ExitCode::SUCCESS
}

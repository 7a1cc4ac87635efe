//! mech itself, as this build made it.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::{Value, json};

use super::nginx::Nginx;
use super::process::{Outcome, run};

pub(crate) const MECH: &str = env!("CARGO_BIN_EXE_mech");

/// Writes a registry with these sites, to be rendered for this nginx; returns it.
pub(crate) fn write_registry(nginx: &Nginx, sites: &[Value]) -> Outcome<PathBuf> {
    let registry = nginx.prefix.join("registry.json");
    let mut settings = json!({
        "nginx": nginx.command_line(&nginx.program),
        "http-port": nginx.http.to_string(),
        "https-port": nginx.https.to_string(),
        "logs": nginx.prefix.join("logs"),
    });
    // Two logs for each of ten thousand sites are more than most systems let nginx open twice.
    if sites.len() > 5_000 {
        settings["logs-shared"] = json!("true");
    }
    let text = json!({"version": 1, "settings": settings, "sites": sites});
    fs::write(&registry, text.to_string())?;
    Ok(registry)
}

pub(crate) fn command(registry: &Path) -> Command {
    let mut command = Command::new(MECH);
    command.env_remove("MECH_DATA");
    command.arg("--data").arg(registry);
    command
}

/// Renders the registry; an error where nothing came of it.
pub(crate) fn refresh(nginx: &Nginx, registry: &Path) -> Outcome<PathBuf> {
    run(command(registry).arg("refresh"))?;
    let rendered = nginx.prefix.join("conf.d/mech.conf");
    if rendered.exists() {
        return Ok(rendered);
    }
    Err(format!("`mech refresh` wrote no `{}`", rendered.display()).into())
}

//! mechanic 1.8.0 from npm: the predecessor, as it is.

use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;
use serde_json::{Value, json};

use super::nginx::Nginx;
use super::process::{Outcome, run};

pub(crate) const MECHANIC: &str = "mechanic@1.8.0";

/// Installs mechanic from npm into the build folder; returns its `app.js`, or how to come by it.
pub(crate) fn install() -> Result<PathBuf, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench/mechanic");
    let app = folder.join("node_modules/mechanic/app.js");
    let ready = folder.join("ready");
    if ready.exists() && app.exists() {
        return Ok(app);
    }
    for program in ["node", "npm"] {
        which::which(program).map_err(|_| {
            format!("`{program}` is missing; mechanic's half needs Node.js with npm, python3 and a C++ compiler")
        })?;
    }
    let npm = |arguments: &[&str]| {
        let mut command = Command::new("npm");
        command.arg("--prefix").arg(&folder).args(arguments);
        run(&mut command).map_err(|error| format!("mechanic could not be installed: {error}"))
    };
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    npm(&["install", "--no-audit", "--no-fund", MECHANIC])?;
    // Its lock is a native module, which npm may have left unbuilt.
    npm(&["rebuild", "--foreground-scripts"])?;
    fs::write(&ready, MECHANIC).map_err(|error| error.to_string())?;
    Ok(app)
}

/// Writes its registry with these sites, to be rendered for this nginx; returns the registry.
pub(crate) fn write_registry(
    nginx: &Nginx,
    app: &Path,
    restart: &str,
    sites: &[Value],
) -> Outcome<PathBuf> {
    let prefix = &nginx.prefix;
    // Its ports stand in its template and nowhere else.
    let template = fs::read_to_string(app.with_file_name("template.conf"))?
        .replace("port: 80 }", &format!("port: {} }}", nginx.http))
        .replace("port: 443,", &format!("port: {},", nginx.https));
    fs::write(prefix.join("template.conf"), template)?;
    let registry = prefix.join("mechanic.json");
    let settings = json!({
        "conf": prefix.join("conf.d"),
        "overrides": prefix.join("overrides"),
        "logs": prefix.join("logs"),
        "template": prefix.join("template.conf"),
        "restart": restart,
        "bind": "*",
    });
    let text = json!({"settings": settings, "sites": sites});
    fs::write(&registry, text.to_string())?;
    Ok(registry)
}

pub(crate) fn command(app: &Path, registry: &Path) -> Command {
    let mut command = Command::new("node");
    command.arg(app);
    command.arg(format!("--data={}", registry.display()));
    command
}

//! The environment of this run, read once: variables, user, terminal. The only reader of them.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the registry lies unless told otherwise.
pub const SYSTEM_REGISTRY: &str = "/var/lib/mech/registry.json";

/// What a run is told by its surroundings.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `MECH_DATA`: the registry's file.
    pub data: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// Whether `NO_COLOR` is set to anything.
    pub no_color: bool,
    /// `TERM` says that the terminal has no colours.
    pub dumb_terminal: bool,
    /// The name of the user that this process runs as, its number where there is no name.
    pub user: String,
    /// `SUDO_USER`: who ran `sudo`.
    pub sudo_user: Option<String>,
    /// Whether this process runs as root.
    pub root: bool,
    /// `MECH_PARK`: the step at which a test has this run stop and wait to be killed.
    pub park: Option<String>,
}

impl Environment {
    /// Reads it.
    pub fn read() -> Self {
        let uid = rustix::process::geteuid();
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        Self {
            data: std::env::var_os("MECH_DATA")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from),
            path: std::env::var_os("PATH"),
            no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
            dumb_terminal: text("TERM").is_none_or(|term| term == "dumb"),
            user: user_name(uid.as_raw()).unwrap_or_else(|| uid.as_raw().to_string()),
            sudo_user: text("SUDO_USER"),
            root: uid.is_root(),
            park: text("MECH_PARK"),
        }
    }

    /// Stops here until killed, where a test asked for it by the name of the step; at most a minute.
    pub fn park(&self, step: &str) {
        if self.park.as_deref() == Some(step) {
            use std::io::Write;
            let _ = writeln!(std::io::stderr(), "parked at {step}");
            std::thread::sleep(std::time::Duration::from_secs(60));
        }
    }

    /// The registry's file: the one asked for, else `MECH_DATA`, else the system's if it exists or
    /// for root, else one in the user's state folder.
    #[must_use]
    pub fn registry(&self, asked: Option<&Path>) -> PathBuf {
        if let Some(file) = asked.or(self.data.as_deref()) {
            return std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        }
        let system = PathBuf::from(SYSTEM_REGISTRY);
        if self.root || system.exists() {
            return system;
        }
        let own = directories::ProjectDirs::from("", "", "mech").map(|dirs| {
            dirs.state_dir()
                .unwrap_or_else(|| dirs.data_local_dir())
                .join("registry.json")
        });
        own.unwrap_or(system)
    }
}

/// Whether standard input is a terminal, so that a person can be asked.
#[must_use]
pub fn stdin_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// The time now, in whole seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn user_name(uid: u32) -> Option<String> {
    let text = fs_err::read_to_string("/etc/passwd").ok()?;
    let wanted = uid.to_string();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == wanted).then(|| name.to_owned())
    })
}

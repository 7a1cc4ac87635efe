//! Where Caddy and `HAProxy` are: installed, or unpacked into the build folder by `make bench-traffic`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use fs_err as fs;

use crate::common::machine::first_line;

/// The programs, where they are there.
pub(crate) struct Rivals {
    caddy: Option<PathBuf>,
    haproxy: Option<PathBuf>,
    libraries: OsString,
}

impl Rivals {
    pub(crate) fn find() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench/rivals/usr");
        let folders = ["bin", "sbin"].map(|name| folder.join(name));
        let unpacked = env::join_paths(&folders).ok();
        let here = env::current_dir().unwrap_or_default();
        let find = |name: &str| {
            let installed = which::which(name).ok();
            installed.or_else(|| which::which_in(name, unpacked.as_ref(), &here).ok())
        };
        Self {
            caddy: find("caddy"),
            haproxy: find("haproxy"),
            libraries: libraries(&folder.join("lib")),
        }
    }

    pub(crate) fn caddy(&self) -> Result<Command, String> {
        self.command(self.caddy.as_ref(), "caddy")
    }

    pub(crate) fn haproxy(&self) -> Result<Command, String> {
        self.command(self.haproxy.as_ref(), "haproxy")
    }

    pub(crate) fn versions(&self) -> Vec<String> {
        let caddy = self
            .caddy()
            .map(|mut caddy| first_line(caddy.arg("version")));
        let haproxy = self
            .haproxy()
            .map(|mut haproxy| first_line(haproxy.arg("-v")));
        let said = |result: Result<String, String>| result.unwrap_or_else(|why| why);
        vec![format!("Caddy {}", said(caddy)), said(haproxy)]
    }

    fn command(&self, program: Option<&PathBuf>, name: &str) -> Result<Command, String> {
        let program = program.ok_or_else(|| format!("`{name}` is not installed"))?;
        let mut command = Command::new(program);
        if !self.libraries.is_empty() {
            command.env("LD_LIBRARY_PATH", &self.libraries);
        }
        Ok(command)
    }
}

/// The folders of unpacked libraries; Debian has one for each kind of machine.
fn libraries(folder: &Path) -> OsString {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let folders = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir());
    env::join_paths(folders).unwrap_or_default()
}

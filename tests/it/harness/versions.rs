//! The nginxes that a test can run on: the system's, or those that `make test-versions` has unpacked beside it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mech::render::NginxVersion;

/// The folder that `scripts/nginx-versions` has filled; without it tests run on the system's nginx alone.
const FOLDER: &str = "MECH_NGINX_VERSIONS";

/// One nginx.
pub(crate) struct Version {
    pub(crate) program: PathBuf,
    pub(crate) number: NginxVersion,
    /// What loads the modules that came with it, at the top of nginx.conf.
    pub(crate) modules: String,
}

/// The nginxes to run on, the oldest first; never none.
pub(crate) fn versions() -> Vec<Version> {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return vec![Version::at(system_nginx())];
    };
    let mut found: Vec<Version> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{FOLDER}: {}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path().join("nginx"))
        .filter(|program| program.is_file())
        .map(Version::at)
        .collect();
    assert!(
        !found.is_empty(),
        "{FOLDER}: there is no nginx in `{}`",
        folder.display()
    );
    found.sort_by_key(|version| version.number);
    found
}

/// The system's nginx.
pub(super) fn system_nginx() -> PathBuf {
    which::which_in(
        "nginx",
        Some("/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/bin"),
        "/",
    )
    .expect("needs nginx: apt-get install nginx-light")
}

/// What a program says of its version.
pub(super) fn version_of(program: &Path) -> NginxVersion {
    let run = Command::new(program).arg("-v").output().unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    let number = said.trim().rsplit('/').next().unwrap();
    number.split(' ').next().unwrap().parse().unwrap()
}

impl Version {
    fn at(program: PathBuf) -> Self {
        let modules = fs::read_to_string(program.with_file_name("modules.conf"));
        Self {
            number: version_of(&program),
            modules: modules.unwrap_or_default(),
            program,
        }
    }
}

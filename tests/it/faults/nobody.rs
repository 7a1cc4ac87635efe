//! A world whose files belong to a user without privileges, and runs of mech as that user; where the tests do not run
//! as root, that user is their own.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use crate::harness::{Mech, World};

/// `nobody`.
const ID: u32 = 65534;

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The world, and a mech that `nobody` can reach.
pub(super) struct Nobodys {
    pub(super) world: World,
    program: PathBuf,
}

impl Nobodys {
    /// Files of nobody's own, but for nginx.conf and the folder that it lies in.
    pub(super) fn owning(world: World) -> Self {
        let this = Self::reading(world);
        let prefix = this.world.nginx.prefix();
        fs::create_dir_all(prefix.join("mech-overrides")).unwrap();
        // nginx opens it even to test, and may not make it.
        if !prefix.join("nginx.pid").exists() {
            fs::write(prefix.join("nginx.pid"), "").unwrap();
        }
        let names = ["conf.d", "logs", "temp", "mech-overrides", "nginx.pid"];
        let mut own: Vec<PathBuf> = names.iter().map(|name| prefix.join(name)).collect();
        own.push(this.world.home.data());
        if is_root() {
            for path in &own {
                give(path, ID);
            }
        }
        this
    }

    /// Files of somebody else's that nobody may read.
    pub(super) fn reading(world: World) -> Self {
        let home = world.home.path().to_owned();
        fs::set_permissions(&home, fs::Permissions::from_mode(0o755)).unwrap();
        let program = home.join("mech");
        fs::copy(env!("CARGO_BIN_EXE_mech"), &program).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self { world, program }
    }

    /// A run of mech as nobody.
    pub(super) fn run(&self, args: &[&str]) -> Mech {
        let drop =
            "exec /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs";
        let words = if is_root() { drop } else { "exec" };
        self.world
            .run(args)
            .env("MECH", &self.program)
            .shell(&format!("{words} \"$MECH\" \"$@\""))
    }
}

/// Takes a permission away for as long as this lives.
pub(super) struct Denied {
    path: PathBuf,
    mode: u32,
}

impl Denied {
    /// Nobody may read the file, or make a file in the folder.
    pub(super) fn at(path: &Path) -> Self {
        let mode = fs::metadata(path).unwrap().permissions().mode() & 0o7777;
        if is_root() {
            chown(path, Some(0), Some(0)).unwrap();
        }
        let less = if path.is_dir() { 0o555 } else { 0o000 };
        fs::set_permissions(path, fs::Permissions::from_mode(less)).unwrap();
        Self {
            path: path.to_owned(),
            mode,
        }
    }
}

impl Drop for Denied {
    fn drop(&mut self) {
        if is_root() {
            chown(&self.path, Some(ID), Some(ID)).ok();
        }
        fs::set_permissions(&self.path, fs::Permissions::from_mode(self.mode)).ok();
    }
}

fn give(path: &Path, id: u32) {
    chown(path, Some(id), Some(id)).unwrap();
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), id);
        }
    }
}

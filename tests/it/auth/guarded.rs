//! A site that asks for passwords.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::harness::{Backend, Ran, World};

/// A world with the site `shop`, which asks for passwords, and its app.
pub(super) struct Guarded {
    pub(super) world: World,
    pub(super) app: Backend,
}

impl Guarded {
    #[track_caller]
    pub(super) fn new() -> Self {
        let guarded = Self {
            world: World::new(),
            app: Backend::tcp("app"),
        };
        // As `/var/lib/mech` is, and a temporary folder is not.
        guarded.mode("", 0o755);
        let _ = guarded.add_site("shop");
        guarded
    }

    /// Gives the folder of the machine a mode.
    pub(super) fn mode(&self, below: &str, mode: u32) {
        let folder = self.world.home.path().join(below);
        fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
    }

    #[track_caller]
    pub(super) fn add_site(&self, name: &str) -> Ran {
        let (host, app) = (format!("--host={name}.test"), self.app.port());
        let backend = format!("--backends={app}");
        let ran = self.world.mech(["add", name, &host, &backend, "--auth"]);
        ran.ok()
    }

    /// Gives a user of `shop` a password.
    #[track_caller]
    pub(super) fn add(&self, user: &str, password: &str) -> Ran {
        let run = self.world.run(["auth", "add", "shop", user]);
        run.stdin(format!("{password}\n")).run().ok()
    }

    #[track_caller]
    pub(super) fn mech(&self, line: &str) -> Ran {
        self.world.mech(line.split(' '))
    }

    /// The status with which `shop` answers somebody.
    #[track_caller]
    pub(super) fn status(&self, user: &str, password: &str) -> u16 {
        self.status_of("shop", user, password)
    }

    #[track_caller]
    pub(super) fn status_of(&self, site: &str, user: &str, password: &str) -> u16 {
        let basic = base64(format!("{user}:{password}").as_bytes());
        let request = self.world.request(&format!("{site}.test"), "/");
        let request = request.header("Authorization", &format!("Basic {basic}"));
        request.send().status
    }

    /// The status with which `shop` answers nobody in particular.
    #[track_caller]
    pub(super) fn status_of_nobody(&self) -> u16 {
        self.world.get("shop.test", "/").status
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.world.home.data().join("registry.d/passwords")
    }

    pub(super) fn file(&self, site: &str) -> PathBuf {
        self.folder().join(site)
    }

    pub(super) fn text(&self, site: &str) -> String {
        fs::read_to_string(self.file(site)).unwrap_or_default()
    }

    pub(super) fn workers(&self) -> Vec<i32> {
        self.world.nginx.worker_pids()
    }

    /// Every file of the registry's folder that is for everybody to read, as one text.
    pub(super) fn published(&self) -> String {
        let mut waiting = vec![self.world.home.data()];
        let mut text = String::new();
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let mode = fs::metadata(&path).unwrap().permissions().mode();
                if path.is_dir() && mode & 0o005 != 0 {
                    waiting.push(path);
                } else if path.is_file() && mode & 0o004 != 0 {
                    text += &String::from_utf8_lossy(&fs::read(path).unwrap());
                }
            }
        }
        text
    }
}

pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() {
                digit as char
            } else {
                '='
            });
        }
    }
    text
}

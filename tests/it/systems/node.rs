//! Apps on Node.js: packages from npm, fetched once for this build folder, and processes that end with the test.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::harness::until;

/// The folder `node_modules` that holds `packages`, each `NAME@VERSION`; the folder beside it is called `name`.
pub(super) fn packages(name: &str, packages: &[&str]) -> PathBuf {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(cache).unwrap();
    let lock = File::create(cache.join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    let folder = cache.join(name);
    // Written last, so that a broken-off installation is begun anew, as one of other versions is.
    let done = folder.join("installed");
    let wanted = packages.join(" ");
    if fs::read_to_string(&done).ok().as_deref() != Some(&wanted) {
        fs::remove_dir_all(&folder).ok();
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("package.json"), "{}\n").unwrap();
        let run = Command::new("npm")
            .args(["install", "--no-audit", "--no-fund"])
            .args(packages)
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .expect("needs npm, to run a real app: apt-get install npm");
        assert!(
            run.status.success(),
            "`{wanted}` could not be installed from the npm registry:\n{}{}",
            String::from_utf8_lossy(&run.stdout),
            String::from_utf8_lossy(&run.stderr)
        );
        fs::write(done, wanted).unwrap();
    }
    folder.join("node_modules")
}

/// A process of Node; it ends when its standard input closes, so also when the test program is killed.
#[must_use = "the process ends when this is dropped"]
pub(super) struct Node {
    child: Child,
    said: TempDir,
}

impl Node {
    /// Runs `script` in its folder and waits until it `listens`.
    #[track_caller]
    pub(super) fn start(
        script: &Path,
        env: &[(&str, &str)],
        mut listens: impl FnMut() -> bool,
    ) -> Self {
        let said = tempfile::tempdir().unwrap();
        let log = File::create(said.path().join("log")).unwrap();
        let found = which::which("node").or_else(|_| which::which("nodejs"));
        let child = Command::new(found.expect("needs node: apt-get install nodejs"))
            .arg(script)
            .current_dir(script.parent().unwrap())
            .env("NODE_ENV", "production")
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("node starts");
        let mut node = Self { child, said };
        until("the app listens", || {
            assert!(node.runs(), "the app ended:\n{}", node.said());
            listens()
        });
        node
    }

    /// Whether the process is still there.
    pub(super) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Ends it as a crash does.
    pub(super) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn said(&self) -> String {
        fs::read_to_string(self.said.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

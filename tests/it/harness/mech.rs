//! Runs of `mech` in an environment that holds nothing of this machine's.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;

use super::ran::Ran;
use super::wait::poll;

/// No run of mech may take longer; a longer one is killed and fails its test.
const LIMIT: Duration = Duration::from_secs(60);

/// The programs beside `mech` that scripts may use. nginx is not among them.
const PROGRAMS: &[&str] = &[
    "sh", "cat", "cp", "mv", "rm", "ln", "ls", "mkdir", "chmod", "touch", "env", "sleep", "sed",
    "grep", "true", "false",
];

/// The folders that stand for a machine: `bin` (the whole PATH), `home`, and `data` with the registry.
pub(crate) struct Home {
    folder: TempDir,
}

/// One run of `mech`, or of a shell beside it.
#[must_use = "mech does not run before `.run()` or `.spawn()`"]
pub(crate) struct Mech {
    home: Arc<Home>,
    script: Option<String>,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    stdin: Vec<u8>,
}

/// A run that goes on beside the test; killed when dropped.
#[must_use = "mech is killed when this is dropped"]
pub(crate) struct Running {
    /// Its folders must outlive the run.
    _home: Arc<Home>,
    command: String,
    child: Child,
    stdout: File,
    stderr: File,
}

impl Home {
    pub(crate) fn new() -> Arc<Self> {
        let folder = tempfile::Builder::new()
            .prefix("mech")
            .tempdir_in("/tmp")
            .unwrap();
        let home = Self { folder };
        for name in ["bin", "home", "data"] {
            fs::create_dir(home.path().join(name)).unwrap();
        }
        symlink(env!("CARGO_BIN_EXE_mech"), home.bin().join("mech")).unwrap();
        for name in PROGRAMS {
            let found = which::which_in(name, Some("/usr/bin:/bin:/usr/local/bin"), "/");
            symlink(
                found.unwrap_or_else(|_| panic!("needs `{name}`")),
                home.bin().join(name),
            )
            .unwrap();
        }
        Arc::new(home)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The only folder in PATH.
    pub(crate) fn bin(&self) -> PathBuf {
        self.path().join("bin")
    }

    /// The folder of the registry, and of what mech keeps beside it.
    pub(crate) fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// The registry, which `MECH_DATA` names.
    pub(crate) fn registry(&self) -> PathBuf {
        self.data().join("registry.json")
    }

    /// Puts a program into PATH: a shell script without its first line.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.bin().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

impl Mech {
    /// A run on a machine of its own, without a registry and without nginx.
    pub(crate) fn new() -> Self {
        Self::at(&Home::new())
    }

    /// A run on the machine `home`.
    pub(crate) fn at(home: &Arc<Home>) -> Self {
        Self {
            home: Arc::clone(home),
            script: None,
            args: Vec::new(),
            env: Vec::new(),
            stdin: Vec::new(),
        }
    }

    pub(crate) fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env
            .push((name.as_ref().to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Gives `text` on stdin, which is never a terminal; without this it is empty.
    pub(crate) fn stdin(mut self, text: impl Into<Vec<u8>>) -> Self {
        self.stdin = text.into();
        self
    }

    /// Runs the shell script `text` instead, with `mech` in PATH and the arguments as `$1`, `$2` …
    pub(crate) fn shell(mut self, text: &str) -> Self {
        self.script = Some(text.to_owned());
        self
    }

    /// Lets no file grow beyond `kilobytes`: writing fails as on a full disk (EFBIG instead of ENOSPC), without root.
    pub(crate) fn no_file_above(self, kilobytes: u32) -> Self {
        // POSIX counts in 512 bytes. Without the trap the signal would kill before write(2) could fail.
        let blocks = kilobytes * 2;
        self.shell(&format!(
            "trap '' XFSZ; ulimit -f {blocks}; exec mech \"$@\""
        ))
    }

    /// Runs to the end.
    #[must_use = "a run that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn run(self) -> Ran {
        let (text, command) = self.command();
        let mut command = assert_cmd::Command::from_std(command);
        let output = command
            .write_stdin(self.stdin)
            .timeout(LIMIT)
            .output()
            .expect("the program starts");
        Ran::new(text, &output)
    }

    /// Starts, and returns at once.
    pub(crate) fn spawn(self) -> Running {
        assert!(self.stdin.is_empty(), "a spawned run has no stdin");
        let (text, mut command) = self.command();
        // Files, because nobody reads a pipe while the test does something else.
        let (stdout, stderr) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        command
            .stdin(Stdio::null())
            .stdout(stdout.try_clone().unwrap())
            .stderr(stderr.try_clone().unwrap());
        Running {
            _home: Arc::clone(&self.home),
            command: text,
            child: command.spawn().expect("the program starts"),
            stdout,
            stderr,
        }
    }

    fn command(&self) -> (String, Command) {
        let home = &self.home;
        let mut command = match &self.script {
            None => Command::new(env!("CARGO_BIN_EXE_mech")),
            Some(script) => {
                let mut shell = Command::new("/bin/sh");
                shell.arg("-c").arg(script).arg("sh");
                shell
            }
        };
        command
            .args(&self.args)
            .env_clear()
            .current_dir(home.path().join("home"));
        command
            .env("PATH", home.bin())
            .env("HOME", home.path().join("home"))
            .env("MECH_DATA", home.registry());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        let words = self.args.iter().map(|arg| arg.to_string_lossy());
        let program = self.script.clone().unwrap_or_else(|| "mech".to_owned());
        let text = std::iter::once(program.into())
            .chain(words)
            .collect::<Vec<_>>()
            .join(" ");
        (text, command)
    }
}

impl Running {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Ends the run as `kill -9` does: no destructor runs.
    pub(crate) fn kill_9(mut self) -> Ran {
        self.child.kill().unwrap();
        self.wait()
    }

    /// Waits for the end.
    #[must_use = "a run that nobody looks at proves nothing"]
    #[track_caller]
    pub(crate) fn wait(mut self) -> Ran {
        let ended = poll(LIMIT, || self.child.try_wait().unwrap().is_some());
        assert!(ended, "`{}` runs for more than {LIMIT:?}", self.command);
        let status = self.child.wait().unwrap();
        let read = |file: &mut File| {
            let mut bytes = Vec::new();
            file.rewind().unwrap();
            file.read_to_end(&mut bytes).unwrap();
            bytes
        };
        let output = Output {
            status,
            stdout: read(&mut self.stdout),
            stderr: read(&mut self.stderr),
        };
        Ran::new(self.command.clone(), &output)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

//! The nginx that is found: its command, what it was built with, where its files lie.
#![expect(
    clippy::disallowed_methods,
    reason = "one of the two owners of processes"
)]

use std::ffi::OsStr;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::build::Build;
use crate::model::CommandLine;
use crate::render::{Capabilities, NginxVersion};

/// Folders in which nginx lies on servers and which the PATH of a script often leaves out.
const USUAL_FOLDERS: [&str; 5] = [
    "/usr/sbin",
    "/usr/local/sbin",
    "/usr/local/nginx/sbin",
    "/opt/homebrew/bin",
    "/usr/local/bin",
];

/// How long after its end a program's words may take to be read; only where a heir of it holds the pipe
/// is all of it spent.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// How long a program may run: a test of 10,000 sites takes seconds, a name server that does not answer
/// half a minute a name.
const LIMIT: Duration = Duration::from_secs(180);
/// The most that is kept of what a program says, in bytes.
const MOST_WORDS: usize = 1 << 20;

/// An nginx command, resolved to the program that will be run with privileges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nginx {
    /// The program, absolute.
    pub program: PathBuf,
    /// Its arguments without `-c` and `-p`.
    pub arguments: Vec<String>,
    /// `-c`, as given.
    pub conf: Option<String>,
    /// `-p`, as given.
    pub prefix: Option<String>,
    /// What it was built with.
    pub build: Build,
}

/// What a program file was when it was asked for its build; another one is asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    program: PathBuf,
    size: u64,
    modified: u64,
    build: Build,
}

/// Why nginx could not be used.
#[derive(Debug, thiserror::Error)]
pub enum NginxError {
    /// The setting names a program that is not there.
    #[error("the setting `nginx` names `{0}`, which is not there or cannot be run")]
    Missing(String),
    /// A reload command whose program is not there.
    #[error("the command `{0}` of the setting `restart` is not there or cannot be run")]
    NoCommand(String),
    /// It could not be started.
    #[error("cannot run `{}`: {error}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// The reason.
        error: io::Error,
    },
    /// It did not end.
    #[error("`{}` did not end within {} s and was stopped", program.display(), limit.as_secs())]
    Slow {
        /// The program.
        program: PathBuf,
        /// How long was waited.
        limit: Duration,
    },
    /// Its `-V` was not understood.
    #[error("`{} -V` did not say which nginx it is: {said}", program.display())]
    Version {
        /// The program.
        program: PathBuf,
        /// What it said.
        said: String,
    },
}

impl Nginx {
    /// Finds the nginx of a setting, or else the one on `path`; none where none is installed.
    ///
    /// What was known of the same program file spares running it.
    pub fn find(
        command: Option<&CommandLine>,
        path: Option<&OsStr>,
        known: Option<&Known>,
    ) -> Result<Option<Self>, NginxError> {
        let words: &[String] = command.map(CommandLine::words).unwrap_or_default();
        let Some(program) = program(words.first().map(String::as_str), path) else {
            return match words.first() {
                Some(word) => Err(NginxError::Missing(word.clone())),
                None => Ok(None),
            };
        };
        let build = match known.filter(|known| known.is_of(&program)) {
            Some(known) => known.build.clone(),
            None => ask(&program)?,
        };
        let mut nginx = Self {
            program,
            arguments: Vec::new(),
            conf: None,
            prefix: None,
            build,
        };
        let mut rest = words.iter().skip(1);
        while let Some(word) = rest.next() {
            let mut value = |short: &str| match word.strip_prefix(short) {
                Some("") => rest.next().cloned(),
                Some(value) => Some(value.to_owned()),
                None => None,
            };
            if let Some(conf) = value("-c") {
                nginx.conf = Some(conf);
            } else if let Some(prefix) = value("-p") {
                nginx.prefix = Some(prefix);
            } else {
                nginx.arguments.push(word.clone());
            }
        }
        Ok(Some(nginx))
    }

    /// The prefix folder.
    #[must_use]
    pub fn prefix(&self) -> PathBuf {
        PathBuf::from(self.prefix.as_ref().unwrap_or(&self.build.prefix))
    }

    /// The main configuration file.
    #[must_use]
    pub fn conf(&self) -> PathBuf {
        self.prefix()
            .join(self.conf.as_ref().unwrap_or(&self.build.conf_path))
    }

    /// The folder against which nginx resolves relative includes: that of the main file.
    pub fn conf_folder(&self) -> PathBuf {
        self.conf()
            .parent()
            .map_or_else(|| PathBuf::from("/"), Path::to_owned)
    }

    /// What the templates may count on; `loaded` are the files that its configuration loads as modules.
    #[must_use]
    pub fn capabilities(&self, loaded: &[String]) -> Capabilities {
        let version = self.build.version.parse();
        version.map_or(Capabilities::UNKNOWN, |version| Capabilities {
            version,
            modules: self.build.modules(loaded),
        })
    }

    /// What to remember of the program file.
    #[must_use]
    pub fn known(&self) -> Option<Known> {
        let (size, modified) = stamp(&self.program)?;
        Some(Known {
            program: self.program.clone(),
            size,
            modified,
            build: self.build.clone(),
        })
    }

    /// Runs `nginx -t` on a main configuration file and gives what it said and whether it was content.
    pub fn test(&self, conf: &Path) -> Result<Output, NginxError> {
        let mut command = self.command(conf);
        command.args(["-t", "-q"]);
        // Or the messages of a failed test would also stand in the log compiled in (nginx 1.19.5).
        let stderr_log = self.capabilities(&[]).version >= NginxVersion(1, 19, 5)
            && !self.arguments.iter().any(|word| word.starts_with("-e"));
        if stderr_log {
            command.args(["-e", "stderr"]);
        }
        output(&mut command, &self.program)
    }

    /// Starts nginx.
    pub fn start(&self) -> Result<Output, NginxError> {
        output(&mut self.command(&self.conf()), &self.program)
    }

    fn command(&self, conf: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        if let Some(prefix) = &self.prefix {
            command.arg("-p").arg(prefix);
        }
        if self.conf.is_some() || conf != self.conf() {
            command.arg("-c").arg(conf);
        }
        command
    }

    /// The command as a person would type it.
    #[must_use]
    pub fn typed(&self, argument: &str) -> String {
        let mut words = vec![self.program.display().to_string()];
        words.extend(self.arguments.iter().cloned());
        for (flag, value) in [("-p", &self.prefix), ("-c", &self.conf)] {
            if let Some(value) = value {
                words.push(flag.to_owned());
                words.push(value.clone());
            }
        }
        words.push(argument.to_owned());
        shell_words::join(words)
    }
}

/// Runs `nginx -V`.
fn ask(program: &Path) -> Result<Build, NginxError> {
    let answer = output(Command::new(program).arg("-V"), program)?;
    let said = String::from_utf8_lossy(&answer.stderr).into_owned();
    Build::parse(&said).ok_or_else(|| NginxError::Version {
        program: program.to_owned(),
        said: said.lines().next().unwrap_or("nothing").to_owned(),
    })
}

impl Known {
    fn is_of(&self, program: &Path) -> bool {
        // What an earlier mech noted does not tell the modules.
        self.build.built_with.is_some()
            && self.program == program
            && stamp(program) == Some((self.size, self.modified))
    }
}

/// Runs a reload command of the person's; its output is theirs to see when it fails.
pub fn run_words(words: &[String], path: Option<&OsStr>) -> Result<Output, NginxError> {
    let word = words.first().map(String::as_str).unwrap_or_default();
    let program =
        program(Some(word), path).ok_or_else(|| NginxError::NoCommand(word.to_owned()))?;
    output(Command::new(&program).args(words.iter().skip(1)), &program)
}

/// Runs a program to its end and gives what it said until then.
///
/// Not until its pipes end: an nginx that logs to stderr becomes a daemon and keeps them open for good.
fn output(command: &mut Command, program: &Path) -> Result<Output, NginxError> {
    let failed = |error| NginxError::Run {
        program: program.to_owned(),
        error,
    };
    let begun = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let stdout = listen(child.stdout.take());
    let stderr = listen(child.stderr.take());
    let ended = end_late(Pid::from_child(&child));
    let status = child.wait().map_err(failed)?;
    drop(ended);
    if !status.success() && begun.elapsed() >= LIMIT {
        return Err(NginxError::Slow {
            program: program.to_owned(),
            limit: LIMIT,
        });
    }
    Ok(Output {
        status,
        stdout: said(&stdout),
        stderr: said(&stderr),
    })
}

/// Ends a program that has not ended within [`LIMIT`], unless the sender is dropped before: a program
/// that hangs would hold the locks for good.
fn end_late(pid: Pid) -> Sender<()> {
    let (ended, watch) = channel();
    std::thread::spawn(move || {
        if watch.recv_timeout(LIMIT) == Err(RecvTimeoutError::Timeout) {
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    ended
}

/// Reads a pipe beside the program that writes to it, so that it never waits for its reader.
fn listen(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let Some(mut pipe) = pipe else { return };
        let mut part = [0; 4096];
        let mut kept = 0;
        while let Ok(length @ 1..) = pipe.read(&mut part) {
            // The rest is read all the same, or the program would wait for its reader.
            if kept < MOST_WORDS {
                kept += length;
                let heard = part.get(..length).unwrap_or_default().to_vec();
                if sender.send(heard).is_err() {
                    return;
                }
            }
        }
    });
    receiver
}

/// What has come through a pipe whose writer has ended; a heir of it that goes on writing is not waited for.
fn said(pipe: &Receiver<Vec<u8>>) -> Vec<u8> {
    let deadline = Instant::now() + LAST_WORDS;
    let mut all = Vec::new();
    while let Ok(part) = pipe.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        all.extend(part);
    }
    all
}

fn program(word: Option<&str>, path: Option<&OsStr>) -> Option<PathBuf> {
    let usual = USUAL_FOLDERS.join(":");
    match word {
        Some(word) if word.contains('/') => which::which(word).ok(),
        named => {
            let name = named.unwrap_or("nginx");
            let search = |folders: &OsStr| which::which_in(name, Some(folders), "/").ok();
            path.and_then(search).or_else(|| search(OsStr::new(&usual)))
        }
    }
}

fn stamp(program: &Path) -> Option<(u64, u64)> {
    let metadata = fs::metadata(program).ok()?;
    let modified = metadata
        .modified()
        .ok()?
        .duration_since(std::time::UNIX_EPOCH)
        .ok()?;
    Some((metadata.len(), u64::try_from(modified.as_nanos()).ok()?))
}

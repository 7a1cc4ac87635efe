//! The running master process of one certain nginx: found, recognised, signalled.
//!
//! A pid file proves nothing: it may be stale, its number may have gone to another process, or it may have been written
//! inside a container, where numbers mean other processes. So a [`Master`] exists only for a process that was recognised
//! as a master of the expected program and configuration, and it is looked at again before each signal.

use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use thiserror::Error;

use super::found::{Foreign, Found, Hidden, NotRunning};
use super::master_title::{MASTER, StartArguments};
use super::proc_fs::{self, Activity};

/// How long a starting master may go without its title: it writes the pid file first, a few milliseconds before.
const TITLING: Duration = Duration::from_millis(300);

/// The nginx whose master is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The program, absolute.
    pub binary: PathBuf,
    /// The value of `-p`, if the nginx command has one.
    pub prefix: Option<PathBuf>,
    /// The main configuration file, absolute.
    pub conf: PathBuf,
    /// The prefix of an nginx started without `-p`: `--prefix` of `nginx -V`.
    pub default_prefix: PathBuf,
    /// The main configuration file of an nginx started without `-c`: `--conf-path` of `nginx -V`.
    pub default_conf: PathBuf,
}

/// Why a master could not be found or signalled.
#[derive(Debug, Error)]
pub enum MasterError {
    /// The pid file exists but cannot be read.
    #[error("nginx's pid file cannot be read")]
    PidFile(#[source] io::Error),
    /// `/proc` failed in an unexpected way.
    #[error("the processes of nginx cannot be looked at")]
    Proc(#[source] io::Error),
    /// The master ended before it was signalled.
    #[error("the nginx master {0} is gone")]
    Gone(u32),
    /// The master belongs to another user.
    #[error("no permission to signal the nginx master {0}")]
    NotPermitted(u32),
    /// The signal failed otherwise.
    #[error("the nginx master {pid} could not be signalled")]
    Signal {
        /// Its process id.
        pid: u32,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// What the kick did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The master has got `SIGHUP`.
    Hangup,
    /// A command has run, and what it did is not known.
    Unknown,
}

/// A running master, recognised as the expected one; pid and start time name this very process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Master {
    pid: u32,
    start_time: u64,
}

impl Master {
    /// Finds the master that a pid file names, and tells it from all that it must not be taken for.
    ///
    /// # Errors
    /// Fails only if the pid file or `/proc` cannot be read for a reason that says nothing about nginx.
    pub fn find(pid_file: &Path, expected: &Expected) -> Result<Found, MasterError> {
        let pid = match read_pid(pid_file).map_err(MasterError::PidFile)? {
            Ok(pid) => pid,
            Err(why) => return Ok(Found::NotRunning(why)),
        };
        let started = Instant::now();
        loop {
            let found = recognise(pid, expected).map_err(MasterError::Proc)?;
            let untitled = matches!(found, Found::Hidden(Hidden::SingleProcess(_)));
            if !untitled || started.elapsed() >= TITLING {
                return Ok(found);
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Looks among all processes for a running master of this nginx and configuration: a pid file may have been
    /// removed, or moved by an edit of nginx.conf, while nginx runs on.
    ///
    /// # Errors
    /// Fails if `/proc` cannot be read.
    pub fn search(expected: &Expected) -> Result<Option<Self>, MasterError> {
        if !proc_fs::is_ours() {
            return Ok(None);
        }
        for pid in proc_fs::all().map_err(MasterError::Proc)? {
            let titled =
                matches!(proc_fs::title(pid), Ok(Some(title)) if title.starts_with(MASTER));
            if titled && let Ok(Found::Running(master)) = recognise(pid, expected) {
                return Ok(Some(master));
            }
        }
        Ok(None)
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Clock ticks between boot and the start of the master.
    #[must_use]
    pub fn start_time(&self) -> u64 {
        self.start_time
    }

    /// Whether this same process still runs; another one with its number does not count.
    ///
    /// # Errors
    /// Fails if `/proc` cannot be read.
    pub fn still_there(&self) -> Result<bool, MasterError> {
        let stat = proc_fs::stat(self.pid).map_err(MasterError::Proc)?;
        Ok(stat.is_some_and(|stat| !stat.ended && stat.start_time == self.start_time))
    }

    /// Asks the master to load its configuration anew.
    ///
    /// # Errors
    /// Fails if the master is gone or belongs to another user.
    pub fn hup(&self) -> Result<Sent, MasterError> {
        self.signal(Signal::HUP).map(|()| Sent::Hangup)
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<(), MasterError> {
        if !self.still_there()? {
            return Err(MasterError::Gone(self.pid));
        }
        let pid = as_pid(self.pid).ok_or(MasterError::Gone(self.pid))?;
        kill_process(pid, signal).map_err(|error| match error {
            Errno::SRCH => MasterError::Gone(self.pid),
            Errno::PERM => MasterError::NotPermitted(self.pid),
            other => MasterError::Signal {
                pid: self.pid,
                source: other.into(),
            },
        })
    }

    pub(super) fn activity(&self) -> Result<Activity, MasterError> {
        proc_fs::activity(self.pid).map_err(MasterError::Proc)
    }
}

fn as_pid(pid: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(pid).ok()?)
}

fn read_pid(pid_file: &Path) -> io::Result<Result<u32, NotRunning>> {
    let bytes = match fs_err::read(pid_file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(Err(NotRunning::NoPidFile(pid_file.to_path_buf())));
        }
        Err(error) => return Err(error),
    };
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    if text.is_empty() {
        return Ok(Err(NotRunning::EmptyPidFile(pid_file.to_path_buf())));
    }
    let pid = text.parse().ok().filter(|&pid| as_pid(pid).is_some());
    Ok(pid.ok_or_else(|| NotRunning::InvalidPidFile(pid_file.to_path_buf())))
}

fn recognise(pid: u32, expected: &Expected) -> io::Result<Found> {
    let gone = Ok(Found::NotRunning(NotRunning::Gone(pid)));
    // Asked first: that no process has the number can be told without `/proc`.
    if as_pid(pid).is_none_or(|pid| test_kill_process(pid) == Err(Errno::SRCH)) {
        return gone;
    }
    if !proc_fs::is_ours() {
        return Ok(Found::Hidden(Hidden::NoProc));
    }
    let Some(stat) = proc_fs::stat(pid)? else {
        let ended = as_pid(pid).is_none_or(|pid| test_kill_process(pid) == Err(Errno::SRCH));
        return if ended {
            gone
        } else {
            Ok(Found::Hidden(Hidden::Process(pid)))
        };
    };
    if stat.ended {
        return gone;
    }
    if proc_fs::in_other_namespace(pid)? {
        return Ok(Found::Hidden(Hidden::Namespace(pid)));
    }
    let Some(title) = proc_fs::title(pid)? else {
        return gone;
    };
    let executable = proc_fs::executable(pid);
    let same_program = executable
        .as_ref()
        .map(|running| same_path(running, &expected.binary));
    let Some(arguments) = StartArguments::of_master(&title) else {
        return Ok(
            if same_program != Some(true) || title.starts_with("nginx: ") {
                Found::NotRunning(NotRunning::NoMaster {
                    pid,
                    title: title.chars().take(80).collect(),
                })
            } else if MASTER.starts_with(&title) && !title.is_empty() && title != "nginx" {
                Found::Hidden(Hidden::Title(pid))
            } else {
                Found::Hidden(Hidden::SingleProcess(pid))
            },
        );
    };
    if let (Some(running), Some(false)) = (executable, same_program) {
        return Ok(Found::Foreign(Foreign::Binary {
            pid,
            running,
            expected: expected.binary.clone(),
        }));
    }
    Ok(match difference(pid, arguments, expected) {
        Ok(()) => Found::Running(Master {
            pid,
            start_time: stat.start_time,
        }),
        Err(found) => found,
    })
}

fn difference(pid: u32, arguments: StartArguments, expected: &Expected) -> Result<(), Found> {
    // As nginx does: `-p` stays relative to where it was started, `-c` is relative to the prefix.
    let prefix = match arguments.prefix {
        Some(relative) if relative.is_relative() => match proc_fs::working_directory(pid) {
            Some(folder) => folder.join(relative),
            None => return Err(Found::Hidden(Hidden::RelativePath(pid))),
        },
        Some(absolute) => absolute,
        None => expected.default_prefix.clone(),
    };
    let conf = arguments
        .conf
        .map_or_else(|| expected.default_conf.clone(), |conf| prefix.join(conf));
    if !same_path(&conf, &expected.conf) {
        return Err(Found::Foreign(Foreign::Conf {
            pid,
            running: conf,
            expected: expected.conf.clone(),
        }));
    }
    let wanted = expected.prefix.as_ref().unwrap_or(&expected.default_prefix);
    if !same_path(&prefix, wanted) {
        return Err(Found::Foreign(Foreign::Prefix {
            pid,
            running: prefix,
            expected: wanted.clone(),
        }));
    }
    Ok(())
}

/// Compares as the file system does where both exist (symlinks), else word by word.
fn same_path(one: &Path, other: &Path) -> bool {
    one.components().eq(other.components())
        || matches!((fs_err::canonicalize(one), fs_err::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests;

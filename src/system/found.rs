//! What can stand behind a pid file, and the reasons for each answer.

use std::path::PathBuf;

use thiserror::Error;

use super::master::Master;

/// What stands behind a pid file.
#[derive(Debug)]
pub enum Found {
    /// The master that was expected.
    Running(Master),
    /// No nginx master: the nginx is not running.
    NotRunning(NotRunning),
    /// The master of another nginx; it is never signalled.
    Foreign(Foreign),
    /// It cannot be told; a reload cannot be proven.
    Hidden(Hidden),
}

/// Why no master is running.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotRunning {
    /// There is no pid file.
    #[error("there is no pid file `{0}`")]
    NoPidFile(PathBuf),
    /// The pid file is empty, as `nginx -t` leaves it where none was.
    #[error("the pid file `{0}` is empty")]
    EmptyPidFile(PathBuf),
    /// The pid file holds something else than a process id.
    #[error("the pid file `{0}` holds no process id")]
    InvalidPidFile(PathBuf),
    /// The pid file is stale: its process is gone.
    #[error("the process {0} named in the pid file is gone")]
    Gone(u32),
    /// The pid file is stale: its number belongs to something else now.
    #[error("the process {pid} named in the pid file is no nginx master but `{title}`")]
    NoMaster {
        /// The number in the pid file.
        pid: u32,
        /// The command line of that process, cut to 80 characters.
        title: String,
    },
}

/// In what a running master differs from the expected one.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Foreign {
    /// It runs another program.
    #[error("the nginx master {pid} runs `{}`, not `{}`", running.display(), expected.display())]
    Binary {
        /// Its process id.
        pid: u32,
        /// The program that it runs.
        running: PathBuf,
        /// The program that was expected.
        expected: PathBuf,
    },
    /// It was started with another `-c`.
    #[error("the nginx master {pid} uses the configuration `{}`, not `{}`", running.display(), expected.display())]
    Conf {
        /// Its process id.
        pid: u32,
        /// Its main configuration file.
        running: PathBuf,
        /// The file that was expected.
        expected: PathBuf,
    },
    /// It was started with another `-p`.
    #[error("the nginx master {pid} uses the prefix `{}`, not `{}`", running.display(), expected.display())]
    Prefix {
        /// Its process id.
        pid: u32,
        /// Its prefix.
        running: PathBuf,
        /// The prefix that was expected.
        expected: PathBuf,
    },
}

/// Why a master cannot be recognised from here.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Hidden {
    /// No `/proc`, or one that belongs to another pid namespace.
    #[error("this system has no `/proc` that shows its processes")]
    NoProc,
    /// The process is there, but `/proc` does not show it (`hidepid`).
    #[error("`/proc` does not show the process {0} to this user")]
    Process(u32),
    /// The process lives in another pid namespace, so the number in the pid file is not the one meant.
    #[error("the process {0} runs in another pid namespace, such as a container")]
    Namespace(u32),
    /// The process is this nginx, but without the title of a master (`master_process off`).
    #[error("the nginx process {0} runs without a master (`master_process off`)")]
    SingleProcess(u32),
    /// The title had no room: nginx was started with an empty environment.
    #[error("the title of the nginx process {0} is cut short")]
    Title(u32),
    /// A relative `-p`, and the working directory of the master may not be read.
    #[error("the nginx master {0} was started with a relative path")]
    RelativePath(u32),
}

//! The worker processes of a master, told by their titles.

use std::io;

use rustix::process::{Pid, Signal, kill_process};

use super::master::Master;
use super::master_title::MASTER;
use super::proc_fs;

/// What a child of the master does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Just forked: it still has the title of the master and will become a worker or a cache process.
    Starting,
    /// Takes new connections (`nginx: worker process`).
    Accepting,
    /// Takes none, and exits when its last request is done (`nginx: worker process is shutting down`).
    Draining,
}

/// One worker process of nginx; pid and start time together name it for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    /// The process id.
    pub pid: u32,
    /// Clock ticks between boot and its start.
    pub start_time: u64,
    /// What it did when it was looked at.
    pub role: Role,
}

impl Worker {
    fn look(pid: u32) -> io::Result<Option<Self>> {
        let Some(stat) = proc_fs::stat(pid)?.filter(|stat| !stat.ended) else {
            return Ok(None);
        };
        let Some(title) = proc_fs::title(pid)? else {
            return Ok(None);
        };
        let role = match title.trim_end() {
            "nginx: worker process" => Role::Accepting,
            "nginx: worker process is shutting down" => Role::Draining,
            title if title.starts_with(MASTER) => Role::Starting,
            _ => return Ok(None),
        };
        Ok(Some(Self {
            pid,
            start_time: stat.start_time,
            role,
        }))
    }

    /// What this same worker does now; `None` once it is gone.
    pub(super) fn role_now(&self) -> io::Result<Option<Role>> {
        Ok(Self::look(self.pid)?
            .filter(|now| now.start_time == self.start_time)
            .map(|now| now.role))
    }

    /// Asks this worker to finish its requests, take no new ones and exit. Of one that is gone already,
    /// or that this user may not signal, nothing is asked: its master will.
    pub(super) fn quit(&self) {
        let same = matches!(self.role_now(), Ok(Some(Role::Accepting)));
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let (true, Some(pid)) = (same, pid) {
            let _ = kill_process(pid, Signal::QUIT);
        }
    }

    /// Whether both are the same process.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        (self.pid, self.start_time) == (other.pid, other.start_time)
    }
}

/// The workers of a master; its cache and other helper processes are left out.
///
/// # Errors
/// Fails if `/proc` cannot be read.
pub fn of(master: &Master) -> io::Result<Vec<Worker>> {
    let mut found = Vec::new();
    for pid in proc_fs::children(master.pid())? {
        found.extend(Worker::look(pid)?);
    }
    Ok(found)
}

//! What nginx's processes hold.

use std::fmt;
use std::fs;
use std::time::Duration;

use crate::harness::{World, poll};

/// The title of a worker that accepts connections; one that waits for its last clients has another.
const WORKER: &str = "nginx: worker process";

/// How long old workers may take to go once their clients have: nginx waits 5 seconds for a closing client's last bytes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A picture of the master and its workers.
#[derive(Debug)]
pub(super) struct Figures {
    /// Workers that accept, and those that wait for their last clients.
    workers: usize,
    leaving: usize,
    /// Anonymous memory of the master and of all workers, in kB: what nginx itself asked for. Pages of the program and
    /// its libraries come and go with what other processes on the machine do.
    master: usize,
    all: usize,
    /// Open files of the master.
    files: usize,
}

impl Figures {
    pub(super) fn now(world: &World) -> Self {
        let master = world.nginx.pid().expect("nginx runs");
        let family = world.nginx.family();
        let accepting = family.iter().filter(|(_, title)| title == WORKER).count();
        let children: usize = family.iter().map(|(pid, _)| anonymous(*pid)).sum();
        Self {
            workers: accepting,
            leaving: family.len() - accepting,
            master: anonymous(master),
            all: anonymous(master) + children,
            files: fs::read_dir(format!("/proc/{master}/fd")).unwrap().count(),
        }
    }

    /// Waits until no old worker is left.
    #[track_caller]
    pub(super) fn settle(world: &World) {
        let gone = poll(PATIENCE, || Self::now(world).leaving == 0);
        assert!(gone, "old workers stay: {:?}", world.nginx.family());
    }

    /// The figures with workers that have not served anything yet.
    #[track_caller]
    pub(super) fn of_fresh_workers(world: &World) -> Self {
        let _ = world.mech(["refresh", "--reload"]).ok();
        Self::settle(world);
        Self::now(world)
    }

    /// Claims that nothing has piled up since `before`: as many workers as configured, none that leaves, no file more
    /// in the master, and at most a quarter more memory.
    #[track_caller]
    pub(super) fn assert_like(&self, before: &Self, workers: usize, world: &World) {
        let both = format!("before: {before}, after: {self}");
        assert_eq!(self.workers, workers, "workers, {both}");
        assert_eq!(self.leaving, 0, "old workers, {both}");
        assert!(self.master * 4 <= before.master * 5, "memory, {both}");
        assert!(self.all * 4 <= before.all * 5, "memory, {both}");
        // The master closes its channel to a worker a little after the end of that.
        let closed = poll(PATIENCE, || Self::now(world).files <= before.files);
        assert!(closed, "open files of the master, {both}");
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} workers and {} leaving, {} kB (master {} kB, {} open files)",
            self.workers, self.leaving, self.all, self.master, self.files
        )
    }
}

/// The anonymous memory of `pid` in kB; nothing where it has just ended.
fn anonymous(pid: i32) -> usize {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"));
    let number = line.and_then(|rest| rest.split_whitespace().next());
    number.map_or(0, |number| number.parse().unwrap())
}

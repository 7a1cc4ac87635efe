//! Looking at processes through `/proc`, and ending those that a test started.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::wait::poll;

/// Sends `signal` to `pid`; a process that is gone already is no error.
pub(crate) fn signal(pid: i32, signal: Signal) {
    // 0 and negative ids would mean process groups.
    let Some(pid) = Pid::from_raw(pid).filter(|_| pid > 1) else {
        return;
    };
    kill_process(pid, signal).ok();
}

/// Whether `pid` runs; a zombie that nobody has reaped does not count.
pub(crate) fn runs(pid: i32) -> bool {
    state_and_parent(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// The process ids of the children of `parent` that run, with their titles.
pub(crate) fn children(parent: i32) -> Vec<(i32, String)> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            state_and_parent(*pid).is_some_and(|(state, of)| of == parent && state != 'Z')
        })
        .map(|pid| (pid, title(pid)))
        .collect()
}

/// The command line of `pid`, or what the process has written over it, without trailing zeros and spaces.
pub(crate) fn title(pid: i32) -> String {
    let bytes = std::fs::read(proc_file(pid, "cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&bytes)
        .replace('\0', " ")
        .trim_end()
        .to_owned()
}

/// Ends `pid`: TERM, and KILL after three seconds.
pub(crate) fn end(pid: i32) {
    signal(pid, Signal::TERM);
    if !poll(Duration::from_secs(3), || !runs(pid)) {
        signal(pid, Signal::KILL);
        poll(Duration::from_secs(3), || !runs(pid));
    }
}

fn state_and_parent(pid: i32) -> Option<(char, i32)> {
    let stat = std::fs::read_to_string(proc_file(pid, "stat")).ok()?;
    // The command in parentheses may itself hold spaces and parentheses.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn proc_file(pid: i32, name: &str) -> PathBuf {
    PathBuf::from(format!("/proc/{pid}/{name}"))
}

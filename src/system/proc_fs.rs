//! What `/proc` tells about one process; nothing here writes or signals.
//!
//! A process that is not there is `None`, so that an error always means "could not be told".

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::PathBuf;

use rustix::io::Errno;

/// The fields of `/proc/PID/stat` that tell one process from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat {
    /// Ended, though its parent has not collected it yet.
    pub(super) ended: bool,
    /// The pid of the parent.
    pub(super) parent: u32,
    /// Field 22: clock ticks between boot and the start of the process; with the pid it names one process for good.
    pub(super) start_time: u64,
}

/// What a process does with `SIGHUP` at this moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activity {
    /// Asleep with `SIGHUP` neither blocked nor pending.
    Idle,
    /// Running, or asleep with `SIGHUP` blocked or pending.
    Busy,
    /// This `/proc` does not show signal masks.
    Unknown,
}

/// Whether `/proc` is there and numbers processes as this process's own namespace does.
pub(super) fn is_ours() -> bool {
    fs_err::read_link("/proc/self")
        .is_ok_and(|own| own.as_os_str() == std::process::id().to_string().as_str())
}

/// Reads `/proc/PID/stat`.
pub(super) fn stat(pid: u32) -> io::Result<Option<Stat>> {
    let Some(bytes) = read(pid, "stat")? else {
        return Ok(None);
    };
    parse_stat(&String::from_utf8_lossy(&bytes))
        .map(Some)
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("`/proc/{pid}/stat` has an unknown form"),
            )
        })
}

/// The title of a process: its command line, or what it has written over it, words joined by blanks.
pub(super) fn title(pid: u32) -> io::Result<Option<String>> {
    Ok(read(pid, "cmdline")?.map(|bytes| {
        String::from_utf8_lossy(&bytes)
            .trim_end_matches('\0')
            .replace('\0', " ")
    }))
}

/// The program that a process runs, also if its file has been replaced since; `None` if that may not be read.
pub(super) fn executable(pid: u32) -> Option<PathBuf> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let link = fs_err::read_link(format!("/proc/{pid}/exe")).ok()?;
    let bytes = link.as_os_str().as_bytes();
    // An upgrade renames the new file over the old one; the kernel then adds this to the path.
    let bytes = bytes.strip_suffix(b" (deleted)").unwrap_or(bytes);
    Some(PathBuf::from(OsString::from_vec(bytes.to_vec())))
}

/// The working directory of a process; `None` if it may not be read.
pub(super) fn working_directory(pid: u32) -> Option<PathBuf> {
    fs_err::read_link(format!("/proc/{pid}/cwd")).ok()
}

/// Whether a process lives in a pid namespace other than ours, where it has another number.
///
/// `NSpid` may be read by everybody, the link under `ns` only by the owner and root.
pub(super) fn in_other_namespace(pid: u32) -> io::Result<bool> {
    let nested = read(pid, "status")?.and_then(|bytes| {
        field(&String::from_utf8_lossy(&bytes), "NSpid:")
            .map(|pids| pids.split_whitespace().count() > 1)
    });
    if nested == Some(true) {
        return Ok(true);
    }
    let own = fs_err::read_link("/proc/self/ns/pid");
    let theirs = fs_err::read_link(format!("/proc/{pid}/ns/pid"));
    Ok(matches!((own, theirs), (Ok(own), Ok(theirs)) if own != theirs))
}

/// Reads from `/proc/PID/status` whether a process is waiting for signals or is at work.
pub(super) fn activity(pid: u32) -> io::Result<Activity> {
    Ok(read(pid, "status")?.map_or(Activity::Unknown, |bytes| {
        parse_activity(&String::from_utf8_lossy(&bytes))
    }))
}

/// The pids of the children of a process, in no certain order.
///
/// The kernel's own list may leave out a child while a sibling exits; a caller that must not miss one looks at it by pid.
pub(super) fn children(parent: u32) -> io::Result<Vec<u32>> {
    // Not every kernel has this file (`CONFIG_PROC_CHILDREN`).
    if let Some(bytes) = read(parent, &format!("task/{parent}/children"))? {
        return Ok(String::from_utf8_lossy(&bytes)
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok())
            .collect());
    }
    let mut found = all()?;
    // Another process that ends or may not be read during the scan is no child of ours to report.
    found.retain(|pid| matches!(stat(*pid), Ok(Some(stat)) if stat.parent == parent));
    Ok(found)
}

/// The pids of all processes.
pub(super) fn all() -> io::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir("/proc")? {
        found.extend(
            entry?
                .file_name()
                .to_str()
                .and_then(|name| name.parse::<u32>().ok()),
        );
    }
    Ok(found)
}

fn read(pid: u32, name: &str) -> io::Result<Option<Vec<u8>>> {
    let path = format!("/proc/{pid}/{name}");
    let mut bytes = Vec::new();
    // Not through fs-err, which hides the number of an error.
    match std::fs::File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        // The process ended between open and read.
        Err(error) if error.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => Ok(None),
        Err(error) => Err(io::Error::new(error.kind(), format!("`{path}`: {error}"))),
    }
}

fn parse_stat(text: &str) -> Option<Stat> {
    // The second field is the program's name in brackets and may itself hold blanks and brackets.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        ended: matches!(*fields.first()?, "Z" | "X" | "x"),
        parent: fields.get(1)?.parse().ok()?,
        start_time: fields.get(19)?.parse().ok()?,
    })
}

fn parse_activity(status: &str) -> Activity {
    // SIGHUP is signal 1, the lowest bit of each mask.
    let has_hangup = |name| Some(u128::from_str_radix(field(status, name)?, 16).ok()? & 1 == 1);
    match (
        field(status, "State:"),
        has_hangup("SigBlk:"),
        has_hangup("SigPnd:"),
        has_hangup("ShdPnd:"),
    ) {
        (Some(state), Some(blocked), Some(pending), Some(shared)) => {
            if state.starts_with('S') && !blocked && !pending && !shared {
                Activity::Idle
            } else {
                Activity::Busy
            }
        }
        _ => Activity::Unknown,
    }
}

fn field<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::{Activity, Stat, parse_activity, parse_stat, stat};

    #[test]
    fn a_name_with_brackets_does_not_shift_the_fields() {
        let line = "7 (a) b) S 1 7 7 0 -1 4194368 29 0 0 0 0 0 0 0 20 0 1 0 91463 5 6";
        assert_eq!(
            parse_stat(line),
            Some(Stat {
                ended: false,
                parent: 1,
                start_time: 91463
            })
        );
        assert!(parse_stat(&line.replace(" S ", " Z ")).is_some_and(|stat| stat.ended));
        assert_eq!(parse_stat("7 (a) S 1"), None);
    }

    #[test]
    fn a_blocked_or_pending_hangup_means_busy() {
        let status = |state: &str, pending: &str, blocked: &str| {
            format!(
                "State:\t{state} (x)\nSigPnd:\t0000000000000000\nShdPnd:\t{pending}\nSigBlk:\t{blocked}\n"
            )
        };
        assert_eq!(
            parse_activity(&status("S", "0000000000000000", "0000000000000000")),
            Activity::Idle
        );
        assert_eq!(
            parse_activity(&status("S", "0000000000000000", "0000000000000200")),
            Activity::Idle
        );
        assert_eq!(
            parse_activity(&status("R", "0000000000000000", "0000000000000000")),
            Activity::Busy
        );
        assert_eq!(
            parse_activity(&status("S", "0000000000000001", "0000000000000000")),
            Activity::Busy
        );
        assert_eq!(
            parse_activity(&status("S", "0000000000000000", "0000000008017a01")),
            Activity::Busy
        );
        assert_eq!(parse_activity("State:\tS (sleeping)\n"), Activity::Unknown);
    }

    #[test]
    fn a_pid_beyond_the_kernels_limit_is_no_process() {
        assert!(matches!(stat(u32::MAX), Ok(None)));
        assert!(matches!(stat(std::process::id()), Ok(Some(found)) if !found.ended));
    }
}

//! Many sites: their list, and what a process needs and takes for them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use fs_err as fs;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use super::process::{Outcome, megabytes};

pub(crate) const BACKENDS: [&str; 2] = [
    "localhost:3000,localhost:3001",
    "localhost:4000,localhost:4001",
];

/// The sites that both tools host; every other one has static files too.
pub(crate) fn site_list(sites: u32, prefix: &Path) -> Vec<Value> {
    let site = |number: u32| {
        let mut site = json!({
            "shortname": format!("s{number}"),
            "host": format!("s{number}.example.com"),
            "aliases": [format!("www.s{number}.example.com")],
            "backends": BACKENDS[0].split(',').collect::<Vec<_>>(),
        });
        if number.is_multiple_of(2) {
            site["static"] = json!(prefix.join("www"));
        }
        site
    };
    (1..=sites).map(site).collect()
}

/// The most memory that a program held, in MB: the kernel's high-water mark, read while it runs.
pub(crate) fn peak_memory(command: &mut Command) -> Outcome<f64> {
    command.stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    let mut peak = 0.0_f64;
    loop {
        // The file may be gone between the child's end and the wait for it.
        let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
        peak = peak.max(megabytes(&status.unwrap_or_default(), "VmHWM:"));
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(peak),
            Some(status) => return Err(format!("{command:?}: {status}").into()),
            None => sleep(Duration::from_micros(250)),
        }
    }
}

/// Lets nginx open the 20,000 logs of mechanic's largest size twice, or as many as the system grants.
pub(crate) fn raise_file_limit() -> u64 {
    let wanted = Some(41_000);
    let hard = getrlimit(Resource::Nofile).maximum;
    let maximum = if hard.is_none() || hard >= wanted {
        hard
    } else {
        wanted
    };
    let raised = Rlimit {
        current: wanted,
        maximum,
    };
    if setrlimit(Resource::Nofile, raised).is_err() {
        let allowed = Rlimit {
            current: hard,
            maximum: hard,
        };
        // If even this is refused, the limit that holds is read below.
        let _ = setrlimit(Resource::Nofile, allowed);
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

//! What a figure is worth only together with: the machine, the day, the versions.

use std::process::Command;

use fs_err as fs;

use super::process::megabytes;

pub(crate) fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}

/// Processors, memory and kernel, and what else the machine is doing.
pub(crate) fn machine() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.unwrap_or("unknown processor");
    let cores = cpu.lines().filter(|line| line.starts_with("processor"));
    let memory = megabytes(&read("/proc/meminfo"), "MemTotal:") / 1024.0;
    format!(
        "{} x {}, {memory:.0} GB, Linux {}, load {} at the start",
        cores.count(),
        model.trim_start_matches([' ', '\t', ':']),
        read("/proc/sys/kernel/osrelease").trim(),
        read("/proc/loadavg").split(' ').next().unwrap_or("unknown"),
    )
}

/// The first line that a program says of itself.
pub(crate) fn first_line(command: &mut Command) -> String {
    let Ok(output) = command.output() else {
        return "unknown".to_owned();
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    text.lines().next().unwrap_or("unknown").to_owned()
}

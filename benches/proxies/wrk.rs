//! One run of wrk, and the proof beforehand that it will be answered rightly.

use std::path::Path;
use std::process::Command;

use fs_err as fs;

use super::fronts::Contestant;
use crate::Work;
use crate::common::process::{Outcome, run};

pub(crate) const CONNECTIONS: usize = 32;

/// What one run showed.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Requests a second.
    pub(crate) rate: f64,
    /// Milliseconds that 99 of 100 requests stayed below.
    pub(crate) slow: f64,
    /// Microseconds of the proxy's processor time for a request.
    pub(crate) cost: f64,
}

/// Asks once and compares every byte; returns how many came over the wire.
pub(crate) fn check(contestant: &Contestant, work: &Work, www: &Path) -> Outcome<usize> {
    let got = contestant.folder.join("answer");
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--fail", "--max-time", "10"]);
    command.arg("--output").arg(&got);
    command.args(["--write-out", "%{http_code} %{size_download}"]);
    if work.gzip {
        // Decodes what comes; the size that curl tells is the one before that.
        command.args(["--compressed", "--header", "Accept-Encoding: gzip"]);
    }
    command.args([
        "--header",
        &contestant.host(work.app),
        &url(contestant, work),
    ]);
    let (_, output) = run(&mut command)?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let (code, bytes) = said.split_once(' ').unwrap_or_default();
    let bytes: usize = bytes.parse()?;
    let wanted = fs::read(www.join(work.body()))?;
    let right = code == "200" && fs::read(&got)? == wanted && (bytes < wanted.len()) == work.gzip;
    if right {
        return Ok(bytes);
    }
    let front = contestant.front.name();
    Err(format!("{front} answered wrongly: status {code}, {bytes} bytes").into())
}

/// Runs wrk; any answer but 2xx and any broken connection is an error.
pub(crate) fn measure(contestant: &Contestant, work: &Work, seconds: usize) -> Outcome<Sample> {
    let mut command = Command::new("wrk");
    command.args(["--threads", "1", "--latency", "--timeout", "8s"]);
    command.args(["--connections", &CONNECTIONS.to_string()]);
    command.args(["--duration", &format!("{seconds}s")]);
    command.args(["--header", &contestant.host(work.app)]);
    if work.gzip {
        command.args(["--header", "Accept-Encoding: gzip"]);
    }
    command.arg(url(contestant, work));
    let before = contestant.running.processor_time()?;
    let (_, output) = run(&mut command)?;
    let used = contestant.running.processor_time()? - before;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let front = contestant.front.name();
    let wrong = ["Socket errors", "Non-2xx"];
    if let Some(line) = said
        .lines()
        .find(|line| wrong.iter().any(|w| line.contains(w)))
    {
        return Err(format!("{front}: wrk: {}", line.trim()).into());
    }
    let missing = || format!("{front}: wrk said something else: {said}");
    let rate = after(&said, "Requests/sec:").ok_or_else(missing)?;
    let slow = after(&said, "99%")
        .and_then(milliseconds)
        .ok_or_else(missing)?;
    let total = said.lines().find(|line| line.contains(" requests in "));
    let total = total.and_then(|line| line.split_whitespace().next());
    let total: f64 = total.ok_or_else(missing)?.parse()?;
    Ok(Sample {
        rate: rate.parse()?,
        slow,
        cost: used / total * 1e6,
    })
}

fn url(contestant: &Contestant, work: &Work) -> String {
    format!("http://127.0.0.1:{}{}", contestant.port, work.path)
}

/// The word behind a label at the start of a line.
fn after<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    let rest = text
        .lines()
        .find_map(|line| line.trim().strip_prefix(label));
    rest.map(str::trim)
}

/// wrk's `812.00us`, `1.75ms` or `1.02s` in milliseconds.
fn milliseconds(text: &str) -> Option<f64> {
    let units = [("us", 1e-3), ("ms", 1.0), ("s", 1e3)];
    units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    })
}

//! Programs that are run to their end, and what is made of their figures.

use std::error::Error;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

pub(crate) type Outcome<T> = Result<T, Box<dyn Error>>;

/// Runs a program to its end; returns the milliseconds it took.
pub(crate) fn run(command: &mut Command) -> Outcome<(f64, Output)> {
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output()?;
    let time = milliseconds(begun.elapsed());
    if output.status.success() {
        return Ok((time, output));
    }
    let words = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}: {}", output.status, words.trim()).into())
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

pub(crate) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => f64::NAN,
        n if n % 2 == 0 => f64::midpoint(sorted[half - 1], sorted[half]),
        _ => sorted[half],
    }
}

/// The value of a line such as `VmRSS:  1024 kB` of a file under `/proc`.
pub(crate) fn megabytes(text: &str, key: &str) -> f64 {
    let rest = text.lines().find_map(|line| line.strip_prefix(key));
    let number = rest.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0.0) / 1024.0
}

//! Waiting for a condition with a limit; the only place where tests sleep.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a test waits for something that normally takes milliseconds; long enough for a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Asks `holds` every 5 ms until it says yes or `limit` has passed; returns its last answer.
pub(crate) fn poll(limit: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if holds() {
            return true;
        }
        if start.elapsed() >= limit {
            return false;
        }
        sleep(Duration::from_millis(5));
    }
}

/// Waits until `holds` says yes; fails the test, naming `what`, after [`PATIENCE`].
#[track_caller]
pub(crate) fn until(what: &str, holds: impl FnMut() -> bool) {
    assert!(poll(PATIENCE, holds), "waited {PATIENCE:?} in vain: {what}");
}

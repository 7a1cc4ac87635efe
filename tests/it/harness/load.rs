//! Steady load while something happens, with an exact notion of a failed request.
//!
//! A client keeps its connection. Where a *reused* connection is closed before any byte of the answer, the request is
//! sent once more on a fresh one, as RFC 9112 section 9.3.1 lets every client do: that is no failure. Failed is a
//! request that gets no answer on a fresh connection, a broken or late answer anywhere, or another status than expected.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::connection::{Connection, Failure};
use super::http::Request;
use super::wait::{PATIENCE, poll};
use super::wire::{Address, TIMEOUT};

/// How many failures are kept in words.
const KEPT: usize = 5;

/// Clients that are not yet running.
#[must_use = "load begins with `.during()`"]
pub(crate) struct Load {
    request: Request,
    clients: usize,
    per_second: u32,
    limit: Duration,
    patience: Duration,
    expected: u16,
}

/// What became of the requests.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// Requests with the expected answer, those that were sent twice included.
    pub(crate) ok: usize,
    /// Requests that were sent a second time, whatever came of it.
    pub(crate) retried: usize,
    pub(crate) failed: usize,
    /// How long the slowest answer took, or the wait for one that failed.
    pub(crate) slowest: Duration,
    pub(crate) first_failures: Vec<String>,
}

/// Ends the clients also when the closure panics.
struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Load {
    /// `GET PATH` for `host` at `address`: 4 clients, 400 requests a second in all, at most 30 seconds, expecting 200.
    pub(crate) fn on(address: impl Into<Address>, host: &str, path: &str) -> Self {
        Self::of(Request::get(address, host, path))
    }

    /// The same with a request of one's own.
    pub(crate) fn of(request: Request) -> Self {
        Self {
            request,
            clients: 4,
            per_second: 400,
            limit: Duration::from_secs(30),
            patience: TIMEOUT,
            expected: 200,
        }
    }

    pub(crate) fn clients(mut self, count: usize) -> Self {
        self.clients = count;
        self
    }

    /// At most this many requests a second, of all clients together.
    pub(crate) fn per_second(mut self, count: u32) -> Self {
        self.per_second = count;
        self
    }

    /// The clients end after this time, whether or not the closure has.
    pub(crate) fn at_most(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// An answer is late after this time without a byte; 5 seconds by default.
    pub(crate) fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    pub(crate) fn expecting(mut self, status: u16) -> Self {
        self.expected = status;
        self
    }

    /// Runs `act` under load. Every client has had an answer or a failure before `act` begins, and sends once more
    /// after it has ended.
    pub(crate) fn during<T>(self, act: impl FnOnce() -> T) -> (Summary, T) {
        let end = AtomicBool::new(false);
        let warm = AtomicUsize::new(0);
        let summary = Mutex::new(Summary::default());
        let result = thread::scope(|scope| {
            for _ in 0..self.clients {
                scope.spawn(|| self.client(&end, &warm, &summary));
            }
            let _guard = EndOnDrop(&end);
            poll(PATIENCE, || warm.load(Ordering::SeqCst) == self.clients);
            act()
        });
        (summary.into_inner().unwrap(), result)
    }

    fn client(&self, end: &AtomicBool, warm: &AtomicUsize, summary: &Mutex<Summary>) {
        let start = Instant::now();
        let pause = Duration::from_secs(1) * u32::try_from(self.clients).unwrap() / self.per_second;
        let mut connection = None;
        let mut next = start;
        let mut first = true;
        loop {
            let last = end.load(Ordering::SeqCst) || start.elapsed() >= self.limit;
            let began = Instant::now();
            let (retried, outcome) = self.once(&mut connection);
            {
                let mut summary = summary.lock().unwrap();
                summary.slowest = summary.slowest.max(began.elapsed());
                summary.retried += usize::from(retried);
                match outcome {
                    Ok(()) => summary.ok += 1,
                    Err(why) => {
                        summary.failed += 1;
                        if summary.first_failures.len() < KEPT {
                            summary
                                .first_failures
                                .push(format!("after {:?}: {why}", start.elapsed()));
                        }
                    }
                }
            }
            if std::mem::take(&mut first) {
                warm.fetch_add(1, Ordering::SeqCst);
            }
            if last {
                return;
            }
            next = (next + pause).max(Instant::now());
            thread::sleep(next - Instant::now());
        }
    }

    /// One request; whether it was sent twice, and what came of it.
    fn once(&self, kept: &mut Option<Connection>) -> (bool, Result<(), String>) {
        let reused = kept.is_some();
        match self.attempt(kept) {
            Err(Failure::Unanswered) if reused => (true, self.judge(self.attempt(kept))),
            outcome => (false, self.judge(outcome)),
        }
    }

    /// Sends on the kept connection or on a fresh one, and keeps it where the answer allows that.
    fn attempt(&self, kept: &mut Option<Connection>) -> Result<u16, Failure> {
        let mut connection = match kept.take() {
            Some(connection) => connection,
            None => Connection::open(self.request.address.clone())?
                .patient(self.patience)
                .map_err(Failure::Broken)?,
        };
        let response = connection.try_send(&self.request)?;
        let closes = response
            .header("Connection")
            .is_some_and(|value| value.eq_ignore_ascii_case("close"));
        if !closes && response.version == "HTTP/1.1" {
            *kept = Some(connection);
        }
        Ok(response.status)
    }

    fn judge(&self, outcome: Result<u16, Failure>) -> Result<(), String> {
        match outcome {
            Ok(status) if status == self.expected => Ok(()),
            Ok(status) => Err(format!("status {status}")),
            Err(failure) => Err(failure.to_string()),
        }
    }
}

impl Summary {
    /// Claims that requests were answered and none failed.
    #[track_caller]
    pub(crate) fn none_failed(&self) -> &Self {
        assert!(self.ok > 0 && self.failed == 0, "{self}");
        self
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} ok, {} of all sent twice, {} failed",
            self.ok, self.retried, self.failed
        )?;
        self.first_failures
            .iter()
            .try_for_each(|why| write!(f, "\n  {why}"))
    }
}

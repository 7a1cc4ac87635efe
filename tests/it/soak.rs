//! A soak: a minute (`make test`) or ten (`make soak`) of everything that clients do, while sites change every second.
//!
//! `MECH_SOAK_SECONDS` sets how long.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, writes files, and shows what it measured"
)]

mod clients;
mod figures;

use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clients::Clients;
use figures::Figures;

use crate::harness::{Backend, Load, Nginx, Request, Summary, World, poll};

/// The sites that stay: two apps behind one, websockets, HTTPS with HTTP/2, and files.
struct Sites {
    world: World,
    blue: Backend,
    green: Backend,
    victim: Backend,
}

/// `worker_processes` of the soaked nginx.
const WORKERS: usize = 2;

/// How long a client waits for a byte: a machine may stall, and what does not come within this time comes never.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends the clients also when a claim fails.
struct EndOnDrop<'a>(&'a AtomicBool);

impl Drop for EndOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// The option that names these backends.
fn to(backends: &[&Backend]) -> String {
    let ports: Vec<String> = backends.iter().map(|one| one.port().to_string()).collect();
    format!("--backends={}", ports.join(","))
}

impl Sites {
    fn new() -> Self {
        let sites = Self {
            world: World::with(Nginx::private().workers(WORKERS)),
            blue: Backend::tcp("blue"),
            green: Backend::tcp("green"),
            victim: Backend::tcp("victim"),
        };
        let files = sites.world.nginx.prefix().join("files");
        fs::create_dir(&files).unwrap();
        fs::write(files.join("page.bin"), "f".repeat(100_000)).unwrap();
        let _ = sites.world.cert("tls", &["tls.test"]);
        let (blue, both) = (to(&[&sites.blue]), to(&[&sites.blue, &sites.green]));
        let folder = format!("--static={}", files.display());
        sites.change(&["add", "shop", "--host=shop.test", &both]);
        sites.change(&["add", "live", "--host=live.test", &blue]);
        sites.change(&["add", "tls", "--host=tls.test", "--https", "--http2", &blue]);
        sites.change(&["add", "files", "--host=files.test", &folder]);
        sites
    }

    /// A change that has to take effect.
    #[track_caller]
    fn change(&self, args: &[&str]) {
        let _ = self.world.mech(args).ok().stderr_has("nginx has reloaded");
    }

    /// The changes of one round, after which everything is as it was.
    fn round(&self) -> Vec<Vec<String>> {
        let (blue, green) = (to(&[&self.blue]), to(&[&self.green]));
        let (both, victim) = (to(&[&self.blue, &self.green]), to(&[&self.victim]));
        [
            vec!["add", "victim", "--host=victim.test", &victim],
            vec!["update", "shop", &green],
            vec!["update", "live", "--aliases=more.live.test", &green],
            vec!["set", "prelaunch-host", "{shortname}.next.test"],
            vec!["update", "tls", &green],
            vec!["remove", "victim"],
            vec!["unset", "prelaunch-host"],
            vec!["update", "live", "--aliases=", &blue],
            vec!["update", "shop", &both],
            vec!["update", "tls", &blue],
        ]
        .map(|args| args.into_iter().map(str::to_owned).collect())
        .to_vec()
    }

    /// Rounds of changes, one a `pace`, until `time` is over; how many changes.
    fn changes(&self, time: Duration, pace: Duration) -> usize {
        let (start, mut count) = (Instant::now(), 0);
        // Whole rounds, so that the last state is the first; a slow machine has fewer of them, but one.
        while count == 0 || start.elapsed() < time {
            for args in self.round() {
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                let next = Instant::now() + pace;
                self.change(&args);
                count += 1;
                match (args[0], args[1]) {
                    ("add", "victim") => self.victim_answers(true),
                    ("remove", "victim") => self.victim_answers(false),
                    _ => {}
                }
                thread::sleep(next.saturating_duration_since(Instant::now()));
            }
        }
        count
    }

    /// Claims that the site that comes and goes is there, or is not.
    fn victim_answers(&self, there: bool) {
        let answer = self.world.request("victim.test", "/").try_send();
        let named = answer.is_ok_and(|answer| answer.text().contains("\"backend\": \"victim\""));
        assert_eq!(named, there, "the victim answers");
    }

    /// Steady requests to the sites that stay, each with a name.
    fn loads(&self) -> Vec<(&'static str, Load)> {
        let port = self.world.http_port;
        // On connections of their own: no client may send an upload twice.
        let upload = |megabytes: usize| {
            let request = Request::get(port, "shop.test", "/upload")
                .body(vec![b'u'; megabytes * 1_000_000])
                .header("Connection", "close");
            Load::of(request).clients(1).per_second(1)
        };
        vec![
            (
                "small",
                self.world.load("shop.test", "/").clients(4).per_second(80),
            ),
            (
                "live",
                self.world.load("live.test", "/").clients(2).per_second(20),
            ),
            (
                "slow app",
                self.world
                    .load("shop.test", "/delay/1500")
                    .clients(2)
                    .per_second(2),
            ),
            (
                "100 kB",
                self.world
                    .load("shop.test", "/size/100000")
                    .clients(2)
                    .per_second(20),
            ),
            (
                "file",
                self.world
                    .load("files.test", "/page.bin")
                    .clients(2)
                    .per_second(20),
            ),
            ("1 MB up", upload(1)),
            ("3 MB up", upload(3)),
            ("5 MB up", upload(5)),
        ]
    }
}

fn seconds() -> u64 {
    let said = std::env::var("MECH_SOAK_SECONDS").ok();
    said.map_or(60, |said| {
        said.parse().expect("MECH_SOAK_SECONDS is a number")
    })
}

/// Runs `load` until `end`.
fn steady(load: Load, limit: Duration, end: &AtomicBool) -> Summary {
    let (summary, _) = load
        .at_most(limit)
        .patience(PATIENCE)
        .during(|| poll(limit, || end.load(Ordering::SeqCst)));
    summary
}

#[test]
fn sites_change_every_second_and_no_client_notices() {
    let time = Duration::from_secs(seconds());
    // A machine so loaded that the last round takes this long fails in the claims, not by hanging.
    let limit = time + Duration::from_secs(300);
    let sites = Sites::new();
    // What nginx keeps of the first reloads is no leak.
    sites.changes(Duration::ZERO, Duration::ZERO);
    let text = sites.world.rendered();
    let before = Figures::of_fresh_workers(&sites.world);
    let end = &AtomicBool::new(false);
    let clients = Clients::new(&sites.world, limit, end);
    let (changes, peak, loads) = thread::scope(|scope| {
        let _guard = EndOnDrop(end);
        let loads: Vec<_> = sites
            .loads()
            .into_iter()
            .map(|(name, load)| (name, scope.spawn(move || steady(load, limit, end))))
            .collect();
        clients.start(scope);
        let changes = sites.changes(time, Duration::from_secs(1));
        let peak = Figures::now(&sites.world);
        end.store(true, Ordering::SeqCst);
        let loads: Vec<(&str, Summary)> = loads
            .into_iter()
            .map(|(name, thread)| (name, thread.join().unwrap()))
            .collect();
        (changes, peak, loads)
    });
    Figures::settle(&sites.world);
    let after = Figures::of_fresh_workers(&sites.world);
    let requests: usize = loads.iter().map(|(_, load)| load.ok).sum();
    let retried: usize = loads.iter().map(|(_, load)| load.retried).sum();
    println!(
        "soak of {} s: {changes} changes; {requests} requests, {retried} sent twice; {clients}; nginx before: {before}; \
         in the end: {peak}; after: {after}",
        time.as_secs()
    );
    for (name, load) in &loads {
        println!("{name}: the slowest took {:?}, {load}", load.slowest);
    }
    for (_, load) in &loads {
        let _ = load.none_failed();
    }
    clients.none_failed();
    assert_eq!(sites.world.rendered(), text, "the sites are as they were");
    after.assert_like(&before, WORKERS, &sites.world);
    sites.world.no_stray_files();
}

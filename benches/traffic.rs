//! Requests per second through mech's site, beside mechanic's, a hand-tuned nginx, Caddy and `HAProxy`.
//!
//! wrk on loopback, one worker or thread each, interleaved rounds in a rotating order, medians; a ratio is the
//! median of the ratios of the rounds. `MECH_TRAFFIC_ROUNDS` (10), `MECH_TRAFFIC_SECONDS` (2, of one run of wrk) and
//! `MECH_TRAFFIC_ONLY` (a part of the name of the work) choose less or more. Everything runs on temporary
//! prefixes and free ports; processor time is read from `/proc`, so this runs on Linux only.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark starts programs, reads its environment and reports on the terminal"
)]

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, ExitCode};

use fs_err as fs;

use common::machine::{first_line, machine, today};
use common::mech::MECH;
use common::mechanic::MECHANIC;
use common::nginx;
use common::process::Outcome;
use proxies::apps::{Apps, write_files};
use proxies::fronts::{Contestant, Front};
use proxies::rivals::Rivals;
use proxies::table::Table;
use proxies::wrk::{CONNECTIONS, Sample, check, measure};

mod common {
    pub(crate) mod machine;
    pub(crate) mod mech;
    pub(crate) mod mechanic;
    pub(crate) mod nginx;
    pub(crate) mod process;
}

mod proxies {
    pub(crate) mod apps;
    pub(crate) mod fronts;
    pub(crate) mod rivals;
    pub(crate) mod running;
    pub(crate) mod table;
    pub(crate) mod wrk;
}

/// One kind of request.
#[derive(Clone, Copy)]
pub(crate) struct Work {
    name: &'static str,
    app: App,
    path: &'static str,
    gzip: bool,
    size: Size,
}

/// Who answers behind the proxy; files are answered by the proxy itself, and what is no file by the quick app.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum App {
    Node,
    Quick,
    Files,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Large,
}

/// A path of the app that is no file.
const BEHIND: &str = "/app.html";

const WORKS: [Work; 9] = [
    work("Node app, 1 kB", App::Node, "/1k.html", Size::Small),
    work("Node app, 100 kB", App::Node, "/100k.html", Size::Large),
    work("quick app, 1 kB", App::Quick, "/1k.html", Size::Small),
    work("quick app, 100 kB", App::Quick, "/100k.html", Size::Large),
    work("app behind files, 1 kB", App::Files, BEHIND, Size::Small),
    work("file, 2 kB", App::Files, "/2k.js", Size::Small),
    work("file, 100 kB", App::Files, "/100k.js", Size::Large),
    zipped(work("file, 2 kB, gzip", App::Files, "/2k.js", Size::Small)),
    zipped(work(
        "file, 100 kB, gzip",
        App::Files,
        "/100k.js",
        Size::Large,
    )),
];

const fn work(name: &'static str, app: App, path: &'static str, size: Size) -> Work {
    Work {
        name,
        app,
        path,
        gzip: false,
        size,
    }
}

impl Work {
    /// Whether an app answers, not the proxy.
    pub(crate) fn is_passed_on(&self) -> bool {
        self.app != App::Files || self.path == BEHIND
    }

    /// The file that holds what is to be answered.
    pub(crate) fn body(&self) -> &'static str {
        let path = if self.path == BEHIND {
            "/1k.html"
        } else {
            self.path
        };
        path.trim_start_matches('/')
    }
}

const fn zipped(work: Work) -> Work {
    Work { gzip: true, ..work }
}

fn main() -> ExitCode {
    if !env::args().any(|argument| argument == "--bench") {
        println!("this takes minutes; run it with `cargo bench --bench traffic`");
        return ExitCode::SUCCESS;
    }
    match traffic() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn traffic() -> Outcome<()> {
    let nginx = nginx::program();
    let (rounds, seconds) = (number("ROUNDS", 10)?, number("SECONDS", 2)?);
    let only = env::var("MECH_TRAFFIC_ONLY").unwrap_or_default();
    let works: Vec<Work> = WORKS
        .into_iter()
        .filter(|work| work.name.contains(&only))
        .collect();
    if works.is_empty() {
        return Err(format!("`MECH_TRAFFIC_ONLY={only}` is no part of any work").into());
    }
    let rivals = Rivals::find();
    print_setting(&nginx, &rivals, rounds, seconds);
    let root = tempfile::tempdir()?;
    // nginx's workers are another user where it is started by root.
    fs::set_permissions(root.path(), PermissionsExt::from_mode(0o755))?;
    let www = root.path().join("www");
    write_files(&www)?;
    let apps = Apps::start(root.path(), &nginx, &www)?;
    let mut missing = Vec::new();
    let mut contestants = Vec::new();
    for front in Front::ALL {
        match Contestant::start(front, root.path(), &nginx, &rivals, &apps) {
            Ok(contestant) => contestants.push(contestant),
            Err(error) => missing.push(format!("{}: {error}", front.name())),
        }
    }
    let mut table = Table::default();
    for work in &works {
        if let Err(error) = compare(work, &www, &contestants, rounds, seconds, &mut table) {
            missing.push(format!("{}: {error}", work.name));
        }
    }
    table.print();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not everything could be measured:\n- {}",
        missing.join("\n- ")
    )
    .into())
}

/// One work by all who can do it; each has done it once, unmeasured, before the rounds.
fn compare(
    work: &Work,
    www: &Path,
    contestants: &[Contestant],
    rounds: usize,
    seconds: usize,
    table: &mut Table,
) -> Outcome<()> {
    let able: Vec<&Contestant> = contestants
        .iter()
        .filter(|contestant| contestant.front.does(work))
        .collect();
    let mut samples: Vec<Vec<Sample>> = able.iter().map(|_| Vec::new()).collect();
    let mut bytes = Vec::new();
    for contestant in &able {
        bytes.push(check(contestant, work, www)?);
        measure(contestant, work, 1)?;
    }
    for round in 0..rounds {
        for turn in 0..able.len() {
            let index = (turn + round) % able.len();
            samples[index].push(measure(able[index], work, seconds)?);
        }
        eprintln!("{}: round {} of {rounds}", work.name, round + 1);
    }
    let fronts = able.iter().map(|contestant| contestant.front);
    table.add(*work, fronts.zip(samples).zip(bytes).collect());
    Ok(())
}

fn number(name: &str, otherwise: usize) -> Outcome<usize> {
    let name = format!("MECH_TRAFFIC_{name}");
    let Ok(text) = env::var(&name) else {
        return Ok(otherwise);
    };
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("`{name}={text}` is no number above 0").into()),
    }
}

/// Prints the machine, the date and the versions.
fn print_setting(nginx: &Path, rivals: &Rivals, rounds: usize, seconds: usize) {
    println!("# Requests per second\n");
    println!("- {}", today());
    println!("- {}", machine());
    println!("- {}", first_line(Command::new(nginx).arg("-v")));
    println!("- {}", first_line(Command::new(MECH).arg("--version")));
    let node = first_line(Command::new("node").arg("--version"));
    println!("- {MECHANIC}; Node.js {node} for it and for the app");
    for version in rivals.versions() {
        println!("- {version}");
    }
    println!("- {}", first_line(Command::new("wrk").arg("-v")));
    println!(
        "- {CONNECTIONS} connections from one thread of wrk on loopback; one worker or thread each; access logs on \
         everywhere; medians of {rounds} interleaved rounds of {seconds} s, ratios as medians of the rounds' ratios\n"
    );
}

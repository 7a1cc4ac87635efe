//! Measures mech beside mechanic 1.8.0: the same sites, the same nginx, the same run, interleaved rounds, medians.
//!
//! Prints a Markdown table with the goals and whether each is met. `MECH_BENCH_SIZES` (`1,100,1000,10000`) and
//! `MECH_BENCH_ROUNDS` choose less or more. Each tool has an nginx of its own on a temporary prefix and free ports;
//! memory and workers are read from `/proc`, so this runs on Linux only.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark starts programs, reads its environment and reports on the terminal"
)]

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::thread::sleep;
use std::time::{Duration, Instant};

use fs_err as fs;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use common::machine::{first_line, machine, today};
use common::many::{BACKENDS, peak_memory, raise_file_limit, site_list};
use common::mech::{self, MECH};
use common::mechanic::{self, MECHANIC};
use common::nginx::{self, Nginx};
use common::process::{Outcome, median, megabytes, milliseconds, run};

mod common {
    pub(crate) mod machine;
    pub(crate) mod many;
    pub(crate) mod mech;
    pub(crate) mod mechanic;
    pub(crate) mod nginx;
    pub(crate) mod process;
}

/// Files that nginx holds open besides the logs of the sites, rounded up.
const OTHER_FILES: u64 = 200;
/// A bound on every wait: several times the slowest reload measured (10,000 sites of mechanic's text, some 5 s).
const PATIENCE: Duration = Duration::from_secs(40);
const TICK: Duration = Duration::from_millis(1);
/// The two last cells of a line that has no goal.
const NO_GOAL: &str = " |";

fn main() -> ExitCode {
    if !env::args().any(|argument| argument == "--bench") {
        println!("this takes minutes; run it with `cargo bench --bench compare`");
        return ExitCode::SUCCESS;
    }
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Outcome<()> {
    let nginx = nginx::program();
    let files = raise_file_limit();
    let mechanic = mechanic::install();
    print_setting(&nginx, files, mechanic.is_ok());
    if let Err(why) = &mechanic {
        println!("**mech's half only**: {why}\n");
    }
    let mut report = Report::default();
    report.alone("start-up (`mech --version`)", "ms", start_up()?, 3.0);
    let size = u32::try_from(fs::metadata(MECH)?.len() / 1024)?;
    report.alone("release binary", "MB", f64::from(size) / 1024.0, 5.0);
    for wanted in sizes()? {
        let mut sites = wanted;
        if mechanic.is_ok() {
            sites = sites.min(u32::try_from(files.saturating_sub(OTHER_FILES) / 2)?);
        }
        if sites < wanted {
            report.remark(&format!(
                "{sites} sites instead of {wanted}: mechanic's log files, two a site, are more than {files}"
            ));
        }
        compare_at(sites, &nginx, files, mechanic.as_deref().ok(), &mut report)?;
    }
    println!("\n{} of {} goals met.", report.met, report.goals);
    if report.failures.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not everything could be measured:\n- {}",
        report.failures.join("\n- ")
    )
    .into())
}

fn compare_at(
    sites: u32,
    nginx: &Path,
    files: u64,
    mechanic: Option<&Path>,
    report: &mut Report,
) -> Outcome<()> {
    let root = tempfile::tempdir()?;
    let mut mech = Mech::install(&root.path().join("mech"), nginx, sites)
        .map_err(|error| report.failed(sites, error.as_ref()))
        .ok();
    let mut mechanic = match mechanic {
        Some(app) => {
            let prefix = root.path().join("mechanic");
            Some(Mechanic::install(&prefix, nginx, app, sites, files)?)
        }
        None => None,
    };
    for round in 1..=rounds(sites) {
        if let Some(tool) = &mut mech
            && let Err(error) = tool.round(round)
        {
            report.failed(sites, error.as_ref());
            mech = None;
        }
        if let Some(tool) = &mut mechanic {
            tool.round(round)?;
        }
    }
    let mechanic = mechanic.map(|tool| tool.samples.result());
    let (measured, own) = match &mut mech {
        Some(tool) => {
            let own = tool.small_commands();
            let own = own.map_err(|error| report.failed(sites, error.as_ref()));
            (Some(tool.samples.result()), own.ok())
        }
        None => (None, None),
    };
    report.size(sites, measured.as_ref(), mechanic.as_ref(), own.as_ref());
    Ok(())
}

/// Memory in MB.
#[derive(Clone, Copy, Default)]
struct Memory {
    /// What the master maps.
    resident: f64,
    /// What the master shares with nobody.
    private: f64,
    /// The fair shares of the master and its workers together.
    all: f64,
}

impl Nginx {
    fn test(&self) -> Outcome<f64> {
        Ok(run(self.command().arg("-t"))?.0)
    }

    fn start(&self) -> Outcome<()> {
        run(&mut self.command())?;
        match self.wait_for_workers_besides(&BTreeSet::new()) {
            Some(_) => Ok(()),
            None => Err(format!("no worker of nginx in `{}`", self.prefix.display()).into()),
        }
    }

    fn master(&self) -> Outcome<Pid> {
        let text = fs::read_to_string(self.prefix.join("nginx.pid"))?;
        let pid = text.trim().parse().ok().and_then(Pid::from_raw);
        pid.ok_or_else(|| format!("no pid in `{}/nginx.pid`", self.prefix.display()).into())
    }

    fn stop(&self) -> Outcome<()> {
        let master = self.master()?;
        kill_process(master, Signal::TERM)?;
        let asked = Instant::now();
        let directory = format!("/proc/{master}");
        while Path::new(&directory).exists() && asked.elapsed() < PATIENCE {
            sleep(TICK);
        }
        Ok(())
    }

    /// The workers that accept; one that retires has another title.
    fn workers(&self) -> Outcome<BTreeSet<u32>> {
        let master = self.master()?;
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        let accepts = |pid: &u32| {
            fs::read_to_string(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|title| title.trim_end_matches(['\0', ' ']) == "nginx: worker process")
        };
        let pids = children
            .split_whitespace()
            .filter_map(|pid| pid.parse().ok());
        Ok(pids.filter(accepts).collect())
    }

    /// Milliseconds until new workers are there and no old one accepts; `None` if that does not come.
    fn wait_for_workers_besides(&self, old: &BTreeSet<u32>) -> Option<f64> {
        let asked = Instant::now();
        while asked.elapsed() < PATIENCE {
            // A daemon's parent may return before the pid file is written.
            let workers = self.workers().unwrap_or_default();
            if !workers.is_empty() && workers.is_disjoint(old) {
                return Some(milliseconds(asked.elapsed()));
            }
            sleep(TICK);
        }
        None
    }

    /// Milliseconds from a bare HUP to its proof; they hold the master's own parse.
    fn hup(&self) -> Outcome<f64> {
        let old = self.workers()?;
        kill_process(self.master()?, Signal::HUP)?;
        let proof = self.wait_for_workers_besides(&old);
        proof.ok_or_else(|| "a bare HUP had no effect".into())
    }

    /// Starts afresh, since an nginx that has reloaded keeps pages of the configurations before.
    fn memory(&self) -> Outcome<Memory> {
        self.stop()?;
        self.start()?;
        // A worker has its title before it has touched all that it will.
        sleep(200 * TICK);
        let rollup = |pid: &str| fs::read_to_string(format!("/proc/{pid}/smaps_rollup"));
        let master = rollup(&self.master()?.to_string())?;
        let mut all = megabytes(&master, "Pss:");
        for worker in self.workers()? {
            all += megabytes(&rollup(&worker.to_string())?, "Pss:");
        }
        Ok(Memory {
            resident: megabytes(&master, "Rss:"),
            private: megabytes(&master, "Private_Clean:") + megabytes(&master, "Private_Dirty:"),
            all,
        })
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Without a pid file there is nothing left to stop.
        let _ = self.stop();
    }
}

#[derive(Default)]
struct Samples {
    update: Vec<f64>,
    effect: Vec<f64>,
    hup: Vec<f64>,
    /// From the signal to the proof within an update, as mech tells it.
    reload: Vec<f64>,
    test: Vec<f64>,
    without_effect: usize,
    memory: Memory,
}

/// Medians of one tool at one size, in milliseconds.
struct Measured {
    update: f64,
    effect: f64,
    hup: f64,
    reload: f64,
    test: f64,
    without_effect: usize,
    memory: Memory,
}

impl Samples {
    fn result(&self) -> Measured {
        Measured {
            update: median(&self.update),
            effect: median(&self.effect),
            hup: median(&self.hup),
            reload: median(&self.reload),
            test: median(&self.test),
            without_effect: self.without_effect,
            memory: self.memory,
        }
    }
}

struct Mech {
    nginx: Nginx,
    registry: PathBuf,
    backends: &'static str,
    samples: Samples,
}

/// What only mech is asked for: milliseconds, and megabytes.
struct Own {
    list: f64,
    show: f64,
    unchanged: f64,
    nginx_runs: usize,
    peak: f64,
}

impl Mech {
    fn install(prefix: &Path, program: &Path, sites: u32) -> Outcome<Self> {
        let nginx = Nginx::prepare(prefix, program, "auto", "")?;
        let registry = mech::write_registry(&nginx, &site_list(sites, prefix))?;
        nginx.start()?;
        let mut mech = Self {
            nginx,
            registry,
            backends: BACKENDS[0],
            samples: Samples::default(),
        };
        mech::refresh(&mech.nginx, &mech.registry)?;
        mech.samples.memory = mech.nginx.memory()?;
        Ok(mech)
    }

    fn command(&self) -> Command {
        mech::command(&self.registry)
    }

    fn update(&self) -> Command {
        let mut command = self.command();
        command.args(["--json", "update", "s1", "--backends", self.backends]);
        command
    }

    fn round(&mut self, round: usize) -> Outcome<()> {
        let old = self.nginx.workers()?;
        self.backends = BACKENDS[round % 2];
        let (update, said) = run(&mut self.update())?;
        if !self.nginx.workers()?.is_disjoint(&old) {
            return Err("`mech update` returned while an old worker accepts".into());
        }
        self.samples.update.push(update);
        self.samples.effect.push(update);
        self.samples.reload.push(reload_seconds(&said)? * 1e3);
        // The master sleeps 100 ms in every reload, and takes a next signal only after that.
        sleep(Duration::from_millis(200));
        self.samples.hup.push(self.nginx.hup()?);
        self.samples.test.push(self.nginx.test()?);
        Ok(())
    }

    fn small_commands(&mut self) -> Outcome<Own> {
        self.backends = if self.backends == BACKENDS[0] {
            BACKENDS[1]
        } else {
            BACKENDS[0]
        };
        let peak = peak_memory(&mut self.update())?;
        let runs = self.note_each_run_of_nginx()?;
        let [mut list, mut show, mut unchanged] = [const { Vec::new() }; 3];
        for _ in 0..rounds(1) {
            list.push(run(self.command().arg("list"))?.0);
            show.push(run(self.command().args(["show", "s1"]))?.0);
            unchanged.push(run(&mut self.update())?.0);
        }
        Ok(Own {
            list: median(&list),
            show: median(&show),
            unchanged: median(&unchanged),
            nginx_runs: fs::read_to_string(&runs)?.lines().count(),
            peak,
        })
    }

    /// Puts a script before mech's nginx that adds a line to a file at each run; returns the file, empty.
    fn note_each_run_of_nginx(&self) -> Outcome<PathBuf> {
        let script = self.nginx.prefix.join("nginx-noted");
        let runs = self.nginx.prefix.join("nginx-runs");
        let (program, noted) = (self.nginx.program.display(), runs.display());
        let text = format!("#!/bin/sh\necho \"$*\" >> '{noted}'\nexec '{program}' \"$@\"\n");
        fs::write(&script, text)?;
        fs::set_permissions(&script, PermissionsExt::from_mode(0o755))?;
        let mut registry: Value = serde_json::from_str(&fs::read_to_string(&self.registry)?)?;
        registry["settings"]["nginx"] = json!(self.nginx.command_line(&script));
        fs::write(&self.registry, registry.to_string())?;
        run(self.command().arg("refresh"))?;
        if !runs.exists() {
            return Err("`mech refresh` did not run the nginx of its settings".into());
        }
        fs::write(&runs, "")?;
        Ok(runs)
    }
}

struct Mechanic {
    nginx: Nginx,
    app: PathBuf,
    registry: PathBuf,
    /// A reload opens the new logs beside the old ones, which here is more than nginx may.
    restart_first: bool,
    samples: Samples,
}

impl Mechanic {
    fn install(prefix: &Path, program: &Path, app: &Path, sites: u32, files: u64) -> Outcome<Self> {
        let nginx = Nginx::prepare(prefix, program, "auto", "")?;
        let restart = format!("{} -s reload", nginx.command_line(program));
        let sites_of = site_list(sites, prefix);
        let registry = mechanic::write_registry(&nginx, app, &restart, &sites_of)?;
        nginx.start()?;
        let old = nginx.workers()?;
        let mut mechanic = Self {
            nginx,
            app: app.to_owned(),
            registry,
            restart_first: 4 * u64::from(sites) + OTHER_FILES > files,
            samples: Samples::default(),
        };
        run(mechanic.command().arg("refresh"))?;
        if mechanic.nginx.wait_for_workers_besides(&old).is_none() {
            return Err("mechanic's first reload had no effect".into());
        }
        mechanic.samples.memory = mechanic.nginx.memory()?;
        Ok(mechanic)
    }

    fn command(&self) -> Command {
        mechanic::command(&self.app, &self.registry)
    }

    fn round(&mut self, round: usize) -> Outcome<()> {
        if self.restart_first {
            self.nginx.stop()?;
            fs::write(self.nginx.prefix.join("conf.d/mechanic.conf"), "")?;
            self.nginx.start()?;
        }
        let old = self.nginx.workers()?;
        let backends = format!("--backends={}", BACKENDS[round % 2]);
        let update = run(self.command().args(["update", "s1", &backends]))?.0;
        self.samples.update.push(update);
        // mechanic has returned, its nginx still works: the next measurement must not share the machine with it.
        match self.nginx.wait_for_workers_besides(&old) {
            Some(after) => self.samples.effect.push(update + after),
            None => self.samples.without_effect += 1,
        }
        self.samples.test.push(self.nginx.test()?);
        Ok(())
    }
}

/// The lines of the table, and the goals they are held against.
#[derive(Default)]
struct Report {
    begun: bool,
    goals: usize,
    met: usize,
    failures: Vec<String>,
}

impl Report {
    fn line(&mut self, line: &str) {
        if !self.begun {
            println!("| sites | measured | mech | mechanic | mechanic / mech | goal | met |");
            println!("|---|---|---|---|---|---|---|");
            self.begun = true;
        }
        println!("{line}");
    }

    fn remark(&mut self, text: &str) {
        self.line(&format!("| | *{text}* | | | | | |"));
    }

    fn failed(&mut self, sites: u32, error: &dyn Error) {
        self.failures.push(format!("mech at {sites}: {error}"));
    }

    fn goal(&mut self, text: &str, holds: Option<bool>) -> String {
        self.goals += 1;
        let verdict = match holds {
            Some(true) => {
                self.met += 1;
                "yes"
            }
            Some(false) => "**no**",
            None => "not measured",
        };
        format!("{text} | {verdict}")
    }

    fn alone(&mut self, what: &str, unit: &str, value: f64, limit: f64) {
        let goal = self.goal(&format!("<= {limit} {unit}"), Some(value <= limit));
        self.line(&format!(
            "| – | {what} | {value:.1} {unit} | – | – | {goal} |"
        ));
    }

    fn pair(&mut self, sites: u32, what: &str, unit: &str, pair: [Option<f64>; 2], goal: &str) {
        let pair = pair.map(|value| value.filter(|value| value.is_finite()));
        let [ours, theirs] = pair.map(|value| match value {
            Some(value) => format!("{value:.1} {unit}"),
            None => "–".to_owned(),
        });
        let ratio = ratio(pair).map_or_else(|| "–".to_owned(), |ratio| format!("{ratio:.2}"));
        self.line(&format!(
            "| {sites} | {what} | {ours} | {theirs} | {ratio} | {goal} |"
        ));
    }

    fn size(
        &mut self,
        sites: u32,
        ours: Option<&Measured>,
        theirs: Option<&Measured>,
        own: Option<&Own>,
    ) {
        let both = |value: fn(&Measured) -> f64| [ours.map(value), theirs.map(value)];
        let at_least =
            |pair, limit: f64| (format!(">= {limit} x"), ratio(pair).map(|r| r >= limit));
        let update = both(|m| m.update);
        let (text, holds) = match sites {
            0..=500 => at_least(update, 1.8),
            501..=5_000 => at_least(update, 1.0),
            _ => at_least(update, 2.0),
        };
        let goal = self.goal(&text, holds);
        let what = "update of one site (mech's is tested and proven)";
        self.pair(sites, what, "ms", update, &goal);
        let what = match theirs.map_or(0, |m| m.without_effect) {
            0 => "the same until nginx serves it".to_owned(),
            n => format!("the same until nginx serves it ({n} of mechanic's never)"),
        };
        self.pair(sites, &what, "ms", both(|m| m.effect), NO_GOAL);
        if let Some(ours) = ours {
            self.own_part(sites, ours);
        }
        let bare = both(|m| m.test);
        let (text, holds) = match sites {
            0..=5_000 => ("> 1 x".to_owned(), ratio(bare).map(|r| r > 1.0)),
            _ => at_least(bare, 3.0),
        };
        let goal = self.goal(&text, holds);
        self.pair(sites, "`nginx -t` of its file", "ms", bare, &goal);
        let resident = both(|m| m.memory.resident);
        let goal = match sites {
            501..=5_000 => {
                let holds = ratio(resident).map(|r| 1.0 / r <= 1.3);
                self.goal("at most 1.3 x mechanic's", holds)
            }
            _ => NO_GOAL.to_owned(),
        };
        self.pair(sites, "nginx master, resident", "MB", resident, &goal);
        let private = both(|m| m.memory.private);
        self.pair(sites, "nginx master, private", "MB", private, NO_GOAL);
        let all = both(|m| m.memory.all);
        let what = "nginx master and workers, proportional";
        self.pair(sites, what, "MB", all, NO_GOAL);
        if let Some(own) = own {
            self.small_commands(sites, own);
        }
    }

    fn own_part(&mut self, sites: u32, ours: &Measured) {
        // The time of a HUP holds the master's parse; what is left of it is the handover.
        let handover = (ours.hup - ours.test).max(0.0);
        let floor = 2.0 * ours.test + handover;
        let part = ours.update - floor;
        let single = |value| [Some(value), None];
        let what = "handover (bare HUP until its proof, less one parse)";
        self.pair(sites, what, "ms", single(handover), NO_GOAL);
        let what = "floor: two bare `nginx -t` and the handover";
        self.pair(sites, what, "ms", single(floor), NO_GOAL);
        let share = 100.0 * part / ours.update;
        let goal = match sites {
            1 => self.goal("<= 15 ms", Some(part <= 15.0)),
            // A size just below a thousand or ten thousand stands in for it where files are short.
            900.. => self.goal("<= 15 % of the update", Some(share <= 15.0)),
            _ => NO_GOAL.to_owned(),
        };
        let what = format!("mech's own part: update less floor, {share:.0} %");
        self.pair(sites, &what, "ms", single(part), &goal);
        // Stricter than the goal: the handover that mech cuts short is not set off against its own work.
        let rest = ours.update - ours.test - ours.reload;
        let share = 100.0 * rest / ours.update;
        let what =
            format!("update less one `nginx -t` and its own reload until the proof, {share:.0} %");
        self.pair(sites, &what, "ms", single(rest), NO_GOAL);
    }

    fn small_commands(&mut self, sites: u32, own: &Own) {
        for (what, value) in [("`mech list`", own.list), ("`mech show s1`", own.show)] {
            let goal = match sites {
                501..=5_000 => self.goal("< 10 ms", Some(value < 10.0)),
                _ => NO_GOAL.to_owned(),
            };
            self.pair(sites, what, "ms", [Some(value), None], &goal);
        }
        let goal = self.goal("nginx is not run", Some(own.nginx_runs == 0));
        let what = format!("`mech update`, unchanged: {} runs of nginx", own.nginx_runs);
        self.pair(sites, &what, "ms", [Some(own.unchanged), None], &goal);
        let what = "`mech update`, peak memory of mech";
        self.pair(sites, what, "MB", [Some(own.peak), None], NO_GOAL);
    }
}

fn ratio([ours, theirs]: [Option<f64>; 2]) -> Option<f64> {
    Some(theirs? / ours?)
}

/// The seconds from the signal to the proof, out of the JSON of a change.
fn reload_seconds(said: &Output) -> Outcome<f64> {
    let value: Value = serde_json::from_slice(&said.stdout)?;
    let seconds = value["nginx"]["seconds"].as_f64();
    seconds.ok_or_else(|| "`mech update` did not prove a reload".into())
}

fn start_up() -> Outcome<f64> {
    let mut times = Vec::new();
    for _ in 0..rounds(1) {
        times.push(run(Command::new(MECH).arg("--version"))?.0);
    }
    Ok(median(&times))
}

fn sizes() -> Outcome<Vec<u32>> {
    let text = env::var("MECH_BENCH_SIZES").unwrap_or_else(|_| "1,100,1000,10000".to_owned());
    let parsed = text.split(',').map(|size| size.trim().parse());
    match parsed.collect::<Result<Vec<u32>, _>>() {
        Ok(sizes) if !sizes.contains(&0) => Ok(sizes),
        _ => Err(format!("`MECH_BENCH_SIZES={text}` is no list of numbers of sites").into()),
    }
}

fn rounds(sites: u32) -> usize {
    let wanted = env::var("MECH_BENCH_ROUNDS").ok();
    let wanted = wanted.and_then(|text| text.parse().ok());
    wanted.filter(|rounds| *rounds > 0).unwrap_or(match sites {
        0..=500 => 15,
        501..=5_000 => 9,
        _ => 5,
    })
}

/// Prints the machine, the date and the versions.
fn print_setting(nginx: &Path, files: u64, mechanic: bool) {
    println!("# mech beside mechanic\n");
    println!("- {}", today());
    println!("- {}, at most {files} open files a process", machine());
    println!("- {}", first_line(Command::new(nginx).arg("-v")));
    println!("- {}", first_line(Command::new(MECH).arg("--version")));
    if mechanic {
        let node = first_line(Command::new("node").arg("--version"));
        println!("- {MECHANIC} on Node.js {node}");
    }
    println!(
        "- medians of {} interleaved rounds up to 500 sites, {} up to 5,000, {} beyond (there mech with `logs-shared`)",
        rounds(1),
        rounds(1_000),
        rounds(10_000)
    );
    println!("- a site: host, alias, two backends; every other one has a static folder too\n");
}

//! What each option of a site costs nginx: processor time and memory of `nginx -t` for a thousand sites that have it, beside a
//! thousand that have backends alone; and mech's text beside mechanic's for the same thousand sites.
//!
//! Interleaved rounds in a rotating order, medians. `MECH_OPTIONS_ROUNDS` (7) and `MECH_OPTIONS_SITES` (1000) choose
//! less or more. An option without a value in `GOOD` fails the run before it begins.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark starts programs, reads its environment and reports on the terminal"
)]

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use fs_err as fs;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use serde_json::{Map, Value, json};

use ::mech::model::SiteOption;
use common::machine::{first_line, machine, today};
use common::many::{peak_memory, raise_file_limit, site_list};
use common::mech::{self, MECH};
use common::mechanic::{self, MECHANIC};
use common::nginx::{self, Nginx};
use common::process::{Outcome, median, milliseconds, run};

mod common {
    pub(crate) mod machine;
    pub(crate) mod many;
    pub(crate) mod mech;
    pub(crate) mod mechanic;
    pub(crate) mod nginx;
    pub(crate) mod process;
}

/// One good value of each option: what a site has besides its name, host and backends, as the registry says it.
/// `null` takes a member away; SITE is the shortname, WWW a folder, REDIRECTS and CERTIFICATE are files. What an
/// option needs stands with it.
const GOOD: &[(&str, &str)] = &[
    ("host", r#"{"host": "www.SITE.example.org"}"#),
    ("aliases", r#"{"aliases": ["www.SITE.example.com"]}"#),
    (
        "backends",
        r#"{"backends": ["localhost:3000", "localhost:3001"]}"#,
    ),
    (
        "canonical",
        r#"{"aliases": ["www.SITE.example.com"], "canonical": true}"#,
    ),
    ("default", r#"{"default": true}"#),
    ("static", r#"{"static": "WWW"}"#),
    ("autoindex", r#"{"static": "WWW", "autoindex": true}"#),
    ("https", r#"{"https": true}"#),
    (
        "redirect-to-https",
        r#"{"https": true, "redirect-to-https": true}"#,
    ),
    ("http2", r#"{"https": true, "http2": true}"#),
    ("https-upstream", r#"{"https-upstream": true}"#),
    ("websockets", r#"{"websockets": false}"#),
    (
        "redirect",
        r#"{"backends": null, "redirect": "https://www.example.com/moved"}"#,
    ),
    (
        "redirect-full",
        r#"{"backends": null, "redirect-full": "https://www.example.com"}"#,
    ),
    (
        "permanent",
        r#"{"backends": null, "redirect": "https://www.example.com/moved", "permanent": true}"#,
    ),
    (
        "balance",
        r#"{"backends": ["localhost:3000", "localhost:3001"], "balance": "hash:uri"}"#,
    ),
    (
        "sticky",
        r#"{"backends": ["localhost:3000", "localhost:3001"], "sticky": "cookie"}"#,
    ),
    ("strip-prefix", r#"{"strip-prefix": ["/api"]}"#),
    (
        "backend-protocol",
        r#"{"https": true, "http2": true, "backend-protocol": ["/pkg.Greeter grpc"]}"#,
    ),
    (
        "https-upstream-verify",
        r#"{"https-upstream": true, "https-upstream-verify": "CERTIFICATE"}"#,
    ),
    ("http3", r#"{"https": true, "http3": true}"#),
    ("static-path", r#"{"static-path": ["/assets:WWW"]}"#),
    ("app-first", r#"{"static": "WWW", "app-first": true}"#),
    ("spa", r#"{"backends": null, "static": "WWW", "spa": true}"#),
    ("prerendered", r#"{"static": "WWW", "prerendered": "true"}"#),
    (
        "immutable",
        r#"{"static": "WWW", "immutable": ["/assets"]}"#,
    ),
    ("max-body", r#"{"max-body": ["8m", "/upload 2g"]}"#),
    ("timeout", r#"{"timeout": ["1m", "/reports 10m"]}"#),
    ("buffering", r#"{"buffering": ["/live off"]}"#),
    ("rate", r#"{"rate": ["/login 5r/m burst=3"]}"#),
    ("max-connections", r#"{"max-connections": ["/download 2"]}"#),
    ("auth", r#"{"auth": ["/admin"]}"#),
    (
        "auth-bypass",
        r#"{"auth": ["/admin"], "auth-bypass": ["10.0.0.0/8"]}"#,
    ),
    (
        "forward-auth",
        r#"{"forward-auth": ["http://127.0.0.1:9091/verify"]}"#,
    ),
    ("allow", r#"{"allow": ["/admin 10.0.0.0/8"]}"#),
    ("deny", r#"{"deny": ["192.0.2.0/24"]}"#),
    (
        "redirect-code",
        r#"{"backends": null, "redirect-full": "https://www.example.com", "redirect-code": "308"}"#,
    ),
    ("www", r#"{"www": "add"}"#),
    ("redirect-map", r#"{"redirect-map": "REDIRECTS"}"#),
    ("header", r#"{"header": ["X-Robots-Tag: noindex"]}"#),
    ("security-headers", r#"{"security-headers": true}"#),
    ("hsts", r#"{"https": true, "hsts": "730d"}"#),
    ("error-page", r#"{"error-page": ["404:/missing.html"]}"#),
    ("access-log", r#"{"access-log": false}"#),
];

/// Options that an older nginx does not have: there mech's refusal is told, and is no failure.
const NEWER_ONLY: &[&str] = &["http3"];

/// Options that one site of a registry can have.
const FIRST_ONLY: &[&str] = &["default"];

/// A file of redirects, beside the registry.
const REDIRECTS: &str = "redirects.csv";

/// Files that nginx holds open besides the logs of the sites, rounded up.
const OTHER_FILES: u64 = 200;

/// Names of the rows that are no option.
const PLAIN: &str = "backends alone";
const OURS: &str = "mech: host, alias, two backends; static folder on every other";
const THEIRS: &str = "mechanic: the same sites";

fn main() -> ExitCode {
    if !env::args().any(|argument| argument == "--bench") {
        println!("this takes minutes; run it with `cargo bench --bench options`");
        return ExitCode::SUCCESS;
    }
    match options() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Text that nginx tests, and what was measured of it.
struct Case {
    /// Its line in the table.
    place: usize,
    name: &'static str,
    nginx: Nginx,
    rendered: PathBuf,
    /// Milliseconds on the clock.
    walls: Vec<f64>,
    /// Milliseconds of a processor, which other work on the machine hardly changes.
    times: Vec<f64>,
    /// Megabytes.
    peaks: Vec<f64>,
}

fn options() -> Outcome<()> {
    let values = values()?;
    let (rounds, sites) = (number("ROUNDS", 7)?, number("SITES", 1_000)?);
    let files = raise_file_limit();
    if u64::from(sites) * 2 + OTHER_FILES > files {
        return Err(format!("two logs a site are more than the {files} files of a process").into());
    }
    let program = nginx::program();
    print_setting(&program, rounds, sites);
    let root = tempfile::tempdir()?;
    let mut failures = Vec::new();
    let mut cases = cases(root.path(), &program, &values, sites, &mut failures)?;
    // The first test makes the log files, so those for the memory come before those for the time.
    for case in &mut cases {
        for _ in 0..3 {
            case.peaks
                .push(peak_memory(case.nginx.command().arg("-t"))?);
        }
    }
    for round in 0..rounds {
        cases.rotate_left(usize::from(round > 0));
        for case in &mut cases {
            let (wall, processor) = test(&mut case.nginx.command())?;
            case.walls.push(wall);
            case.times.push(processor);
        }
        eprintln!("round {} of {rounds}", round + 1);
    }
    cases.sort_by_key(|case| case.place);
    print_table(&cases)?;
    if failures.is_empty() {
        return Ok(());
    }
    Err(format!(
        "not everything could be measured:\n- {}",
        failures.join("\n- ")
    )
    .into())
}

/// All that is to be tested, rendered; what could not be goes to the failures.
fn cases(
    root: &Path,
    program: &Path,
    values: &[(&'static str, Map<String, Value>)],
    sites: u32,
    failures: &mut Vec<String>,
) -> Outcome<Vec<Case>> {
    let pair = certificate(root)?;
    let mut rendered = Vec::new();
    let plain = [(PLAIN, Map::new())];
    for (name, members) in plain.iter().chain(values) {
        let prefix = root.join(name.replace(' ', "-"));
        let list: Vec<Value> = (1..=sites)
            .map(|number| site(number, name, members, &prefix))
            .collect();
        rendered.push((*name, ours(&prefix, program, &list, &pair)));
    }
    let prefix = root.join("ours");
    let list = site_list(sites, &prefix);
    rendered.push((OURS, ours(&prefix, program, &list, &pair)));
    rendered.push((THEIRS, theirs(&root.join("theirs"), program, sites)));
    let mut cases = Vec::new();
    for (place, (name, result)) in rendered.into_iter().enumerate() {
        match result {
            Ok((nginx, rendered)) => cases.push(Case {
                place,
                name,
                nginx,
                rendered,
                walls: Vec::new(),
                times: Vec::new(),
                peaks: Vec::new(),
            }),
            Err(error) if NEWER_ONLY.contains(&name) => {
                println!("- not measured: {}", reason(error.as_ref()));
            }
            Err(error) => failures.push(format!("{name}: {error}")),
        }
    }
    println!();
    Ok(cases)
}

/// What mech said, without the command that was run.
fn reason(error: &dyn Error) -> String {
    let text = error.to_string();
    let said = text
        .split_once("error: ")
        .map_or(text.as_str(), |(_, said)| said);
    said.lines().next().unwrap_or_default().to_owned()
}

/// The value of each option there is; an error that names those without one, and values of no option.
fn values() -> Outcome<Vec<(&'static str, Map<String, Value>)>> {
    let is_there = |option: &SiteOption| GOOD.iter().any(|(name, _)| *name == option.name());
    let without = SiteOption::ALL.iter().filter(|option| !is_there(option));
    let mut wrong: Vec<String> = without
        .map(|option| {
            format!(
                "the option `{}` has no value in `GOOD` of benches/options.rs",
                option.name()
            )
        })
        .collect();
    let mut values = Vec::new();
    for (name, text) in GOOD {
        if SiteOption::named(name).is_none() {
            wrong.push(format!(
                "`GOOD` of benches/options.rs has a value for `{name}`, which is no option"
            ));
        }
        match serde_json::from_str(text) {
            Ok(Value::Object(members)) => values.push((*name, members)),
            _ => wrong.push(format!("the value of `{name}` in `GOOD` is no JSON object")),
        }
    }
    if wrong.is_empty() {
        return Ok(values);
    }
    Err(wrong.join("\n").into())
}

fn site(number: u32, option: &str, members: &Map<String, Value>, prefix: &Path) -> Value {
    let name = format!("s{number}");
    let mut site = json!({
        "shortname": name,
        "host": format!("{name}.example.com"),
        "backends": ["localhost:3000"],
    });
    if number > 1 && FIRST_ONLY.contains(&option) {
        return site;
    }
    let path = |name: &str| prefix.join(name).display().to_string();
    let places = [
        ("SITE", name.clone()),
        ("WWW", path("www")),
        ("REDIRECTS", path(REDIRECTS)),
        ("CERTIFICATE", path("certs/s1.cer")),
    ];
    for (member, value) in members {
        site[member] = placed(value, &places);
    }
    if let Value::Object(members) = &mut site {
        members.retain(|_, value| !value.is_null());
    }
    site
}

/// The value with the words that stand for others replaced, wherever they are in it.
fn placed(value: &Value, places: &[(&str, String)]) -> Value {
    match value {
        Value::String(text) => {
            let replace = |text: String, (word, with): &(&str, String)| text.replace(word, with);
            json!(places.iter().fold(text.clone(), replace))
        }
        Value::Array(items) => items.iter().map(|item| placed(item, places)).collect(),
        other => other.clone(),
    }
}

/// Sites rendered by mech.
fn ours(
    prefix: &Path,
    program: &Path,
    sites: &[Value],
    pair: &[PathBuf; 2],
) -> Outcome<(Nginx, PathBuf)> {
    let nginx = Nginx::prepare(prefix, program, "1", "")?;
    fs::write(prefix.join(REDIRECTS), "/old,/new,301\n/older,/new\n")?;
    let tls = ["https", "https-upstream"];
    if sites
        .iter()
        .any(|site| tls.iter().any(|option| site[*option] == true))
    {
        for site in sites {
            let name = site["shortname"].as_str().unwrap_or_default();
            for (file, end) in pair.iter().zip(["cer", "key"]) {
                fs::copy(file, prefix.join(format!("certs/{name}.{end}")))?;
            }
        }
    }
    let registry = mech::write_registry(&nginx, sites)?;
    let rendered = mech::refresh(&nginx, &registry)?;
    Ok((nginx, rendered))
}

/// The sites of the comparison rendered by mechanic.
fn theirs(prefix: &Path, program: &Path, sites: u32) -> Outcome<(Nginx, PathBuf)> {
    let app = mechanic::install()?;
    let nginx = Nginx::prepare(prefix, program, "1", "")?;
    let registry = mechanic::write_registry(&nginx, &app, "true", &site_list(sites, prefix))?;
    run(mechanic::command(&app, &registry).arg("refresh"))?;
    let rendered = prefix.join("conf.d/mechanic.conf");
    Ok((nginx, rendered))
}

/// Runs `nginx -t`; returns the milliseconds on the clock and of the processor.
fn test(command: &mut Command) -> Outcome<(f64, f64)> {
    command.arg("-t").stdin(Stdio::null());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let pid = i32::try_from(child.id())?;
    let id = WaitId::Pid(Pid::from_raw(pid).ok_or("no process has the number 0")?);
    // Ended, but not yet forgotten, so that the kernel still has its time.
    let ended = waitid(id, WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    let wall = milliseconds(begun.elapsed());
    let times = fs::read_to_string(format!("/proc/{pid}/schedstat"));
    let status = child.wait()?;
    ended?;
    if !status.success() {
        return Err(format!("{command:?}: {status}").into());
    }
    let times = times?;
    let nanoseconds = times.split(' ').next().unwrap_or_default();
    Ok((wall, nanoseconds.parse::<f64>()? / 1e6))
}

/// A certificate and its key, which all sites with TLS share.
fn certificate(folder: &Path) -> Outcome<[PathBuf; 2]> {
    let pair = ["pair.cer", "pair.key"].map(|name| folder.join(name));
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=example.com",
    ]);
    command.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    command
        .arg("-out")
        .arg(&pair[0])
        .arg("-keyout")
        .arg(&pair[1]);
    run(&mut command)?;
    Ok(pair)
}

fn print_table(cases: &[Case]) -> Outcome<()> {
    println!(
        "| option | `nginx -t` | processor | more than plain | x plain | peak memory | more | text |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|---:|");
    let Some(plain) = cases.iter().find(|case| case.name == PLAIN) else {
        return Err("the plain sites could not be measured".into());
    };
    for case in cases {
        let (time, peak) = (median(&case.times), highest(&case.peaks));
        let more = median(&against(case, plain, |ours, theirs| ours - theirs));
        let times = median(&against(case, plain, |ours, theirs| ours / theirs));
        let memory = peak - highest(&plain.peaks);
        let text = fs::metadata(&case.rendered)?.len() / 1024;
        println!(
            "| {} | {:.1} ms | {time:.1} ms | {more:+.1} ms | {times:.2} | {peak:.1} MB | {memory:+.1} MB | {text} kB |",
            case.name,
            median(&case.walls),
        );
    }
    let find = |name: &str| cases.iter().find(|case| case.name == name);
    if let (Some(ours), Some(theirs)) = (find(OURS), find(THEIRS)) {
        let quicker = median(&against(theirs, ours, |theirs, ours| theirs / ours));
        let verdict = if quicker > 1.0 { "met" } else { "MISSED" };
        println!("\ngoal: mechanic's text takes longer than mech's: {quicker:.2} x, {verdict}");
    }
    Ok(())
}

/// A look at a running process can only miss some of its peak.
fn highest(peaks: &[f64]) -> f64 {
    peaks.iter().copied().fold(0.0, f64::max)
}

/// Two cases, round by round.
fn against(case: &Case, other: &Case, compare: fn(f64, f64) -> f64) -> Vec<f64> {
    let pairs = case.times.iter().zip(&other.times);
    pairs.map(|(one, other)| compare(*one, *other)).collect()
}

fn number(name: &str, otherwise: u32) -> Outcome<u32> {
    let name = format!("MECH_OPTIONS_{name}");
    let Ok(text) = env::var(&name) else {
        return Ok(otherwise);
    };
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(format!("`{name}={text}` is no number above 0").into()),
    }
}

fn print_setting(nginx: &Path, rounds: u32, sites: u32) {
    println!("# The cost of an option for {sites} sites\n");
    println!("- {}", today());
    println!("- {}", machine());
    println!("- {}", first_line(Command::new(nginx).arg("-v")));
    println!(
        "- {}, {MECHANIC}",
        first_line(Command::new(MECH).arg("--version"))
    );
    println!(
        "- medians of {rounds} interleaved rounds; an option stands with those that it needs\n"
    );
}

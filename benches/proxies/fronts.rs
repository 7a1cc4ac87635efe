//! The proxies that are compared, each with the same three sites.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Instant;

use fs_err as fs;
use serde_json::{Value, json};

use super::apps::{Apps, filled};
use super::rivals::Rivals;
use super::running::{PATIENCE, Running, TICK};
use crate::common::nginx::{Nginx, free_ports, temporary_paths};
use crate::common::process::{Outcome, run};
use crate::common::{mech, mechanic};
use crate::{App, Work};

/// A proxy.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Front {
    Mech,
    Mechanic,
    HandTuned,
    Caddy,
    Haproxy,
}

/// A proxy that runs.
pub(crate) struct Contestant {
    pub(crate) front: Front,
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    pub(crate) running: Running,
}

/// Where a proxy's standard output goes.
const WORDS: &str = "words.log";

/// What the app is told by all, and by all but mechanic.
const TOLD: [&str; 6] = [
    "x-real-ip",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-request-id",
];

/// What Debian's nginx.conf says before it includes the sites, as far as it bears on traffic.
const STOCK: &str = "    sendfile on;\n    tcp_nopush on;\n    types_hash_max_size 2048;\n    \
    types { text/html html; application/javascript js; }\n    \
    default_type application/octet-stream;\n    gzip on;\n";

impl Front {
    pub(crate) const ALL: [Self; 5] = [
        Self::Mech,
        Self::Mechanic,
        Self::HandTuned,
        Self::Caddy,
        Self::Haproxy,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Mech => "mech",
            Self::Mechanic => "mechanic",
            Self::HandTuned => "hand-tuned",
            Self::Caddy => "Caddy",
            Self::Haproxy => "HAProxy",
        }
    }

    /// `HAProxy` serves no files.
    pub(crate) fn does(self, work: &Work) -> bool {
        self != Self::Haproxy || work.app != App::Files
    }
}

impl Contestant {
    pub(crate) fn start(
        front: Front,
        root: &Path,
        nginx: &Path,
        rivals: &Rivals,
        apps: &Apps,
    ) -> Outcome<Self> {
        let folder = root.join(front.name());
        let www = root.join("www");
        fs::create_dir_all(folder.join("logs"))?;
        fs::create_dir_all(folder.join("tmp"))?;
        let (port, mut command) = match front {
            Front::Mech => {
                let nginx = Nginx::prepare(&folder, nginx, "1", STOCK)?;
                let registry = mech::write_registry(&nginx, &sites(apps, &www))?;
                mech::refresh(&nginx, &registry)?;
                (nginx.http, foreground(&nginx))
            }
            Front::Mechanic => {
                let nginx = Nginx::prepare(&folder, nginx, "1", STOCK)?;
                mechanic_site(&nginx, root, &sites(apps, &www))?;
                (nginx.http, foreground(&nginx))
            }
            Front::HandTuned => {
                let text = include_str!("hand-tuned.conf");
                let (port, file) = configured(text, root, &folder, apps)?;
                let mut command = Command::new(nginx);
                command.arg("-p").arg(&folder).arg("-c").arg(&file);
                (port, command)
            }
            Front::Caddy => {
                let text = include_str!("Caddyfile");
                let (port, file) = configured(text, root, &folder, apps)?;
                let mut command = rivals.caddy()?;
                command.env("GOMAXPROCS", "1");
                for home in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
                    command.env(home, &folder);
                }
                command
                    .args(["run", "--adapter", "caddyfile", "--config"])
                    .arg(&file);
                (port, command)
            }
            Front::Haproxy => {
                let text = include_str!("haproxy.cfg");
                let (port, file) = configured(text, root, &folder, apps)?;
                let mut command = rivals.haproxy()?;
                command.arg("-db").arg("-f").arg(&file);
                (port, command)
            }
        };
        let running = Running::start(&mut command, &folder.join(WORDS), port)?;
        let contestant = Self {
            front,
            port,
            folder,
            running,
        };
        contestant.check_what_it_does()?;
        Ok(contestant)
    }

    /// The header by which a client asks for the site of an app.
    pub(crate) fn host(&self, app: App) -> String {
        format!("Host: {}:{}", app.host(), self.port)
    }

    /// Equal work: the app is told the same of a request, and a line is written about it.
    fn check_what_it_does(&self) -> Outcome<()> {
        let name = self.front.name();
        let mut command = Command::new("curl");
        command.args(["--silent", "--show-error", "--fail", "--max-time", "10"]);
        command.args(["--header", &self.host(App::Node)]);
        command.arg(format!("http://127.0.0.1:{}/told", self.port));
        let told: Value = serde_json::from_slice(&run(&mut command)?.1.stdout)?;
        let wanted = match self.front {
            // All that it tells.
            Front::Mechanic => &TOLD[..3],
            _ => &TOLD[..],
        };
        if let Some(missing) = wanted.iter().find(|header| told[**header].is_null()) {
            return Err(format!("{name} does not tell the app `{missing}`").into());
        }
        let log = match self.front {
            Front::Haproxy => WORDS,
            _ => "logs/node.access.log",
        };
        let begun = Instant::now();
        while !fs::read_to_string(self.folder.join(log))?.contains("/told") {
            if begun.elapsed() > PATIENCE {
                return Err(format!("{name} writes no line into `{log}`").into());
            }
            sleep(TICK);
        }
        Ok(())
    }
}

/// The sites as mech's and mechanic's registries have them.
fn sites(apps: &Apps, www: &Path) -> Vec<Value> {
    let site = |app: App, port: u16| {
        json!({
            "shortname": app.host().trim_end_matches(".test"),
            "host": app.host(),
            "backends": [format!("localhost:{port}")],
        })
    };
    let mut files = site(App::Files, apps.quick);
    files["static"] = json!(www);
    vec![
        site(App::Node, apps.node),
        site(App::Quick, apps.quick),
        files,
    ]
}

/// mechanic's own text, but that its files are compressed as hard as mech's.
fn mechanic_site(nginx: &Nginx, root: &Path, sites: &[Value]) -> Outcome<()> {
    let app = mechanic::install()?;
    let registry = mechanic::write_registry(nginx, &app, "true", sites)?;
    let overrides = nginx.prefix.join("overrides/files");
    fs::create_dir_all(&overrides)?;
    let level = format!("gzip_comp_level {};\n", gzip_level(root)?);
    fs::write(overrides.join("server"), level)?;
    run(mechanic::command(&app, &registry).arg("refresh"))?;
    Ok(())
}

fn foreground(nginx: &Nginx) -> Command {
    let mut command = nginx.command();
    command.args(["-g", "daemon off;"]);
    command
}

/// Writes a configuration for a free port; returns both.
fn configured(text: &str, root: &Path, folder: &Path, apps: &Apps) -> Outcome<(u16, PathBuf)> {
    let [port] = free_ports()?;
    let text = filled(
        text,
        &[
            ("port", &port.to_string()),
            ("prefix", &folder.display().to_string()),
            ("temporary", &temporary_paths(folder)),
            ("www", &root.join("www").display().to_string()),
            ("node", &apps.node.to_string()),
            ("quick", &apps.quick.to_string()),
            ("gzip_level", &gzip_level(root)?),
        ],
    );
    let file = folder.join("configuration");
    fs::write(&file, text)?;
    Ok((port, file))
}

/// How hard mech's sites compress; all others do the same. mech is the first to be configured.
fn gzip_level(root: &Path) -> Outcome<String> {
    let text = fs::read_to_string(root.join("mech/conf.d/mech.conf"))?;
    let mut directives = text.lines().map(str::trim);
    let level =
        directives.find_map(|line| line.strip_prefix("gzip_comp_level ")?.strip_suffix(';'));
    // nginx's own.
    Ok(level.unwrap_or("1").to_owned())
}

//! Renders registries by the library and asks real nginx about each text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Ipv6Addr, TcpListener};
use std::thread;

use mech::format::read_registry;
use mech::model::{Change, Registry};
use mech::render::{
    Capabilities, Facts, NginxVersion, OverrideFile, Overrides, Places, Renderer, UserConfig,
};
use mech::syntax::parse;
use serde_json::{Value, json};

use super::choices::BACKEND_FILE;
use crate::harness::{Cert, Nginx, free_port};

/// As many as a small machine has processors; each has an nginx of its own.
const JUDGES: usize = 2;

/// What became of a registry.
pub(super) enum Verdict {
    Accepted,
    /// By mech.
    Refused(String),
    /// By nginx, or accepted with a warning.
    Rejected(String),
}

/// Private nginxes that are asked and never run.
pub(super) struct Judge {
    nginxes: Vec<(Nginx, Facts)>,
    ports: [u16; 2],
}

/// The facts of a machine whose folders lie in `prefix`.
pub(super) fn facts(prefix: &std::path::Path, version: NginxVersion) -> Facts {
    let backends = ["3000", "3001", "unix:/run/listed.sock", "[::1]:3002"];
    let backends = backends.iter().map(|text| text.parse().unwrap());
    Facts {
        nginx: Capabilities { version },
        places: Places {
            registry: prefix.join("registry.json"),
            conf: prefix.join("conf.d"),
            overrides: prefix.join("overrides"),
            logs: prefix.join("logs"),
            certs: prefix.join("certs"),
        },
        ipv6: TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok(),
        ipv6_only: BTreeSet::new(),
        files: BTreeMap::from([(BACKEND_FILE.to_owned(), backends.collect())]),
        overrides: BTreeMap::new(),
        user: UserConfig::default(),
    }
}

/// The registry of a JSON text.
pub(super) fn parsed(text: &Value) -> Result<Registry, String> {
    let loaded = read_registry(&text.to_string()).map_err(|error| error.to_string())?;
    let settled = loaded.registry.apply(&Change::Refresh);
    settled.map_err(|error| error.to_string())
}

impl Judge {
    pub(super) fn new() -> Self {
        let nginxes = (0..JUDGES)
            .map(|_| {
                let nginx = Nginx::private().stopped();
                let certs = nginx.prefix().join("certs");
                let cert = Cert::make(&certs, "site0", &["example.com"]);
                for number in 1..5 {
                    fs::copy(&cert.cer, certs.join(format!("site{number}.cer"))).unwrap();
                    fs::copy(&cert.key, certs.join(format!("site{number}.key"))).unwrap();
                }
                let facts = facts(nginx.prefix(), version_of(&nginx));
                (nginx, facts)
            })
            .collect();
        let ports = [free_port(), free_port()];
        Self { nginxes, ports }
    }

    /// The same, with these override files for the site `site0`.
    pub(super) fn with_overrides(mut self, files: &[(&str, &str)]) -> Self {
        for (nginx, facts) in &mut self.nginxes {
            let folder = nginx.prefix().join("overrides/site0");
            fs::create_dir_all(&folder).unwrap();
            let read = |name: &str| {
                let (_, text) = files.iter().find(|(file, _)| *file == name)?;
                fs::write(folder.join(name), text).unwrap();
                let directives = parse(text.as_bytes()).unwrap();
                Some(OverrideFile { directives })
            };
            let overrides = Overrides {
                top: read("top"),
                server: read("server"),
                location: read("location"),
                proxy: read("proxy"),
            };
            facts.overrides.insert("site0".to_owned(), overrides);
        }
        self
    }

    /// One verdict for each case, in their order.
    pub(super) fn all(&self, cases: &[Value]) -> Vec<Verdict> {
        let share = cases.len().div_ceil(JUDGES).max(1);
        let renderer = Renderer::new(&[]).unwrap();
        thread::scope(|scope| {
            let judged: Vec<_> = cases
                .chunks(share)
                .zip(&self.nginxes)
                .map(|(cases, (nginx, facts))| {
                    let tera = &renderer;
                    scope.spawn(move || {
                        cases
                            .iter()
                            .map(|case| self.one(case, tera, nginx, facts))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            judged
                .into_iter()
                .flat_map(|judge| judge.join().unwrap())
                .collect()
        })
    }

    fn one(&self, case: &Value, tera: &Renderer, nginx: &Nginx, facts: &Facts) -> Verdict {
        let mut case = case.clone();
        case["settings"]["http-port"] = json!(self.ports[0]);
        case["settings"]["https-port"] = json!(self.ports[1]);
        let rendered = parsed(&case).and_then(|registry| {
            let rendered = tera.render(&registry, facts);
            rendered.map_err(|error| error.to_string())
        });
        let text = match rendered {
            Ok(rendered) => rendered.text,
            Err(words) => return Verdict::Refused(words),
        };
        nginx.add_conf("mech.conf", &text);
        match nginx.test() {
            Ok(said) if !said.contains("[warn]") => Verdict::Accepted,
            Ok(said) | Err(said) => Verdict::Rejected(format!("{said}\n{text}")),
        }
    }
}

/// The version of the nginx that is here.
fn version_of(nginx: &Nginx) -> NginxVersion {
    let command = nginx.command();
    let program = command.split(' ').next().unwrap();
    let run = std::process::Command::new(program)
        .arg("-v")
        .output()
        .unwrap();
    let said = String::from_utf8(run.stderr).unwrap();
    let version = said.trim().rsplit('/').next().unwrap();
    let version = version.split(' ').next().unwrap();
    version.parse().unwrap()
}

//! Renders registries by the library and asks real nginx about each text.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Ipv6Addr, TcpListener};
use std::thread;

use mech::format::read_registry;
use mech::model::{Change, RedirectCode, Registry, Trust, Trusted};
use mech::render::{
    Capabilities, Facts, MapRedirect, Modules, NginxVersion, OverrideFile, Overrides, Places,
    Renderer, UserConfig,
};
use mech::syntax::parse;
use serde_json::{Value, json};

use super::choices::{BACKEND_FILE, ERROR_FILE};
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
        nginx: Capabilities {
            version,
            // Those with which Debian builds all of its own; of HTTP/3 only newer ones.
            modules: Modules {
                gzip_static: true,
                realip: true,
                auth_request: true,
                http2: true,
                ..Modules::default()
            },
        },
        places: Places {
            registry: prefix.join("registry.json"),
            conf: prefix.join("conf.d"),
            overrides: prefix.join("overrides"),
            logs: prefix.join("logs"),
            certs: prefix.join("certs"),
            passwords: prefix.join("passwords"),
        },
        ipv6: TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok(),
        ipv6_only: BTreeSet::new(),
        files: BTreeMap::from([(BACKEND_FILE.to_owned(), backends.collect())]),
        overrides: BTreeMap::new(),
        user: UserConfig::default(),
        addresses: BTreeMap::new(),
        resolvers: Vec::new(),
        redirects: BTreeMap::new(),
        trusted: Vec::new(),
        error_files: BTreeSet::from([ERROR_FILE.to_owned()]),
        ca_bundle: None,
    }
}

/// The facts of the files that a registry names.
fn beside(registry: &Registry, facts: &Facts) -> Facts {
    let mut facts = facts.clone();
    let mapped = registry
        .sites
        .iter()
        .filter(|site| site.redirect_map.is_some());
    for site in mapped {
        let line = |from: &str, to: &str, code| MapRedirect {
            from: from.to_owned(),
            to: to.to_owned(),
            code,
        };
        let lines = vec![
            line("/old page;{", "/new%20page?a=$b", None),
            line(
                "/api",
                "https://elsewhere.com/$x",
                Some(RedirectCode::Permanent),
            ),
            line("/", "/start", None),
        ];
        facts.redirects.insert(site.name.folded(), lines);
    }
    let trust = registry.settings.trust.iter().flat_map(Trust::entries);
    facts.trusted = trust
        .filter_map(|entry| match entry {
            Trusted::Network(network) => Some(*network),
            _ => None,
        })
        .collect();
    facts
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
                let facts = facts(nginx.prefix(), nginx.version());
                (nginx, facts)
            })
            .collect();
        let ports = [free_port(), free_port()];
        Self { nginxes, ports }
    }

    /// The version of the nginx that judges.
    pub(super) fn version(&self) -> NginxVersion {
        self.nginxes[0].1.nginx.version
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
                ..Overrides::default()
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
            let rendered = tera.render(&registry, &beside(&registry, facts));
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

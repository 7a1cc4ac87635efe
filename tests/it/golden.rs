//! Whole texts: `tests/cases/CLAIM/registry.json` renders to `mech.conf` beside it, byte for byte, and nginx accepts it.
//!
//! `files/…` holds the text of `@FILE` backends, `overrides/SITE/…` override files, `hosts` the addresses of names as
//! `/etc/hosts` does. `from.txt` says where a case comes from; nothing reads it. `UPDATE=1` rewrites the texts.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads and rewrites files of the source tree"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, TcpListener};
use std::path::{Path, PathBuf};

use mech::format::{print_registry, read_registry};
use mech::model::{Backend, Cidr, Registry, Site, Trust, Trusted};
use mech::render::{
    Capabilities, Facts, Modules, OverrideFile, Overrides, Places, Renderer, UserConfig,
};
use mech::syntax::parse;
use similar::TextDiff;

use crate::harness::{Cert, Nginx, free_port};

const OVERRIDES: &str = "/etc/nginx/mech-overrides";
const LOGS: &str = "/var/log/nginx";
const CERTS: &str = "/etc/nginx/certs";
const PASSWORDS: &str = "/var/lib/mech/registry.d/passwords";

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut cases: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 15, "{} cases", cases.len());
    cases
}

fn registry(case: &Path) -> Registry {
    let path = case.join("registry.json");
    let text = fs::read_to_string(&path).unwrap();
    let registry = read_registry(&text)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        .registry;
    assert_eq!(
        print_registry(&registry),
        text,
        "{} is not as mech writes it",
        path.display()
    );
    registry
}

fn override_file(case: &Path, site: &Site, name: &str) -> Option<OverrideFile> {
    let bytes = fs::read(case.join("overrides").join(site.name.as_str()).join(name)).ok()?;
    Some(OverrideFile {
        directives: parse(&bytes).unwrap(),
    })
}

/// The addresses that the file `hosts` of a case gives to names; a case without host names has none.
fn addresses(case: &Path) -> BTreeMap<String, Vec<IpAddr>> {
    let mut addresses: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    for line in fs::read_to_string(case.join("hosts"))
        .unwrap_or_default()
        .lines()
    {
        let (address, name) = line.split_once(' ').unwrap();
        let of = addresses.entry(name.to_owned()).or_default();
        of.push(address.parse().unwrap());
    }
    addresses
}

/// The networks that the setting `trust` names by themselves.
fn trusted(registry: &Registry) -> Vec<Cidr> {
    let entries = registry.settings.trust.iter().flat_map(Trust::entries);
    let networks = entries.map(|entry| match entry {
        Trusted::Network(network) => *network,
        other => panic!("a case has no networks for `{other}`"),
    });
    networks.collect()
}

/// A Debian with nginx 1.22.1 and IPv6, whatever the machine of the test is.
fn facts(case: &Path, registry: &Registry) -> Facts {
    let mut files = BTreeMap::new();
    let mut overrides = BTreeMap::new();
    for site in &registry.sites {
        for file in site.backend_files() {
            let text = fs::read_to_string(format!("{}/files{file}", case.display())).unwrap();
            let backends: Vec<Backend> = text
                .split_whitespace()
                .map(|word| word.parse().unwrap())
                .collect();
            files.insert(file.to_string(), backends);
        }
        let own = Overrides {
            top: override_file(case, site, "top"),
            server: override_file(case, site, "server"),
            location: override_file(case, site, "location"),
            proxy: override_file(case, site, "proxy"),
            paths: BTreeMap::new(),
        };
        overrides.insert(site.name.folded(), own);
    }
    Facts {
        nginx: Capabilities {
            version: "1.22.1".parse().unwrap(),
            modules: Modules {
                realip: true,
                ..Modules::default()
            },
        },
        places: Places {
            registry: "/var/lib/mech/registry.json".into(),
            conf: "/etc/nginx/conf.d".into(),
            overrides: OVERRIDES.into(),
            logs: LOGS.into(),
            certs: CERTS.into(),
            passwords: PASSWORDS.into(),
        },
        ipv6: true,
        ipv6_only: BTreeSet::new(),
        files,
        overrides,
        user: UserConfig::default(),
        addresses: addresses(case),
        resolvers: Vec::new(),
        redirects: BTreeMap::new(),
        trusted: trusted(registry),
        error_files: BTreeSet::new(),
        ca_bundle: None,
    }
}

#[test]
fn every_case_renders_to_its_text() {
    let renderer = Renderer::new(&[]).unwrap();
    let mut failures = String::new();
    for case in cases() {
        let registry = registry(&case);
        let text = renderer
            .render(&registry, &facts(&case, &registry))
            .unwrap()
            .text;
        let path = case.join("mech.conf");
        if std::env::var_os("UPDATE").is_some() {
            fs::write(&path, &text).unwrap();
        }
        let golden = fs::read_to_string(&path).unwrap_or_default();
        if golden != text {
            failures.extend([path.to_str().unwrap(), "\n"]);
            failures.push_str(
                &TextDiff::from_lines(&golden, &text)
                    .unified_diff()
                    .to_string(),
            );
        }
    }
    assert!(
        failures.is_empty(),
        "UPDATE=1 cargo test --test it golden, if this is meant:\n{failures}"
    );
}

#[test]
fn nginx_accepts_every_text_without_a_warning() {
    let nginx = Nginx::private().stopped();
    let prefix = nginx.prefix().to_owned();
    let pair = Cert::make(&prefix, "any", &["any.example"]);
    let (http, https) = (free_port(), free_port());
    let ipv6 = TcpListener::bind("[::1]:0").is_ok();
    for case in cases() {
        for site in registry(&case).sites.iter().filter(|site| site.is_https()) {
            fs::copy(&pair.cer, prefix.join(format!("certs/{}.cer", site.name))).unwrap();
            fs::copy(&pair.key, prefix.join(format!("certs/{}.key", site.name))).unwrap();
        }
        let golden = fs::read_to_string(case.join("mech.conf")).unwrap();
        let text: String = golden
            .replace(OVERRIDES, &case.join("overrides").display().to_string())
            .replace(LOGS, &prefix.join("logs").display().to_string())
            .replace(CERTS, &prefix.join("certs").display().to_string())
            .lines()
            // A test opens sockets: only root may have the low ones, and not every machine has IPv6.
            .filter(|line| ipv6 || !line.trim_start().starts_with("listen ["))
            .flat_map(|line| [on_free_ports(line, http, https), "\n".to_owned()])
            .collect();
        nginx.add_conf("mech.conf", &text);
        let said = nginx
            .test()
            .unwrap_or_else(|said| panic!("{}:\n{said}", case.display()));
        for line in said.lines() {
            // From 1.25.1 on nginx prefers another word for what 1.22.1 knows only so.
            let known = line.contains("the \"listen ... http2\" directive is deprecated");
            assert!(
                known || !line.contains("[warn]"),
                "{}:\n{said}",
                case.display()
            );
        }
    }
}

fn on_free_ports(line: &str, http: u16, https: u16) -> String {
    let Some((indent, rest)) = line.split_once("listen ") else {
        return line.to_owned();
    };
    let (address, rest) = rest.split_at(rest.find([' ', ';']).unwrap());
    let (host, port) = address
        .rfind(':')
        .map_or(("", address), |colon| address.split_at(colon + 1));
    let port = match port {
        "80" | "8080" => http,
        "443" | "8443" => https,
        other => panic!("`{line}` listens on {other}"),
    };
    format!("{indent}listen {host}{port}{rest}")
}

//! Random machines: an nginx, its modules, override files, name servers, and the files that a registry names.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;

use mech::model::{Backend, BackendHost, Registry, SettingKey, Site, Target};
use mech::render::{
    Capabilities, Facts, MapRedirect, Modules, OverrideFile, Overrides, Places, UserConfig,
};
use mech::syntax::parse;
use proptest::prelude::*;

/// Override files that set what mech sets too, some with arguments that would break out of a careless writer.
const OVERRIDES: &[&str] = &[
    "client_max_body_size 1m;",
    "client_max_body_size '; } server { listen 1; }';",
    "gzip off; gzip_types a/b; proxy_http_version 1.0;",
    "proxy_set_header X-Forwarded-For $http_x; proxy_set_header CONNECTION close;",
    "proxy_buffers 4 8k; root /x; expires 1d; try_files /x =404;",
    "error_page 405 /x; proxy_connect_timeout 1s; proxy_redirect default;",
    "add_header X-Own 'a; }' always; error_page 404 /x; proxy_hide_header X-A; proxy_read_timeout 1s;",
    "ssl_session_tickets on; ssl_ciphers DEFAULT; proxy_ssl_name x; proxy_ssl_server_name off;",
];

/// What is random about a machine.
#[derive(Clone, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is there or not by chance"
)]
pub(super) struct Machine {
    version: &'static str,
    ipv6: bool,
    ipv6_only: bool,
    files: Vec<String>,
    overrides: Vec<(usize, usize)>,
    modules: bool,
    /// Whether there is a name server, and what it says of names.
    resolver: bool,
    resolved: Vec<IpAddr>,
    moved: Vec<(String, String)>,
}

pub(super) fn machine() -> impl Strategy<Value = Machine> {
    let version = prop::sample::select(vec![
        "1.18.0", "1.19.4", "1.22.1", "1.25.1", "1.27.4", "1.31.0",
    ]);
    let files = prop::collection::vec(
        "[1-9][0-9]{3}|unix:/run/[a-z]{1,3}|\\[::1\\]:9|b\\.internal:8",
        1..3,
    );
    let overrides = prop::collection::vec((0..5_usize, 0..OVERRIDES.len()), 0..3);
    let modules = prop::bool::weighted(0.8);
    let addresses = vec!["10.9.8.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    let resolved = prop::sample::subsequence(addresses, 0..=2);
    let moved = prop::collection::vec(
        (
            "/[ -~é]{0,12}",
            "/[!-~]{0,12}|https://[a-z]{1,4}/[!-~]{0,9}",
        ),
        0..3,
    );
    (
        (version, any::<bool>(), any::<bool>(), files, overrides),
        (modules, any::<bool>(), resolved, moved),
    )
        .prop_map(
            |(
                (version, ipv6, ipv6_only, files, overrides),
                (modules, resolver, resolved, moved),
            )| {
                Machine {
                    version,
                    ipv6,
                    ipv6_only,
                    files,
                    overrides,
                    modules,
                    resolver,
                    resolved,
                    moved,
                }
            },
        )
}

impl Machine {
    /// A machine with nothing odd about it.
    pub(super) fn plain(version: &'static str) -> Self {
        Self {
            version,
            ipv6: true,
            ipv6_only: false,
            files: vec!["1".to_owned()],
            overrides: Vec::new(),
            modules: true,
            resolver: false,
            resolved: Vec::new(),
            moved: Vec::new(),
        }
    }

    /// With name servers that nginx can ask.
    pub(super) fn with_resolver(mut self) -> Self {
        self.resolver = true;
        self
    }

    /// With a line in each redirect map.
    pub(super) fn with_moved(mut self, from: &str, to: &str) -> Self {
        self.moved.push((from.to_owned(), to.to_owned()));
        self
    }

    pub(super) fn facts(&self, registry: &Registry) -> Facts {
        let place = |key: SettingKey, default: &str| {
            PathBuf::from(
                registry
                    .settings
                    .value(key)
                    .map_or(default.to_owned(), |value| value.to_text()),
            )
        };
        let listed: Vec<Backend> = self
            .files
            .iter()
            .map(|text| text.parse().unwrap())
            .collect();
        let files = registry.sites.iter().flat_map(Site::backend_files);
        let mut overrides = BTreeMap::new();
        for (at, site) in registry.sites.iter().enumerate() {
            let mut own = Overrides::default();
            for (kind, text) in self
                .overrides
                .iter()
                .filter(|(kind, text)| (kind + text + at) % 2 == 0)
            {
                let file = Some(OverrideFile {
                    directives: parse(OVERRIDES[*text].as_bytes()).unwrap(),
                });
                match kind {
                    0 => own.top = file,
                    1 => own.server = file,
                    2 => own.location = file,
                    _ => own.proxy = file,
                }
            }
            overrides.insert(site.name.folded(), own);
        }
        Facts {
            nginx: Capabilities {
                version: self.version.parse().unwrap(),
                modules: Modules {
                    gzip_static: self.modules,
                    brotli_static: self.modules,
                    realip: self.modules,
                    auth_request: self.modules,
                    http2: self.modules,
                    http3: self.modules,
                },
            },
            places: Places {
                registry: "/var/lib/mech/registry.json".into(),
                conf: place(SettingKey::Conf, "/etc/nginx/conf.d"),
                overrides: place(SettingKey::Overrides, "/etc/nginx/mech-overrides"),
                logs: place(SettingKey::Logs, "/var/log/nginx"),
                certs: place(SettingKey::Certs, "/etc/nginx/certs"),
                passwords: "/var/lib/mech/registry.d/passwords".into(),
            },
            ipv6: self.ipv6,
            ipv6_only: if self.ipv6_only {
                (1..=5000).collect()
            } else {
                BTreeSet::new()
            },
            files: files
                .map(|path| (path.to_string(), listed.clone()))
                .collect(),
            overrides,
            user: UserConfig::default(),
            addresses: self.addresses(registry),
            resolvers: if self.resolver {
                vec!["127.0.0.53".parse().unwrap(), "::1".parse().unwrap()]
            } else {
                Vec::new()
            },
            redirects: self.redirects(registry),
            trusted: trusted(registry),
            error_files: error_files(registry),
            ca_bundle: Some("/etc/ssl/certs/ca \"certificates\".crt".into()),
        }
    }
}

impl Machine {
    /// What became of the names of backends, where somebody could be asked.
    fn addresses(&self, registry: &Registry) -> BTreeMap<String, Vec<IpAddr>> {
        let backends = registry.sites.iter().flat_map(|site| &site.backends);
        let names = backends.filter_map(|backend| match &backend.target {
            Target::Ports(BackendHost::Name(name), _) => Some(name.to_string()),
            _ => None,
        });
        if self.resolved.is_empty() {
            return BTreeMap::new();
        }
        names.map(|name| (name, self.resolved.clone())).collect()
    }

    fn redirects(&self, registry: &Registry) -> BTreeMap<String, Vec<MapRedirect>> {
        let lines: BTreeMap<&String, &String> =
            self.moved.iter().map(|(from, to)| (from, to)).collect();
        let lines: Vec<MapRedirect> = lines
            .into_iter()
            .map(|(from, to)| MapRedirect {
                from: from.clone(),
                to: to.clone(),
                code: (to.len() % 2 == 0).then_some(mech::model::RedirectCode::Temporary),
            })
            .collect();
        let sites = registry.sites.iter();
        sites
            .filter(|site| site.redirect_map.is_some())
            .map(|site| (site.name.folded(), lines.clone()))
            .collect()
    }
}

fn trusted(registry: &Registry) -> Vec<mech::model::Cidr> {
    let entries = registry
        .settings
        .trust
        .iter()
        .flat_map(mech::model::Trust::entries);
    let networks: BTreeSet<_> = entries
        .filter_map(|entry| match entry {
            mech::model::Trusted::Network(network) => Some(*network),
            _ => None,
        })
        .collect();
    networks.into_iter().collect()
}

/// Every other page for errors is a file of this machine.
fn error_files(registry: &Registry) -> BTreeSet<String> {
    let pages = registry.sites.iter().flat_map(|site| &site.error_pages);
    pages
        .map(|page| page.page().to_string())
        .filter(|page| page.len() % 2 == 0)
        .collect()
}

//! What is rendered: the same text each time, each site by itself, and nothing that the templates cannot say.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use mech::model::{Backend, BackendHost, Registry, SettingKey, Site, Target};
use mech::render::{
    Capabilities, Facts, OverrideFile, Overrides, Places, RenderError, Rendered, Renderer,
    UserConfig,
};
use mech::syntax::{DOLLAR, Directive, MAX_PARAMETER, parse};
use proptest::prelude::*;

use super::{cases, inputs, whitelist};

/// Override files that set what mech sets too, some with arguments that would break out of a careless writer.
const OVERRIDES: &[&str] = &[
    "client_max_body_size 1m;",
    "client_max_body_size '; } server { listen 1; }';",
    "gzip off; gzip_types a/b; proxy_http_version 1.0;",
    "proxy_set_header X-Forwarded-For $http_x; proxy_set_header CONNECTION close;",
    "proxy_buffers 4 8k; root /x; expires 1d; try_files /x =404;",
    "error_page 405 /x; proxy_connect_timeout 1s; proxy_redirect default;",
    "ssl_session_tickets on; ssl_ciphers DEFAULT; proxy_ssl_name x; proxy_ssl_server_name off;",
];

/// What is random about a machine.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    version: &'static str,
    ipv6: bool,
    ipv6_only: bool,
    files: Vec<String>,
    overrides: Vec<(usize, usize)>,
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
    (version, any::<bool>(), any::<bool>(), files, overrides).prop_map(
        |(version, ipv6, ipv6_only, files, overrides)| Machine {
            version,
            ipv6,
            ipv6_only,
            files,
            overrides,
        },
    )
}

impl Machine {
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
            },
            places: Places {
                registry: "/var/lib/mech/registry.json".into(),
                conf: place(SettingKey::Conf, "/etc/nginx/conf.d"),
                overrides: place(SettingKey::Overrides, "/etc/nginx/mech-overrides"),
                logs: place(SettingKey::Logs, "/var/log/nginx"),
                certs: place(SettingKey::Certs, "/etc/nginx/certs"),
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
        }
    }
}

/// The text; none where the machine is the reason for a refusal, which names it.
fn rendered(registry: &Registry, facts: &Facts) -> Result<Option<Rendered>, TestCaseError> {
    match Renderer::new(&[]).unwrap().render(registry, facts) {
        Ok(rendered) => Ok(Some(rendered)),
        Err(RenderError::Refused(_)) => Ok(None),
        Err(RenderError::Template(error)) => Err(TestCaseError::fail(error)),
    }
}

/// All directives of this name, however deep.
fn named<'a>(directives: &'a [Directive], name: &str) -> Vec<&'a Directive> {
    let mut found = Vec::new();
    for directive in directives {
        if directive.name == name {
            found.push(directive);
        }
        found.extend(named(directive.block.as_deref().unwrap_or_default(), name));
    }
    found
}

/// The addresses that nginx is to ask for one backend, worked out apart from the renderer.
fn addresses(backend: &Backend, facts: &Facts) -> Vec<String> {
    match &backend.target {
        Target::Unix(path) => vec![format!("unix:{path}")],
        Target::File(path) => facts.files[path.as_str()]
            .iter()
            .flat_map(|inner| addresses(inner, facts))
            .collect(),
        Target::Ports(BackendHost::Localhost, ports) => ports
            .ports()
            .map(|port| {
                let host = if facts.ipv6_only.contains(&port) {
                    "[::1]"
                } else {
                    "127.0.0.1"
                };
                format!("{host}:{port}")
            })
            .collect(),
        Target::Ports(host, ports) => ports.ports().map(|port| format!("{host}:{port}")).collect(),
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn the_text_holds_only_what_the_templates_can_say(registry in inputs::registry_with_sites(), machine in machine()) {
        let facts = machine.facts(&registry);
        if let Some(rendered) = rendered(&registry, &facts)? {
            let checked = whitelist::check(&rendered.text, &registry, &facts);
            prop_assert!(checked.is_ok(), "{}\n{}", checked.unwrap_err(), rendered.text);
        }
    }

    #[test]
    fn rendering_twice_is_rendering_once(registry in inputs::registry(), machine in machine()) {
        let facts = machine.facts(&registry);
        prop_assert_eq!(rendered(&registry, &facts)?, rendered(&registry.clone(), &machine.facts(&registry))?);
    }

    #[test]
    fn each_site_stands_in_its_place_as_it_stands_alone(registry in inputs::registry_with_sites(), machine in machine()) {
        let facts = machine.facts(&registry);
        if let Some(rendered) = rendered(&registry, &facts)? {
            let names: Vec<_> = rendered.lines.iter().map(|(name, _)| name).collect();
            prop_assert_eq!(names, registry.sites.iter().map(|site| &site.name).collect::<Vec<_>>());
            let lines: Vec<&str> = rendered.text.split_inclusive('\n').collect();
            let mut next = *rendered.lines[0].1.start();
            for (name, range) in &rendered.lines {
                prop_assert_eq!(*range.start(), next, "the lines of {}", name);
                next = range.end() + 1;
                let alone = Renderer::new(&[]).unwrap().render_site(name, &registry, &facts).unwrap();
                prop_assert_eq!(lines[range.start() - 1..*range.end()].concat(), alone);
                prop_assert_eq!(rendered.site_at(*range.start()), Some(name));
                prop_assert_eq!(rendered.site_at(*range.end()), Some(name));
            }
            prop_assert_eq!(next, lines.len() + 1);
            prop_assert!(rendered.text.ends_with('\n'));
        }
    }

    #[test]
    fn values_arrive_as_they_were_given(registry in inputs::registry_with_sites(), machine in machine()) {
        let facts = machine.facts(&registry);
        if rendered(&registry, &facts)?.is_none() {
            return Ok(());
        }
        for site in &registry.sites {
            let text = Renderer::new(&[]).unwrap().render_site(&site.name, &registry, &facts).unwrap();
            let directives = parse(text.as_bytes()).unwrap();
            let serves = site.redirect.is_none() && site.redirect_full.is_none();
            let own_root = !facts.overrides[&site.name.folded()].location.as_ref().is_some_and(|file| file.sets("root"));
            for root in named(&directives, "root") {
                prop_assert_eq!(root.args.len(), 1);
                prop_assert_eq!(Some(root.args[0].replace(DOLLAR, "$")), site.static_root.as_ref().map(ToString::to_string));
            }
            let expected_root = serves && own_root && site.static_root.is_some();
            prop_assert_eq!(!named(&directives, "root").is_empty(), expected_root);
            let mut asked: Vec<String> = Vec::new();
            for upstream in named(&directives, "upstream") {
                let servers = named(upstream.block.as_deref().unwrap(), "server");
                asked.extend(servers.iter().map(|server| server.args[0].clone()));
            }
            let given: Vec<String> = site.backends.iter().flat_map(|backend| addresses(backend, &facts)).collect();
            prop_assert_eq!(asked, given);
            for (key, end) in [("ssl_certificate", "cer"), ("ssl_certificate_key", "key")] {
                let file = facts.places.certs.join(format!("{}.{end}", site.name)).display().to_string();
                let named = named(&directives, key);
                prop_assert_eq!(!named.is_empty(), site.is_https());
                for directive in named {
                    prop_assert_eq!(directive.args[0].replace(DOLLAR, "$"), &*file);
                }
            }
        }
    }
}

/// nginx refuses a parameter of 4,096 bytes, and what mech writes is longer than what the person wrote.
#[test]
fn no_parameter_is_longer_than_nginx_takes() {
    let machine = Machine {
        version: "1.22.1",
        ipv6: true,
        ipv6_only: false,
        files: vec!["1".to_owned()],
        overrides: Vec::new(),
    };
    let mut accepted = Vec::new();
    for option in ["--redirect", "--redirect-full"] {
        for dollars in 280..=300 {
            let url = format!("http://far.example/{}", "$".repeat(dollars));
            let words = ["mech", "add", "s", option, &url].map(str::to_owned);
            let registry = inputs::run(&Registry::default(), &words).unwrap();
            let Some(rendered) = rendered(&registry, &machine.facts(&registry)).unwrap() else {
                continue;
            };
            accepted.push(dollars);
            for directive in named(&parse(rendered.text.as_bytes()).unwrap(), "return") {
                // Nothing in a URL needs an escape, so it is written as it is read.
                let longest = directive.args.iter().map(String::len).max().unwrap();
                assert!(longest < MAX_PARAMETER, "{option}, {dollars}: {longest}");
            }
        }
    }
    assert!(
        accepted.contains(&280) && !accepted.contains(&300),
        "{accepted:?}"
    );
}

/// nginx would take the folder for one with a variable and open the files anew with each request, as its own user.
#[test]
fn a_dollar_in_the_folder_of_logs_or_certificates_is_refused_by_name() {
    let machine = Machine {
        version: "1.22.1",
        ipv6: true,
        ipv6_only: false,
        files: vec!["1".to_owned()],
        overrides: Vec::new(),
    };
    for setting in ["logs", "certs"] {
        let set = ["mech", "set", setting, "/srv/a$b"].map(str::to_owned);
        let add = ["mech", "add", "s", "--backends=3000", "--https"].map(str::to_owned);
        let registry = inputs::run(&Registry::default(), &set).unwrap();
        let registry = inputs::run(&registry, &add).unwrap();
        let refused = Renderer::new(&[])
            .unwrap()
            .render(&registry, &machine.facts(&registry))
            .unwrap_err()
            .to_string();
        assert!(
            refused.starts_with(&format!("the setting `{setting}`, `/srv/a$b`")),
            "{refused}"
        );
    }
}

/// The whitelist is a test of nothing if it lets everything through.
#[test]
fn the_whitelist_is_strict() {
    let machine = Machine {
        version: "1.22.1",
        ipv6: true,
        ipv6_only: false,
        files: vec!["1".to_owned()],
        overrides: Vec::new(),
    };
    let words = [
        "mech",
        "add",
        "s",
        "--host=s.test",
        "--aliases=t.test",
        "--static=/srv/a b",
        "--backends=3000,3001/ci",
        "--https",
    ];
    let registry = inputs::run(&Registry::default(), &words.map(str::to_owned)).unwrap();
    let facts = machine.facts(&registry);
    let text = Renderer::new(&[])
        .unwrap()
        .render(&registry, &facts)
        .unwrap()
        .text;
    whitelist::check(&text, &registry, &facts).unwrap();
    for (from, to) in [
        ("gzip_vary on;", "gzip_vary on;\n    autoindex on;"),
        ("gzip_vary on;", "gzip_vary on;\n    gzip_vary on;"),
        ("root \"/srv/a b\";", "root /srv/a b;"),
        ("root \"/srv/a b\";", "root /srv/a;"),
        ("root \"/srv/a b\";", "alias /srv/a b;"),
        ("server_name s.test", "server_name evil.test"),
        ("listen 80;", "listen 81;"),
        ("listen 80;", "listen 80 default_server;\n    listen 80;"),
        ("listen 80;", "listen 80 proxy_protocol;"),
        ("location = /ci {", "location = /cix {"),
        ("location = /ci {", "location ~ /ci {"),
        (
            "proxy_pass http://s.mech_site;",
            "proxy_pass http://evil.test;",
        ),
        ("127.0.0.1:3000", "127.0.0.1:3000 route=a"),
        ("error_page 405 = @mech_app;", "error_page 404 = @mech_app;"),
        (
            "proxy_set_header Host $host;",
            "proxy_set_header Host $http_host;",
        ),
        (
            "upstream s.mech_site {",
            "include /etc/passwd;\nupstream s.mech_site {",
        ),
        ("upstream s.mech_site {", "upstream t.mech_site {"),
        (
            "map $http_upgrade $mech_connection {",
            "map $http_upgrade $evil {",
        ),
        ("/s.access.log;", "/t.access.log;"),
        ("/s.cer;", "/t.cer;"),
        (
            "try_files $uri @mech_app;",
            "try_files $uri $request_uri @mech_app;",
        ),
        ("client_max_body_size 32m;", "client_max_body_size 33m;"),
    ] {
        assert!(text.contains(from), "no `{from}` in\n{text}");
        let changed = text.replacen(from, to, 1);
        assert!(
            whitelist::check(&changed, &registry, &facts).is_err(),
            "`{to}` was let through"
        );
    }
}

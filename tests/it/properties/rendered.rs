//! What is rendered: the same text each time, each site by itself, and nothing that the templates cannot say.

use std::collections::BTreeSet;

use mech::model::{Backend, BackendHost, Registry, Target};
use mech::render::{Facts, RenderError, Rendered, Renderer};
use mech::syntax::{DOLLAR, Directive, MAX_PARAMETER, parse};
use proptest::prelude::*;

use super::machine::{Machine, machine};
use super::{cases, inputs, whitelist};

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
        Target::Ports(host, ports) => {
            let resolved = facts.addresses.get(&host.to_string());
            let known = |port| match resolved {
                Some(known) => known
                    .iter()
                    .map(|ip| std::net::SocketAddr::new(*ip, port).to_string())
                    .collect(),
                None => vec![format!("{host}:{port}")],
            };
            ports.ports().flat_map(known).collect()
        }
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
            let roots = named(&directives, "root").len();
            prop_assert!(roots == 0 || (serves && site.static_root.is_some()));
            prop_assert!(roots > 0 || !(serves && own_root && site.static_root.is_some()));
            let mut asked: Vec<String> = Vec::new();
            for upstream in named(&directives, "upstream") {
                if upstream.args[0].contains(".mech_auth.") {
                    continue;
                }
                let servers = named(upstream.block.as_deref().unwrap(), "server");
                // The last resort asks the same ones again.
                let mut own: Vec<&Vec<String>> = Vec::new();
                for server in &servers {
                    let again = own.iter().any(|known| known[0] == server.args[0]);
                    if !(again && server.args[1..] == ["backup", "max_fails=0"]) {
                        own.push(&server.args);
                    }
                }
                asked.extend(own.into_iter().map(|args| args[0].clone()));
            }
            let given: Vec<String> = site.backends.iter().flat_map(|backend| addresses(backend, &facts)).collect();
            // Who writes these words is not told from mech's own last resort.
            let same_words = site.backends.iter().any(|backend| backend.to_string().contains(" backup"));
            if same_words {
                prop_assert_eq!(asked.iter().collect::<BTreeSet<_>>(), given.iter().collect::<BTreeSet<_>>());
            } else {
                prop_assert_eq!(asked, given);
            }
            for (key, end) in [("ssl_certificate", "cer"), ("ssl_certificate_key", "key")] {
                let file = facts.places.certs.join(format!("{}.{end}", site.name)).display().to_string();
                let named = named(&directives, key);
                prop_assert_eq!(!named.is_empty(), site.is_https());
                for directive in named {
                    prop_assert_eq!(directive.args[0].replace(DOLLAR, "$"), &*file);
                }
            }
            // Each header and each page of the site stands somewhere, to the byte.
            let said = |name: &str, args: &[String]| {
                named(&directives, name).iter().any(|directive| {
                    directive.args.iter().map(|arg| arg.replace(DOLLAR, "$")).eq(args.iter().cloned())
                })
            };
            for header in site.headers.iter().filter(|own| own.scope.path().is_none() && !own.value.value().is_empty()) {
                let (name, value) = (header.value.name(), header.value.value());
                let again = |other: &&mech::model::Scoped<mech::model::Header>| {
                    other.scope.path().is_none() && other.value.name().eq_ignore_ascii_case(name)
                };
                let args = [name, value, "always"].map(str::to_owned);
                let alone = site.headers.iter().filter(again).count() == 1;
                prop_assert!(!alone || said("add_header", &args), "{args:?}\n{text}");
            }
            for page in site.error_pages.iter().filter(|page| serves && !facts.error_files.contains(page.page().as_str())) {
                let codes = page.codes().iter().map(u16::to_string);
                let args: Vec<String> = codes.chain([page.page().to_string()]).collect();
                prop_assert!(said("error_page", &args), "{args:?}\n{text}");
            }
        }
    }
}

/// nginx refuses a parameter of 4,096 bytes, and what mech writes is longer than what the person wrote.
#[test]
fn no_parameter_is_longer_than_nginx_takes() {
    let machine = Machine::plain("1.22.1");
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
    let machine = Machine::plain("1.22.1");
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

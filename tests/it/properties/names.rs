//! No name and no address that mech accepts can carry a byte that nginx or a shell would read as syntax.

use mech::model::{Backend, PrelaunchHost, Registry, ServerName, SiteName, UrlPath};
use proptest::prelude::*;

use super::{cases, inputs};

const SYNTAX: &[char] = &[';', '{', '}', '$', '"', '\'', '`', '#', '\\'];

fn harmless(shown: &str) -> Result<(), TestCaseError> {
    let bad = |c: char| c.is_whitespace() || c.is_control() || SYNTAX.contains(&c);
    prop_assert!(!shown.contains(bad), "{shown:?}");
    // The path of a socket or a file ends at a colon, a path of a site may hold one.
    let file = shown.starts_with("unix:") || shown.starts_with('@');
    let ends = |c: char| c == '/' || (file && c == ':');
    prop_assert!(!shown.split(ends).any(|part| part == ".."), "{shown:?}");
    Ok(())
}

fn harmless_name(shown: &str) -> Result<(), TestCaseError> {
    prop_assert!(!shown.contains("..") && !shown.contains('/'), "{shown:?}");
    harmless(shown)
}

/// The address of a backend, without nginx's own parameters, which follow a space.
fn address(backend: &Backend) -> String {
    let bare = Backend {
        parameters: Vec::new(),
        ..backend.clone()
    };
    bare.to_string()
}

proptest! {
    #![proptest_config(cases(600))]

    #[test]
    fn no_accepted_name_or_address_holds_syntax(
        name in inputs::site_name(), host in inputs::host(), backend in inputs::backend(), path in inputs::path(), text in inputs::hostile(),
    ) {
        for text in [&name, &host, &backend, &path, &text] {
            if let Ok(name) = text.parse::<SiteName>() {
                harmless_name(name.as_str())?;
            }
            if let Ok(name) = text.parse::<ServerName>() {
                harmless_name(name.as_str())?;
            }
            if let Ok(path) = text.parse::<UrlPath>() {
                harmless(path.as_str())?;
            }
            if let Ok(backend) = text.parse::<Backend>() {
                harmless(&address(&backend))?;
                for parameter in &backend.parameters {
                    harmless(&parameter.to_string())?;
                }
            }
        }
        for socket in [format!("unix:{path}"), format!("@{path}"), format!("unix:{path}:/live")] {
            if let Ok(backend) = socket.parse::<Backend>() {
                harmless(&address(&backend))?;
            }
        }
    }

    #[test]
    fn no_name_that_a_registry_answers_to_holds_syntax(registry in inputs::registry()) {
        let prelaunch: Option<&PrelaunchHost> = registry.settings.prelaunch_host.as_ref();
        for site in &registry.sites {
            for name in site.names().chain(prelaunch.map(|pattern| pattern.of(&site.name))) {
                harmless_name(&name)?;
            }
        }
    }
}

/// The claims above would hold of a parser that accepts nothing.
#[test]
fn the_random_registries_are_worth_something() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut registries = Vec::<Registry>::new();
    for _ in 0..260 {
        let raw = inputs::raw().new_tree(&mut runner).unwrap().current();
        registries.extend([raw.by_commands(), raw.by_hand()]);
    }
    let sites: Vec<_> = registries
        .iter()
        .flat_map(|registry| &registry.sites)
        .collect();
    assert!(sites.len() > 300, "{} sites", sites.len());
    for option in mech::model::SiteOption::ALL {
        let with = sites
            .iter()
            .filter(|site| site.value(option).is_some())
            .count();
        assert!(with >= 10, "only {with} sites with --{}", option.name());
    }
    for key in mech::model::SettingKey::ALL {
        let with = registries
            .iter()
            .filter(|registry| registry.settings.value(key).is_some())
            .count();
        assert!(with >= 5, "only {with} registries with {}", key.name());
    }
}

//! What a registry must not contradict: everything that can be known before nginx is asked.

use std::collections::HashMap;
use std::net::IpAddr;

use super::{
    Backend, BackendHost, Bind, RedirectUrl, Registry, ServerName, ServerNameError,
    ServerParameter, Settings, Site, SiteName, SiteOption, Target,
};

/// A contradiction within a registry.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Conflict {
    /// Two sites of one name.
    #[error("the sites `{0}` and `{1}` have the same shortname (case does not count)")]
    Name(SiteName, SiteName),
    /// A site with neither backends nor files nor a redirect.
    #[error("the site `{0}` has nothing to serve: no backends, no static folder, no redirect")]
    Nothing(SiteName),
    /// One host name on two sites.
    #[error("the host name `{host}` is on two sites, `{first}` and `{second}`")]
    Host {
        /// The name.
        host: String,
        /// The site that had it first.
        first: SiteName,
        /// The other one.
        second: SiteName,
    },
    /// Two default sites.
    #[error("the site `{first}` is the default already, `{second}` cannot be one too")]
    Defaults {
        /// The site that had it first.
        first: SiteName,
        /// The other one.
        second: SiteName,
    },
    /// An option without the one that it works by.
    #[error("the site `{site}` has `{}`, which needs `{}`", option.name(), other.name())]
    Needs {
        /// The site.
        site: SiteName,
        /// The option.
        option: SiteOption,
        /// What is missing.
        other: SiteOption,
    },
    /// Two options that exclude each other.
    #[error("the site `{site}` cannot have `{}` beside its `{}`: {why}", option.name(), other.name())]
    Against {
        /// The site.
        site: SiteName,
        /// The one.
        option: SiteOption,
        /// The other.
        other: SiteOption,
        /// Why they do.
        why: &'static str,
    },
    /// Two values where one is meant.
    #[error("the site `{site}` has `{}` twice for `{of}`", option.name())]
    Twice {
        /// The site.
        site: SiteName,
        /// The option.
        option: SiteOption,
        /// The path or status.
        of: String,
    },
    /// Aliases cannot be redirected to a wildcard.
    #[error(
        "the site `{0}` is canonical, but its host is a wildcard: aliases cannot be redirected to it"
    )]
    CanonicalWildcard(SiteName),
    /// A backend where nginx itself listens.
    #[error(
        "the site `{site}` has the backend `{backend}`, but port {port} of that address is nginx's own: it would ask itself"
    )]
    OwnPort {
        /// The site.
        site: SiteName,
        /// The backend as written.
        backend: String,
        /// The port.
        port: u16,
    },
    /// All backends of a path are backups.
    #[error(
        "the site `{site}` has only backup backends for `{path}`: nginx wants one that is none"
    )]
    OnlyBackups {
        /// The site.
        site: SiteName,
        /// The path.
        path: String,
    },
    /// A redirect that comes back to its own site, perhaps by way of others.
    #[error("the site `{site}` redirects to `{url}`, which comes back to itself")]
    Loop {
        /// The site.
        site: SiteName,
        /// Where it redirects to.
        url: String,
    },
    /// One port for HTTP and TLS.
    #[error("`http-port` and `https-port` are both {0}")]
    Ports(u16),
    /// The prelaunch host of a site is no host name.
    #[error("the prelaunch host of the site `{site}`, `{host}`, is no host name: {error}")]
    Prelaunch {
        /// The site.
        site: SiteName,
        /// The name made from the pattern.
        host: String,
        /// Why it is none.
        error: ServerNameError,
    },
}

/// Finds the first contradiction, in time linear in the sites.
pub(super) fn check(registry: &Registry) -> Result<(), Conflict> {
    let settings = &registry.settings;
    // Without sites nothing listens, and whoever exchanges the two ports has to set one of them first.
    if !registry.sites.is_empty() && settings.http_port() == settings.https_port() {
        return Err(Conflict::Ports(settings.http_port()));
    }
    check_names(registry)?;
    let owners = check_hosts(registry)?;
    let tls = registry.sites.iter().any(Site::is_https);
    for site in &registry.sites {
        let redirects = site.redirect.is_some() || site.redirect_full.is_some();
        if site.backends.is_empty()
            && site.static_root.is_none()
            && site.static_paths.is_empty()
            && !redirects
        {
            return Err(Conflict::Nothing(site.name.clone()));
        }
        if site.is_canonical() && site.host.as_ref().is_some_and(ServerName::is_wildcard) {
            return Err(Conflict::CanonicalWildcard(site.name.clone()));
        }
        super::needs::check(site)?;
        check_backends(site, settings, tls)?;
        check_loop(registry, &owners, site)?;
    }
    Ok(())
}

fn check_names(registry: &Registry) -> Result<(), Conflict> {
    let mut seen: HashMap<String, &SiteName> = HashMap::with_capacity(registry.sites.len());
    let mut default: Option<&SiteName> = None;
    for site in &registry.sites {
        if let Some(first) = seen.insert(site.name.folded(), &site.name) {
            return Err(Conflict::Name(first.clone(), site.name.clone()));
        }
        if site.is_default()
            && let Some(first) = default.replace(&site.name)
        {
            return Err(Conflict::Defaults {
                first: first.clone(),
                second: site.name.clone(),
            });
        }
    }
    Ok(())
}

fn check_hosts(registry: &Registry) -> Result<HashMap<String, usize>, Conflict> {
    let mut owners: HashMap<String, usize> = HashMap::with_capacity(registry.sites.len() * 2);
    for (at, site) in registry.sites.iter().enumerate() {
        let mut names: Vec<String> = site.names().collect();
        if let Some(pattern) = &registry.settings.prelaunch_host {
            let host = pattern.of(&site.name);
            if let Err(error) = host.parse::<ServerName>() {
                return Err(Conflict::Prelaunch {
                    site: site.name.clone(),
                    host,
                    error,
                });
            }
            names.push(host);
        }
        for host in names {
            match owners.get(&host) {
                Some(&first) if first != at => {
                    let first = registry.sites[first].name.clone();
                    return Err(Conflict::Host {
                        host,
                        first,
                        second: site.name.clone(),
                    });
                }
                _ => owners.insert(host, at),
            };
        }
    }
    Ok(owners)
}

fn check_backends(site: &Site, settings: &Settings, tls: bool) -> Result<(), Conflict> {
    let mut groups: Vec<(&str, bool)> = Vec::new();
    for backend in &site.backends {
        if let Some(port) = own_port(backend, settings, tls) {
            let backend = backend.to_string();
            return Err(Conflict::OwnPort {
                site: site.name.clone(),
                backend,
                port,
            });
        }
        let serves = !backend.has(ServerParameter::Backup);
        match groups.last_mut() {
            Some((path, any)) if *path == backend.group() => *any |= serves,
            _ => groups.push((backend.group(), serves)),
        }
    }
    match groups.into_iter().find(|(_, serves)| !serves) {
        Some((path, _)) => Err(Conflict::OnlyBackups {
            site: site.name.clone(),
            path: path.to_owned(),
        }),
        None => Ok(()),
    }
}

/// The port of a backend on which nginx itself listens, if there is one.
pub(super) fn own_port(backend: &Backend, settings: &Settings, tls: bool) -> Option<u16> {
    let Target::Ports(host, ports) = &backend.target else {
        return None;
    };
    let bind = settings.bind.clone().unwrap_or_default();
    let address = match host {
        BackendHost::Localhost => None,
        BackendHost::V4(v4) => Some(IpAddr::V4(*v4)),
        BackendHost::V6(v6) => Some(IpAddr::V6(*v6)),
        BackendHost::Name(_) => return None,
    };
    // `::ffff:127.0.0.1` is 127.0.0.1, and who connects to 0.0.0.0 reaches this machine.
    let address = address
        .map(|address| address.to_canonical())
        .filter(|address| !address.is_unspecified());
    let local = address.is_none_or(|address| address.is_loopback());
    let ours = match (&bind, address) {
        (Bind::Any, _) => local,
        (Bind::Addresses(list), _) if list.iter().any(IpAddr::is_unspecified) => local,
        (Bind::Addresses(list), Some(address)) => list.contains(&address),
        (Bind::Addresses(list), None) => list.iter().any(IpAddr::is_loopback),
    };
    let listens = [
        Some(settings.http_port()),
        tls.then(|| settings.https_port()),
    ];
    if !ours {
        return None;
    }
    listens
        .into_iter()
        .flatten()
        .find(|port| (ports.first..=ports.last).contains(port))
}

/// Follows redirects from site to site; each step leaves to a site that redirects everything.
fn check_loop(
    registry: &Registry,
    owners: &HashMap<String, usize>,
    start: &Site,
) -> Result<(), Conflict> {
    let Some(url) = target(start) else {
        return Ok(());
    };
    let mut site = start;
    for _ in 0..registry.sites.len() {
        let Some(next) = target(site).and_then(|url| arrives(registry, owners, url)) else {
            return Ok(());
        };
        if next.name == start.name {
            return Err(Conflict::Loop {
                site: start.name.clone(),
                url: url.to_string(),
            });
        }
        site = next;
    }
    // A loop further on, which does not hold the start: found when its own sites are checked.
    Ok(())
}

fn target(site: &Site) -> Option<&RedirectUrl> {
    site.redirect.as_ref().or(site.redirect_full.as_ref())
}

/// The site that answers a URL, where it is one of this registry's.
fn arrives<'a>(
    registry: &'a Registry,
    owners: &HashMap<String, usize>,
    url: &RedirectUrl,
) -> Option<&'a Site> {
    // nginx asks the longest wildcard where no name is equal.
    let wildcards = url.host().match_indices('.').map(|(at, _)| at);
    let at = owners.get(url.host()).or_else(|| {
        let mut names = wildcards.map(|at| format!("*{}", &url.host()[at..]));
        names.find_map(|name| owners.get(&name))
    });
    let site = registry.sites.get(*at?)?;
    let settings = &registry.settings;
    let reaches = if url.is_https() {
        site.is_https() && url.port() == settings.https_port()
    } else {
        url.port() == settings.http_port()
    };
    reaches.then_some(site)
}

#[cfg(test)]
mod tests {
    use super::Conflict;
    use crate::model::{
        Change, ChangeError, OptionKind, OptionValue, Registry, SettingKey, SiteOption, SitePatch,
    };

    fn patch(options: &[(&str, &str)]) -> SitePatch {
        let entries = options
            .iter()
            .map(|(name, text)| {
                let option = SiteOption::named(name).unwrap();
                let value = match option.kind() {
                    OptionKind::Text => OptionValue::Text((*text).to_owned()),
                    OptionKind::List | OptionKind::Rules => {
                        OptionValue::List(text.split(',').map(str::to_owned).collect())
                    }
                    OptionKind::Switch => OptionValue::Switch(*text == "true"),
                };
                (option, Some(value))
            })
            .collect();
        SitePatch {
            entries,
            move_default: false,
        }
    }

    fn add(
        registry: &Registry,
        name: &str,
        options: &[(&str, &str)],
    ) -> Result<Registry, ChangeError> {
        let name = name.parse().unwrap();
        registry.apply(&Change::Add {
            name,
            patch: patch(options),
            upsert: false,
        })
    }

    fn refused(result: Result<Registry, ChangeError>) -> Conflict {
        match result {
            Err(ChangeError::Conflict(conflict)) => conflict,
            other => panic!("not a conflict: {other:?}"),
        }
    }

    #[test]
    fn refuses_contradictions_between_sites() {
        let one = add(
            &Registry::default(),
            "a",
            &[
                ("host", "a.com"),
                ("aliases", "b.com"),
                ("backends", "3000"),
            ],
        )
        .unwrap();
        let two = refused(add(&one, "b", &[("host", "B.com"), ("backends", "3001")]));
        assert!(matches!(two, Conflict::Host { host, .. } if host == "b.com"));
        assert!(matches!(
            add(&one, "A", &[("backends", "1")]),
            Err(ChangeError::Exists(_))
        ));
        assert!(matches!(refused(add(&one, "c", &[])), Conflict::Nothing(_)));
        let default = add(&one, "d", &[("backends", "1"), ("default", "true")]).unwrap();
        let second = refused(add(
            &default,
            "e",
            &[("backends", "1"), ("default", "true")],
        ));
        assert!(matches!(second, Conflict::Defaults { first, .. } if first.as_str() == "d"));
    }

    #[test]
    fn moves_the_default_when_asked_and_keeps_it_last() {
        let one = add(
            &Registry::default(),
            "a",
            &[("backends", "1"), ("default", "true")],
        )
        .unwrap();
        let two = add(&one, "b", &[("backends", "2")]).unwrap();
        assert_eq!(two.sites.last().unwrap().name.as_str(), "a");
        let mut taken = patch(&[("default", "true")]);
        taken.move_default = true;
        let moved = two
            .apply(&Change::Update {
                name: "b".parse().unwrap(),
                patch: taken,
            })
            .unwrap();
        assert!(moved.sites[1].is_default() && moved.sites[1].name.as_str() == "b");
        assert!(!moved.sites[0].is_default());
    }

    #[test]
    fn refuses_a_backend_that_is_nginx_itself() {
        let none = Registry::default();
        for backend in [
            "80",
            "127.0.0.1:80",
            "127.9.9.9:80",
            "[::1]:80",
            "0.0.0.0:80",
            "79-81",
        ] {
            let conflict = refused(add(&none, "a", &[("backends", backend)]));
            assert!(
                matches!(conflict, Conflict::OwnPort { port: 80, .. }),
                "{backend}"
            );
        }
        assert!(add(&none, "a", &[("backends", "443")]).is_ok());
        assert!(
            refused(add(&none, "a", &[("backends", "443"), ("https", "true")]))
                .to_string()
                .contains("443")
        );
        let bound = none
            .apply(&Change::Set {
                key: SettingKey::Bind,
                value: "192.0.2.1".into(),
            })
            .unwrap();
        assert!(add(&bound, "a", &[("backends", "80")]).is_ok());
        assert!(add(&bound, "a", &[("backends", "192.0.2.1:80")]).is_err());
    }

    #[test]
    fn refuses_redirects_that_come_back() {
        let none = Registry::default();
        let itself = add(
            &none,
            "a",
            &[("host", "a.com"), ("redirect", "http://A.com/x")],
        );
        assert!(matches!(refused(itself), Conflict::Loop { .. }));
        assert!(
            add(
                &none,
                "a",
                &[("host", "a.com"), ("redirect", "https://a.com/x")]
            )
            .is_ok()
        );
        let one = add(
            &none,
            "a",
            &[("host", "a.com"), ("redirect", "http://b.com/")],
        )
        .unwrap();
        let back = add(
            &one,
            "b",
            &[("host", "b.com"), ("redirect-full", "http://a.com")],
        );
        assert!(matches!(refused(back), Conflict::Loop { .. }));
    }

    #[test]
    fn adding_then_removing_is_the_identity() {
        let one = add(&Registry::default(), "a", &[("backends", "3000,3001/ci")]).unwrap();
        let two = add(&one, "b", &[("static", "/srv/b"), ("aliases", "x.y,z.y")]).unwrap();
        let back = two.apply(&Change::Remove {
            name: "b".parse().unwrap(),
            if_exists: false,
        });
        assert_eq!(back.unwrap(), one);
    }
}

//! What an option needs beside it, and what it cannot stand beside.

use super::{
    BackendProtocol, Balance, Conflict, Scope, Scoped, ServerName, ServerParameter, Site,
    SiteOption, Sticky, UrlPath,
};

/// Finds the first option of a site that cannot work.
pub(super) fn check(site: &Site) -> Result<(), Conflict> {
    use SiteOption as O;
    let backends = (O::Backends, !site.backends.is_empty());
    let files = (O::Static, site.static_root.is_some());
    let tls = (O::Https, site.is_https());
    let needs = [
        (O::Balance, site.balance.is_some(), backends),
        (O::Sticky, site.sticky.is_some(), backends),
        (O::StripPrefix, !site.strip_prefix.is_empty(), backends),
        (
            O::BackendProtocol,
            !site.backend_protocol.is_empty(),
            backends,
        ),
        (O::Timeout, !site.timeout.is_empty(), backends),
        (O::Buffering, !site.buffering.is_empty(), backends),
        (O::AppFirst, site.app_first == Some(true), backends),
        (O::AppFirst, site.app_first == Some(true), files),
        (O::Spa, site.spa == Some(true), files),
        (O::Prerendered, site.prerendered.is_some(), files),
        (
            O::VerifyUpstream,
            site.verify_upstream.is_some(),
            (O::HttpsUpstream, site.https_upstream == Some(true)),
        ),
        (O::Http3, site.http3 == Some(true), tls),
        (O::Hsts, site.hsts.is_some(), tls),
        (
            O::AuthBypass,
            !site.auth_bypass.is_empty(),
            (O::Auth, !site.auth.is_empty()),
        ),
        (O::Www, site.www.is_some(), (O::Host, site.host.is_some())),
    ];
    for (option, said, (other, there)) in needs {
        if said && !there {
            return Err(Conflict::Needs {
                site: site.name.clone(),
                option,
                other,
            });
        }
    }
    check_together(site)?;
    check_strip(site)?;
    check_paths(site)
}

fn check_together(site: &Site) -> Result<(), Conflict> {
    let against = |option, other, why| {
        Err(Conflict::Against {
            site: site.name.clone(),
            option,
            other,
            why,
        })
    };
    let redirect = match (&site.redirect, &site.redirect_full) {
        (Some(_), _) => Some(SiteOption::Redirect),
        (None, Some(_)) => Some(SiteOption::RedirectFull),
        (None, None) => None,
    };
    let guards = [
        (SiteOption::Auth, !site.auth.is_empty()),
        (SiteOption::ForwardAuth, !site.forward_auth.is_empty()),
        (SiteOption::Allow, !site.allow.is_empty()),
        (SiteOption::Deny, !site.deny.is_empty()),
        (SiteOption::Rate, !site.rate.is_empty()),
        (SiteOption::MaxConnections, !site.max_connections.is_empty()),
    ];
    let guard = guards.into_iter().find(|(_, said)| *said);
    if let (Some(redirect), Some((guard, _))) = (redirect, guard) {
        let why = "everybody is redirected before anything is asked";
        return against(guard, redirect, why);
    }
    let whole = site.backends.iter().any(|backend| backend.path.is_none());
    if site.spa == Some(true) && whole {
        let why = "the backends would never be asked; give them a path, such as `3000/api`";
        return against(SiteOption::Spa, SiteOption::Backends, why);
    }
    let wildcard = site.host.as_ref().is_some_and(ServerName::is_wildcard);
    if site.www.is_some() && wildcard {
        let why = "a wildcard has no `www.`";
        return against(SiteOption::Www, SiteOption::Host, why);
    }
    let logs_in = site
        .forward_auth
        .iter()
        .filter(|auth| auth.value.login.is_some());
    let meets = |scope: &Scope| {
        let own = scope.path().map_or("/", |path| path.as_str());
        site.auth.iter().any(|auth| {
            let other = auth.path().map_or("/", |path| path.as_str());
            auth.covers(own) || scope.covers(other)
        })
    };
    if logs_in.map(|auth| &auth.scope).any(meets) {
        let why = "whoever has no password yet would be sent to the login page instead of being asked for it";
        return against(SiteOption::ForwardAuth, SiteOption::Auth, why);
    }
    let hashes = matches!(
        site.balance,
        Some(Balance::Hash(_) | Balance::IpHash | Balance::Random)
    );
    let backup = site
        .backends
        .iter()
        .any(|backend| backend.has(ServerParameter::Backup));
    if backup && hashes {
        let why = "nginx knows no `backup` beside ip-hash, hash and random";
        return against(SiteOption::Balance, SiteOption::Backends, why);
    }
    if backup && matches!(site.sticky, Some(Sticky::Ip | Sticky::Header(_))) {
        let why = "nginx knows no `backup` beside a hash";
        return against(SiteOption::Sticky, SiteOption::Backends, why);
    }
    if site.sticky.is_some() && matches!(site.balance, Some(Balance::Hash(_) | Balance::IpHash)) {
        let why = "both choose the backend of a client";
        return against(SiteOption::Sticky, SiteOption::Balance, why);
    }
    Ok(())
}

/// A prefix that would be stripped from nothing.
fn check_strip(site: &Site) -> Result<(), Conflict> {
    let near = |own: &UrlPath, prefix: &UrlPath| {
        own.is_around(prefix.as_str()) || prefix.is_around(own.as_str())
    };
    for prefix in &site.strip_prefix {
        let against = |other, why| {
            Err(Conflict::Against {
                site: site.name.clone(),
                option: SiteOption::StripPrefix,
                other,
                why,
            })
        };
        let groups = site.backends.iter().map(|backend| backend.path.as_ref());
        let asked: Vec<Option<&UrlPath>> = groups
            .filter(|path| path.is_none_or(|path| near(path, prefix)))
            .collect();
        if asked.is_empty() {
            let why = "no backends get what is below the prefix";
            return against(SiteOption::Backends, why);
        }
        let mut folders = site.static_paths.iter().map(|folder| &folder.path);
        let hidden = folders.any(|folder| {
            let deeper = |path: &&UrlPath| path.as_str().len() > folder.as_str().len();
            folder.is_around(prefix.as_str()) && !asked.iter().flatten().any(deeper)
        });
        if hidden {
            let why = "below the prefix files of a folder are served, and no backend is asked";
            return against(SiteOption::StaticPath, why);
        }
        let nearest = Scoped::nearest(&site.backend_protocol, prefix.as_str());
        let within = site.backend_protocol.iter().filter(|own| {
            let path = own.scope.path();
            path.is_some_and(|path| prefix.is_around(path.as_str()))
        });
        if nearest
            .into_iter()
            .chain(within)
            .any(|own| own.value == BackendProtocol::Grpc)
        {
            let why = "nginx passes on a call by grpc with its whole path";
            return against(SiteOption::BackendProtocol, why);
        }
    }
    Ok(())
}

fn check_paths(site: &Site) -> Result<(), Conflict> {
    let twice = |option, of: String| {
        Err(Conflict::Twice {
            site: site.name.clone(),
            option,
            of,
        })
    };
    let scopes = [
        (SiteOption::MaxBody, repeated(&site.max_body)),
        (SiteOption::Timeout, repeated(&site.timeout)),
        (SiteOption::Buffering, repeated(&site.buffering)),
        (SiteOption::MaxConnections, repeated(&site.max_connections)),
        (
            SiteOption::BackendProtocol,
            repeated(&site.backend_protocol),
        ),
        (SiteOption::ForwardAuth, repeated(&site.forward_auth)),
    ];
    for (option, scope) in scopes {
        if let Some(scope) = scope {
            return twice(option, scope);
        }
    }
    for (at, folder) in site.static_paths.iter().enumerate() {
        let path = folder.path.as_str();
        if site.static_paths[..at]
            .iter()
            .any(|other| other.path == folder.path)
        {
            return twice(SiteOption::StaticPath, path.to_owned());
        }
        if site.backends.iter().any(|backend| backend.group() == path) {
            return Err(Conflict::Against {
                site: site.name.clone(),
                option: SiteOption::StaticPath,
                other: SiteOption::Backends,
                why: "one path has either a folder or backends",
            });
        }
    }
    let mut seen = Vec::new();
    for page in &site.error_pages {
        for code in page.codes() {
            if seen.contains(code) {
                return twice(SiteOption::ErrorPage, code.to_string());
            }
            seen.push(*code);
        }
    }
    Ok(())
}

/// The first scope that has two values.
fn repeated<T>(values: &[Scoped<T>]) -> Option<String> {
    let mut seen = Vec::new();
    for value in values {
        if seen.contains(&&value.scope) {
            return Some(value.scope.to_string());
        }
        seen.push(&value.scope);
    }
    None
}

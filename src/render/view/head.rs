//! The head of the file: definitions that do nothing by themselves, and the servers for names that no
//! site has.

use std::collections::BTreeSet;

use serde::Serialize;

use super::proxy::{believes_scheme, is_standard};
use super::upstreams::{cookie_variable, header_variable, set_cookie_variable};
use super::{Listen, TlsOwn, listens, one_line, quic_listens};
use crate::model::{BackendProtocol, LogFormat, Registry, Site, Sticky, UnknownHosts};
use crate::render::Facts;

/// The head of the file.
#[derive(Serialize)]
pub(in crate::render) struct Head {
    registry: String,
    overrides: String,
    definitions: Definitions,
    unknown: Option<Unknown>,
    reject: Option<Reject>,
}

#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each definition, as the templates ask"
)]
struct Definitions {
    connection: bool,
    expires: bool,
    immutable: bool,
    dollar: bool,
    down_page: bool,
    log_format: Option<&'static str>,
    /// Whether anybody is believed on the scheme of a request, and the networks of those.
    trust: bool,
    trusted: Vec<String>,
    /// Whether a port is one that URLs mention.
    colon_port: bool,
    cookies: Vec<Cookie>,
    headers: Vec<Header>,
    names_hash_bucket_size: Option<u32>,
}

/// A cookie that keeps clients with their backends.
#[derive(Serialize)]
struct Cookie {
    name: String,
    variable: String,
    set: String,
    /// The same for sites that are there over TLS alone.
    set_secure: Option<String>,
}

/// A header that keeps clients with their backends.
#[derive(Serialize)]
struct Header {
    source: String,
    variable: String,
}

/// The server of plain HTTP for names that no site has.
#[derive(Serialize)]
struct Unknown {
    listens: Vec<String>,
    http2: bool,
    code: u16,
}

#[derive(Serialize)]
struct Reject {
    /// Whether nginx has a directive for it.
    handshake: bool,
    listens: Vec<String>,
    http2: bool,
    tls: TlsOwn,
}

/// Makes the head.
pub(in crate::render) fn head(registry: &Registry, facts: &Facts) -> Head {
    let sites = || registry.sites.iter();
    let names_hash = crate::render::refusal::longest_name(registry).map(|(_, _, needed)| needed);
    let settings = &registry.settings;
    let json = settings.log_format == Some(LogFormat::Json);
    Head {
        registry: one_line(&facts.places.registry.display().to_string()),
        overrides: one_line(&facts.places.overrides.display().to_string()),
        definitions: Definitions {
            connection: sites().any(|s| s.passes_websockets() && !s.backends.is_empty()),
            expires: sites().any(|s| s.static_root.is_some() || !s.static_paths.is_empty()),
            immutable: sites().any(|s| !s.immutable.is_empty()),
            dollar: sites().any(|site| says_dollar(site, facts)),
            down_page: super::answers::needs_down_page(registry),
            log_format: match (json, settings.logs_shared == Some(true)) {
                (true, true) => Some("json_shared"),
                (true, false) => Some("json"),
                (false, true) => Some("shared"),
                (false, false) => None,
            },
            trust: believes_scheme(settings),
            trusted: facts.trusted.iter().map(ToString::to_string).collect(),
            colon_port: [settings.http_port(), settings.https_port()]
                .iter()
                .any(|port| !is_standard(settings, *port)),
            cookies: cookies(registry, facts),
            headers: headers(registry),
            names_hash_bucket_size: names_hash.filter(|_| facts.user.names_hash.is_none()),
        },
        unknown: unknown(registry, facts),
        reject: reject(registry, facts),
    }
}

/// Whether a value of the site holds a dollar sign where nginx would look for a variable.
fn says_dollar(site: &Site, facts: &Facts) -> bool {
    let urls = site.redirect.iter().chain(&site.redirect_full);
    let asked = site.forward_auth.iter().map(|auth| &auth.value);
    let asked = asked.flat_map(|auth| std::iter::once(&auth.url).chain(&auth.login));
    let map = facts.redirects.get(&site.name.folded());
    let targets = map.into_iter().flatten().map(|line| line.to.clone());
    let headers = site
        .headers
        .iter()
        .map(|header| header.value.value().to_owned());
    let folders = site.static_paths.iter().map(|folder| &folder.folder);
    let pages = site.error_pages.iter().map(crate::model::ErrorPage::page);
    let paths = folders.chain(&site.static_root).chain(pages);
    urls.chain(asked)
        .map(ToString::to_string)
        .chain(targets)
        .chain(headers)
        .chain(paths.map(ToString::to_string))
        .any(|text| text.contains('$'))
        || (!site.auth.is_empty() && facts.places.passwords.to_string_lossy().contains('$'))
}

/// The cookies that nginx itself cannot keep clients by.
fn cookies(registry: &Registry, facts: &Facts) -> Vec<Cookie> {
    if facts.nginx.sticky() {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let secure = |name: &str| {
        let mut sites = registry.sites.iter();
        sites.any(|site| {
            let own =
                matches!(&site.sticky, Some(Sticky::Cookie(own)) if own.eq_ignore_ascii_case(name));
            own && site.redirects_to_https()
        })
    };
    let sticky = registry
        .sites
        .iter()
        .filter_map(|site| site.sticky.as_ref());
    sticky
        .filter_map(|sticky| match sticky {
            Sticky::Cookie(name) => Some(name),
            Sticky::Ip | Sticky::Header(_) => None,
        })
        .filter(|name| seen.insert(name.to_ascii_lowercase()))
        .map(|name| Cookie {
            name: name.clone(),
            variable: cookie_variable(name),
            set: set_cookie_variable(name, false),
            set_secure: secure(name).then(|| set_cookie_variable(name, true)),
        })
        .collect()
}

fn headers(registry: &Registry) -> Vec<Header> {
    let sticky = registry
        .sites
        .iter()
        .filter_map(|site| site.sticky.as_ref());
    let names: BTreeSet<&String> = sticky
        .filter_map(|sticky| match sticky {
            Sticky::Header(name) => Some(name),
            Sticky::Ip | Sticky::Cookie(_) => None,
        })
        .collect();
    names
        .into_iter()
        .map(|name| Header {
            source: format!("$http_{}", name.replace('-', "_")),
            variable: header_variable(name),
        })
        .collect()
}

/// The server for names that no site has, where nothing else is the default of the port.
fn unknown(registry: &Registry, facts: &Facts) -> Option<Unknown> {
    let port = registry.settings.http_port();
    let taken = registry.sites.iter().any(Site::is_default) || facts.user.http;
    let code = match registry.unknown_hosts() {
        UnknownHosts::FirstSite => return None,
        // nginx's own number for closing the connection without a word.
        UnknownHosts::Reject => 444,
        UnknownHosts::NotFound => 404,
    };
    let listen = Listen {
        tls: false,
        http2: false,
        default: true,
        quic: None,
    };
    (!taken).then(|| Unknown {
        listens: listens(registry, facts, port, listen),
        http2: facts.nginx.http2_directive() && registry.sites.iter().any(speaks_grpc),
        code,
    })
}

/// Whether gRPC is spoken with a site.
pub(super) fn speaks_grpc(site: &Site) -> bool {
    let mut protocols = site.backend_protocol.iter();
    protocols.any(|protocol| protocol.value == BackendProtocol::Grpc)
}

/// Whether HTTP/3 is spoken with a site.
pub(super) fn speaks_quic(site: &Site) -> bool {
    site.is_https() && site.http3 == Some(true)
}

/// Whether names that no site has are refused over QUIC, which has a default of its own: else the first site of HTTP/3
/// would answer for them.
pub(super) fn rejects_quic(registry: &Registry, facts: &Facts) -> bool {
    let mut sites = registry.sites.iter().filter(|site| speaks_quic(site));
    let first_asked = registry.settings.unknown_hosts == Some(UnknownHosts::FirstSite);
    let default = sites.clone().any(Site::is_default);
    sites.next().is_some() && !default && !facts.user.quic && !first_asked
}

/// The server that refuses TLS for unknown names, where nothing else is the default of the port.
fn reject(registry: &Registry, facts: &Facts) -> Option<Reject> {
    let settings = &registry.settings;
    let port = settings.https_port();
    let tls: Vec<&Site> = registry
        .sites
        .iter()
        .filter(|site| site.is_https())
        .collect();
    let first_asked = settings.unknown_hosts == Some(UnknownHosts::FirstSite);
    let taken = tls.iter().any(|site| site.is_default()) || facts.user.tls || first_asked;
    let first = tls.first()?;
    let quic = rejects_quic(registry, facts);
    let http2 = !taken && first.http2.or(settings.http2).unwrap_or(false);
    let listens = if taken {
        quic.then(|| quic_listens(registry, facts, port, true, true))?
    } else {
        let listen = Listen {
            tls: true,
            http2,
            default: true,
            quic: quic.then_some(true),
        };
        listens(registry, facts, port, listen)
    };
    Some(Reject {
        handshake: facts.nginx.reject_handshake(),
        listens,
        http2: http2 && facts.nginx.http2_directive(),
        tls: TlsOwn::beside(None),
    })
}

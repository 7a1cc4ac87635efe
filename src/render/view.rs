//! What the templates may see. Every field is always there: to Tera an absent one is silently false.

mod locations;
mod proxy;
mod servers;

use serde::Serialize;

use super::{Facts, OverrideFile, Refusal};
use crate::model::{Bind, Registry, Site};
use crate::syntax::{Variables, escape_wildcards, quote};

pub(super) use servers::site;

/// The head of the file: definitions that do nothing by themselves, and the TLS server that refuses
/// names which no site has.
#[derive(Serialize)]
pub(super) struct Head {
    registry: String,
    overrides: String,
    definitions: Definitions,
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
    dollar: bool,
    shared_log: bool,
    names_hash_bucket_size: Option<u32>,
}

#[derive(Serialize)]
struct Reject {
    listens: Vec<String>,
    http2: bool,
    tls: TlsOwn,
}

/// Which of mech's own TLS directives stand: those that an override in the same server does not set.
#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each directive of the template"
)]
struct TlsOwn {
    ssl_protocols: bool,
    ssl_ciphers: bool,
    ssl_prefer_server_ciphers: bool,
    ssl_session_cache: bool,
    ssl_session_timeout: bool,
    ssl_session_tickets: bool,
}

impl TlsOwn {
    fn beside(file: Option<&OverrideFile>) -> Self {
        let free = |name: &str| !file.is_some_and(|file| file.sets(name));
        Self {
            ssl_protocols: free("ssl_protocols"),
            ssl_ciphers: free("ssl_ciphers"),
            ssl_prefer_server_ciphers: free("ssl_prefer_server_ciphers"),
            ssl_session_cache: free("ssl_session_cache"),
            ssl_session_timeout: free("ssl_session_timeout"),
            ssl_session_tickets: free("ssl_session_tickets"),
        }
    }
}

/// Makes the head.
pub(super) fn head(registry: &Registry, facts: &Facts) -> Head {
    let sites = || registry.sites.iter();
    let dollar = sites().any(|site| {
        let url = site.redirect.as_ref().or(site.redirect_full.as_ref());
        url.is_some_and(|url| url.to_string().contains('$'))
            || site
                .static_root
                .as_ref()
                .is_some_and(|root| root.as_str().contains('$'))
    });
    let names_hash = super::refusal::longest_name(registry).map(|(_, _, needed)| needed);
    Head {
        registry: one_line(&facts.places.registry.display().to_string()),
        overrides: one_line(&facts.places.overrides.display().to_string()),
        definitions: Definitions {
            connection: sites().any(|s| s.passes_websockets() && !s.backends.is_empty()),
            expires: sites().any(|s| s.static_root.is_some()),
            dollar,
            shared_log: registry.settings.shared_logs == Some(true),
            names_hash_bucket_size: names_hash.filter(|_| facts.user.names_hash.is_none()),
        },
        reject: reject(registry, facts),
    }
}

/// The server that refuses TLS for unknown names, where nothing else is the default of the port.
fn reject(registry: &Registry, facts: &Facts) -> Option<Reject> {
    let port = registry.settings.https_port();
    let tls: Vec<&Site> = registry
        .sites
        .iter()
        .filter(|site| site.is_https())
        .collect();
    let taken = tls.iter().any(|site| site.is_default()) || facts.user.tls;
    let first = tls.first()?;
    if taken || !facts.nginx.reject_handshake() {
        return None;
    }
    let http2 = first.http2.or(registry.settings.http2).unwrap_or(false);
    let listens = listens(
        registry,
        facts,
        port,
        Listen {
            tls: true,
            http2,
            default: true,
        },
    );
    Some(Reject {
        listens,
        http2: http2 && facts.nginx.http2_directive(),
        tls: TlsOwn::beside(None),
    })
}

/// The parameters of a `listen`.
#[derive(Clone, Copy)]
struct Listen {
    tls: bool,
    http2: bool,
    default: bool,
}

fn listens(registry: &Registry, facts: &Facts, port: u16, listen: Listen) -> Vec<String> {
    let addresses = match registry.settings.bind.as_ref().unwrap_or(&Bind::Any) {
        Bind::Any if facts.ipv6 => vec![port.to_string(), format!("[::]:{port}")],
        Bind::Any => vec![port.to_string()],
        Bind::Addresses(list) => list
            .iter()
            .map(|address| std::net::SocketAddr::new(*address, port).to_string())
            .collect(),
    };
    let mut parameters = String::new();
    if listen.default {
        parameters.push_str(" default_server");
    }
    if listen.tls {
        parameters.push_str(" ssl");
    }
    if listen.tls && listen.http2 && !facts.nginx.http2_directive() {
        parameters.push_str(" http2");
    }
    addresses
        .into_iter()
        .map(|address| format!("{address}{parameters}"))
        .collect()
}

/// Writes a value for a directive that takes variables.
fn expanded(value: &str) -> Result<String, Refusal> {
    written(value, Variables::Expanded)
}

/// Writes a value for a directive in which `$` is a plain character.
fn plain(value: &str) -> Result<String, Refusal> {
    written(value, Variables::Plain)
}

fn written(value: &str, variables: Variables) -> Result<String, Refusal> {
    quote(value, variables).map_err(|error| Refusal::Quote {
        value: value.to_owned(),
        error,
    })
}

/// A comment that cannot end before its line does.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// The written path of an override file.
fn override_path(site: &Site, facts: &Facts, file: &str) -> Result<String, Refusal> {
    let path = facts.places.overrides.join(site.name.as_str()).join(file);
    // `include` expands patterns; a pattern character in a folder's name is to stand for itself.
    plain(&escape_wildcards(&path.display().to_string()))
}

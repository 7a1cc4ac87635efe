//! What the templates may see. Every field is always there: to Tera an absent one is silently false.

mod access;
mod answer_lines;
mod answers;
mod app_location;
mod file_location;
mod forward;
mod guard;
mod head;
mod limits;
mod lines;
mod locations;
mod proxy;
mod routes;
mod serve;
mod servers;
mod upstreams;
mod written;

use serde::Serialize;

use super::{Facts, OverrideFile, Refusal};
use crate::model::{Bind, Registry, Site};
use crate::syntax::escape_wildcards;

use self::written::{ascii, expanded, joined, one_line, plain};

pub(super) use access::keeps_back;
pub(super) use head::head;
pub(super) use servers::site;

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

/// The parameters of a `listen`.
#[derive(Clone, Copy)]
struct Listen {
    tls: bool,
    http2: bool,
    default: bool,
    /// HTTP/3 as well; `Some(true)` for the server block that opens the sockets for all workers.
    quic: Option<bool>,
}

/// The addresses on which a port is listened to.
fn addresses(registry: &Registry, facts: &Facts, port: u16) -> Vec<String> {
    match registry.settings.bind.as_ref().unwrap_or(&Bind::Any) {
        Bind::Any if facts.ipv6 => vec![port.to_string(), format!("[::]:{port}")],
        Bind::Any => vec![port.to_string()],
        Bind::Addresses(list) => list
            .iter()
            .map(|address| std::net::SocketAddr::new(*address, port).to_string())
            .collect(),
    }
}

/// The `listen`s of HTTP/3. Without `reuseport`, which one server block says for all, the packets of one connection would
/// reach several workers.
fn quic_listens(
    registry: &Registry,
    facts: &Facts,
    port: u16,
    default: bool,
    opens: bool,
) -> Vec<String> {
    let default = if default { " default_server" } else { "" };
    let opens = if opens { " reuseport" } else { "" };
    addresses(registry, facts, port)
        .iter()
        .map(|address| format!("{address} quic{default}{opens}"))
        .collect()
}

fn listens(registry: &Registry, facts: &Facts, port: u16, listen: Listen) -> Vec<String> {
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
    let trust = registry.settings.trust.as_ref();
    if trust.is_some_and(crate::model::Trust::is_proxy_protocol) {
        parameters.push_str(" proxy_protocol");
    }
    let quic = listen
        .quic
        .map(|opens| quic_listens(registry, facts, port, listen.default, opens));
    addresses(registry, facts, port)
        .iter()
        .map(|address| format!("{address}{parameters}"))
        .chain(quic.into_iter().flatten())
        .collect()
}

/// The written path of an override file.
fn override_path(site: &Site, facts: &Facts, file: &str) -> Result<String, Refusal> {
    let path = facts.places.overrides.join(site.name.as_str()).join(file);
    // `include` expands patterns; a pattern character in a folder's name is to stand for itself.
    plain(&escape_wildcards(&path.display().to_string()))
}

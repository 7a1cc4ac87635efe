//! What is told to the apps behind the upstreams.

use serde::Serialize;

use super::access::PASSED;
use super::plain;
use crate::model::{BackendHost, Registry, ServerName, Settings, Site, Target, Trust, Verify};
use crate::render::{Facts, Refusal};

/// What stands once per server for all its proxying locations.
#[derive(Serialize)]
pub(super) struct Proxy {
    headers: Vec<String>,
    tls_name: Option<String>,
    verify: Option<String>,
    /// How many backends one request is tried on.
    tries: Option<usize>,
    /// Whether there is another backend to try.
    retries: bool,
}

impl Proxy {
    /// The directives of a server that listens on `port`; the most backends that share a path.
    pub(super) fn of(
        site: &Site,
        registry: &Registry,
        facts: &Facts,
        port: u16,
        backends: usize,
    ) -> Result<Self, Refusal> {
        let user = facts
            .overrides
            .get(&site.name.folded())
            .and_then(|o| o.server.as_ref());
        let taken: Vec<&str> = user
            .map(|f| f.first_arguments("proxy_set_header").collect())
            .unwrap_or_default();
        let tls = site.https_upstream == Some(true);
        let tls_name = tls.then(|| tls_name(site)).transpose()?;
        Ok(Self {
            headers: headers(site, registry, port, &taken),
            tls_name,
            verify: if tls { trusted(site, facts)? } else { None },
            retries: backends > 1,
            tries: tries(backends),
        })
    }
}

/// The file of the certificates that a backend's is verified against.
fn trusted(site: &Site, facts: &Facts) -> Result<Option<String>, Refusal> {
    match &site.verify_upstream {
        Some(Verify::File(file)) => plain(file.as_str()).map(Some),
        Some(Verify::System) => {
            let bundle = facts.ca_bundle.as_ref();
            bundle
                .map(|path| plain(&path.to_string_lossy()))
                .transpose()
        }
        None => Ok(None),
    }
}

/// nginx below 1.23.4 speaks TLS 1.3 to nobody unless told to (nginx CHANGES).
pub(super) const TLS_TO_BACKENDS: &str = "TLSv1.2 TLSv1.3";

/// TLS to backends that speak gRPC, which has directives of its own.
pub(super) fn grpc_tls(site: &Site, facts: &Facts) -> Result<Vec<(&'static str, String)>, Refusal> {
    let mut lines = vec![
        ("grpc_ssl_server_name", "on".to_owned()),
        ("grpc_ssl_name", tls_name(site)?),
        ("grpc_ssl_protocols", TLS_TO_BACKENDS.to_owned()),
    ];
    if let Some(file) = trusted(site, facts)? {
        lines.push(("grpc_ssl_trusted_certificate", file));
        lines.push(("grpc_ssl_verify", "on".to_owned()));
        lines.push(("grpc_ssl_verify_depth", "4".to_owned()));
    }
    Ok(lines)
}

/// A request that brings down each app it reaches brings down no more than so many.
const MOST_TRIES: usize = 3;

/// How many of so many backends one request is tried on; none where there is one alone.
pub(super) fn tries(backends: usize) -> Option<usize> {
    (backends > 1).then_some(backends.min(MOST_TRIES))
}

/// Whether proxies are believed that name the scheme of a request. What passes bytes through and
/// announces clients in the PROXY protocol has not read that header: it is the client's own.
pub(super) fn believes_scheme(settings: &Settings) -> bool {
    let trust = settings.trust.as_ref();
    trust.is_some_and(|trust: &Trust| !trust.is_proxy_protocol())
}

/// Whether a port needs no mention in a URL.
pub(super) fn is_standard(settings: &Settings, port: u16) -> bool {
    let usual = if settings.https_port() == port {
        443
    } else {
        80
    };
    port == usual
}

/// The scheme of a request as its client wrote it.
pub(super) fn scheme(settings: &Settings) -> &'static str {
    if believes_scheme(settings) {
        "$mech_proto"
    } else {
        "$scheme"
    }
}

/// The host of a request, and its port where that needs a mention.
pub(super) fn host(settings: &Settings, port: u16) -> &'static str {
    if is_standard(settings, port) {
        "$host"
    } else if believes_scheme(settings) {
        "$host$mech_colon_port"
    } else {
        "$host:$server_port"
    }
}

/// The headers that the app gets, but for those that the user sets at the same level.
pub(super) fn headers(site: &Site, registry: &Registry, port: u16, taken: &[&str]) -> Vec<String> {
    let settings = &registry.settings;
    let upgrade: &[(&str, &str)] = if site.passes_websockets() {
        &[
            ("Upgrade", "$http_upgrade"),
            ("Connection", "$mech_connection"),
        ]
    } else {
        &[("Connection", "\"\"")]
    };
    let host = host(settings, port);
    let told = [
        ("Host", host),
        ("X-Real-IP", "$remote_addr"),
        // Not `$proxy_add_x_forwarded_for`: it would pass on what the client itself claims.
        ("X-Forwarded-For", "$remote_addr"),
        ("X-Forwarded-Proto", scheme(settings)),
        ("X-Forwarded-Host", host),
        (
            "X-Forwarded-Port",
            if believes_scheme(settings) {
                "$mech_port"
            } else {
                "$server_port"
            },
        ),
        ("X-Request-ID", "$request_id"),
        ("Forwarded", "\"\""),
        ("Proxy", "\"\""),
    ];
    // Where a service says who somebody is, no client says it anywhere in the site.
    let asked = PASSED.map(|(name, _, variable)| (name, variable));
    let asked: &[(&str, &str)] = if site.forward_auth.is_empty() {
        &[]
    } else {
        &asked
    };
    told.iter()
        .chain(upgrade)
        .chain(asked)
        .filter(|(name, _)| !taken.iter().any(|t| t.eq_ignore_ascii_case(name)))
        .map(|(name, value)| format!("{name} {value}"))
        .collect()
}

/// The name under which a backend is asked for its certificate: its own where all share one, else
/// the site's.
fn tls_name(site: &Site) -> Result<String, Refusal> {
    let mut names = site.backends.iter().map(|backend| match &backend.target {
        Target::Ports(BackendHost::Name(name), _) => Some(name.as_str().to_owned()),
        _ => None,
    });
    let first = names.next().flatten();
    let shared = first.filter(|first| names.all(|name| name.as_ref() == Some(first)));
    let wildcard = site.host.as_ref().is_some_and(ServerName::is_wildcard);
    match shared {
        // No certificate is asked for by the name `*.example.com`.
        None if wildcard => Ok("$host".to_owned()),
        None => plain(&site.main_name()),
        Some(name) => plain(&name),
    }
}

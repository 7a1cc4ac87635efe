//! Asking a service whether a request may pass.

use super::proxy::{TLS_TO_BACKENDS, host, scheme};
use super::upstreams::Upstream;
use super::{expanded, plain};
use crate::model::{Backend, ForwardAuth, Settings, Site};
use crate::render::{Facts, Refusal};

/// The upstreams of the services of a site, so that a name among them is looked up as a backend's is.
pub(super) fn upstreams(site: &Site, facts: &Facts) -> Result<Vec<Upstream>, Refusal> {
    let mut all = Vec::new();
    for (index, auth) in site.forward_auth.iter().enumerate() {
        let url = &auth.value.url;
        // A host and a port are a backend.
        let backend: Result<Backend, _> = format!("{}:{}", url.host(), url.port()).parse();
        if let Ok(backend) = backend {
            all.push(Upstream::alone(name(site, index), &backend, site, facts)?);
        }
    }
    Ok(all)
}

fn name(site: &Site, index: usize) -> String {
    format!("{}.mech_auth.{}", site.name, index + 1)
}

/// The directives of the location that asks.
pub(super) fn asking(
    site: &Site,
    index: usize,
    auth: &ForwardAuth,
    settings: &Settings,
    port: u16,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let url = &auth.url;
    let own_scheme = if url.is_https() { "https" } else { "http" };
    let rest = match url.rest() {
        "" => "/",
        rest => rest,
    };
    let target = expanded(&format!("{own_scheme}://{}{rest}", name(site, index)))?;
    let own_host = plain(url.host())?;
    let mut lines = vec![
        ("proxy_pass", target),
        ("proxy_pass_request_body", "off".to_owned()),
        // The body, which is not sent, is measured where the request itself is served.
        ("client_max_body_size", "0".to_owned()),
        // A page of the person's own that makes 200 of an error would let everybody in while the
        // service is down; with one page of its own this location has none of the server's.
        ("error_page", "599 /".to_owned()),
    ];
    // The host that is served: a header `Host` says whatever the client likes beside an absolute URL.
    let (scheme, host) = (scheme(settings), host(settings, port));
    let url_asked = format!("{scheme}://{host}$request_uri");
    let headers = [
        ("Host", own_host.as_str()),
        ("Content-Length", "\"\""),
        ("Connection", "\"\""),
        ("X-Original-Method", "$request_method"),
        ("X-Original-URL", &url_asked),
        ("X-Original-URI", "$request_uri"),
        ("X-Forwarded-Method", "$request_method"),
        ("X-Forwarded-Proto", scheme),
        ("X-Forwarded-Host", host),
        ("X-Forwarded-Uri", "$request_uri"),
        ("X-Forwarded-For", "$remote_addr"),
    ];
    lines.extend(
        headers
            .iter()
            .map(|(name, value)| ("proxy_set_header", format!("{name} {value}"))),
    );
    if url.is_https() {
        lines.push(("proxy_ssl_server_name", "on".to_owned()));
        lines.push(("proxy_ssl_name", own_host));
        lines.push(("proxy_ssl_protocols", TLS_TO_BACKENDS.to_owned()));
    }
    Ok(lines)
}

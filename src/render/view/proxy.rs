//! Upstreams, and what is told to the apps behind them.

use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

use super::plain;
use crate::model::{Backend, BackendHost, Registry, ServerName, Site, SiteName, Target};
use crate::render::{Facts, Refusal};

/// One `upstream`: the backends of one path.
#[derive(Serialize)]
pub(super) struct Upstream {
    pub(super) name: String,
    servers: Vec<String>,
    #[serde(skip)]
    pub(super) path: Option<String>,
}

/// What stands once per server for all its proxying locations.
#[derive(Serialize)]
pub(super) struct Proxy {
    headers: Vec<String>,
    tls_name: Option<String>,
}

/// The upstreams of a site, that of no path first.
pub(super) fn upstreams(site: &Site, facts: &Facts) -> Result<Vec<Upstream>, Refusal> {
    let mut groups: Vec<(Option<&str>, Vec<&Backend>)> = Vec::new();
    for backend in &site.backends {
        let path = backend.path.as_ref().map(crate::model::UrlPath::as_str);
        match groups.last_mut() {
            Some((last, group)) if *last == path => group.push(backend),
            _ => groups.push((path, vec![backend])),
        }
    }
    let mut upstreams = Vec::with_capacity(groups.len());
    let mut index = 0;
    for (path, group) in groups {
        let name = if path.is_some() {
            index += 1;
            format!("{}.{index}", upstream_name(&site.name))
        } else {
            upstream_name(&site.name)
        };
        let servers = servers(site, &group, facts)?;
        upstreams.push(Upstream {
            name,
            servers,
            path: path.map(str::to_owned),
        });
    }
    Ok(upstreams)
}

/// The name of a site's upstream, which no host name and no other site's can equal.
///
/// The site stands first: nginx looks each name up in a list, byte by byte from the front, and a
/// prefix that all share made its test of 10,000 sites 2.3 times slower (measured, 1.22.1).
pub(in crate::render) fn upstream_name(site: &SiteName) -> String {
    format!("{site}.mech_site")
}

struct Address {
    text: String,
    local: bool,
}

fn servers(site: &Site, group: &[&Backend], facts: &Facts) -> Result<Vec<String>, Refusal> {
    let mut lines: Vec<(Address, String, bool)> = Vec::new();
    for backend in group {
        let parameters = backend.parameters.iter().map(|p| format!(" {p}"));
        let parameters = parameters.collect::<Vec<_>>().concat();
        let said = backend
            .parameters
            .iter()
            .any(|p| matches!(p.name(), "max_fails" | "fail_timeout"));
        for address in addresses(site, backend, facts)? {
            lines.push((address, parameters.clone(), said));
        }
    }
    let several = lines.len() > 1;
    Ok(lines
        .into_iter()
        .map(|(address, parameters, said)| {
            // nginx's own 10 s keep a site at 502 for as long after all its apps restarted at once;
            // these were measured at under 1 s and under 2 s.
            let marks = match (several && !said, address.local) {
                (false, _) => "",
                (true, true) => " max_fails=1 fail_timeout=1s",
                (true, false) => " max_fails=3 fail_timeout=2s",
            };
            format!("{}{parameters}{marks}", address.text)
        })
        .collect())
}

fn addresses(site: &Site, backend: &Backend, facts: &Facts) -> Result<Vec<Address>, Refusal> {
    match &backend.target {
        Target::Unix(path) => Ok(vec![Address {
            text: plain(&format!("unix:{path}"))?,
            local: true,
        }]),
        Target::Ports(host, ports) => Ok(ports
            .ports()
            .map(|port| address(host, port, facts))
            .collect()),
        Target::File(file) => {
            let listed = facts
                .files
                .get(file.as_str())
                .map(Vec::as_slice)
                .unwrap_or_default();
            if listed.is_empty() {
                return Err(Refusal::NoBackends {
                    site: site.name.clone(),
                    file: file.to_string(),
                });
            }
            let mut all = Vec::new();
            for inner in listed {
                match &inner.target {
                    Target::Ports(host, ports) => {
                        all.extend(ports.ports().map(|port| address(host, port, facts)));
                    }
                    Target::Unix(path) => {
                        all.push(Address {
                            text: plain(&format!("unix:{path}"))?,
                            local: true,
                        });
                    }
                    // Files in files are refused where the file is read.
                    Target::File(_) => {}
                }
            }
            Ok(all)
        }
    }
}

fn address(host: &BackendHost, port: u16, facts: &Facts) -> Address {
    let (text, local) = match host {
        // `localhost` would be two servers to nginx, one of which usually refuses.
        BackendHost::Localhost if facts.ipv6_only.contains(&port) => {
            (format!("[::1]:{port}"), true)
        }
        BackendHost::Localhost => (format!("127.0.0.1:{port}"), true),
        BackendHost::V4(v4) => (
            format!("{v4}:{port}"),
            v4.is_loopback() || *v4 == Ipv4Addr::UNSPECIFIED,
        ),
        BackendHost::V6(v6) => (format!("[{v6}]:{port}"), IpAddr::V6(*v6).is_loopback()),
        BackendHost::Name(name) => (format!("{name}:{port}"), false),
    };
    Address { text, local }
}

impl Proxy {
    /// The directives of a server that listens on `port`.
    pub(super) fn of(
        site: &Site,
        registry: &Registry,
        facts: &Facts,
        port: u16,
    ) -> Result<Self, Refusal> {
        let user = facts
            .overrides
            .get(&site.name.folded())
            .and_then(|o| o.server.as_ref());
        let taken: Vec<&str> = user
            .map(|f| f.first_arguments("proxy_set_header").collect())
            .unwrap_or_default();
        let tls_name = (site.https_upstream == Some(true))
            .then(|| tls_name(site))
            .transpose()?;
        Ok(Self {
            headers: headers(site, registry, port, &taken),
            tls_name,
        })
    }
}

/// The headers that the app gets, but for those that the user sets at the same level.
pub(super) fn headers(site: &Site, registry: &Registry, port: u16, taken: &[&str]) -> Vec<String> {
    let settings = &registry.settings;
    let standard = port
        == if settings.https_port() == port {
            443
        } else {
            80
        };
    let upgrade: &[(&str, &str)] = if site.passes_websockets() {
        &[
            ("Upgrade", "$http_upgrade"),
            ("Connection", "$mech_connection"),
        ]
    } else {
        &[("Connection", "\"\"")]
    };
    let host = if standard {
        "$host"
    } else {
        "$host:$server_port"
    };
    let told = [
        ("Host", host),
        ("X-Real-IP", "$remote_addr"),
        // Not `$proxy_add_x_forwarded_for`: it would pass on what the client itself claims.
        ("X-Forwarded-For", "$remote_addr"),
        ("X-Forwarded-Proto", "$scheme"),
        ("X-Forwarded-Host", host),
        ("X-Forwarded-Port", "$server_port"),
        ("X-Request-ID", "$request_id"),
        ("Forwarded", "\"\""),
        ("Proxy", "\"\""),
    ];
    told.iter()
        .chain(upgrade)
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

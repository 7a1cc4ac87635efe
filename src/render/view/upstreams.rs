//! Upstreams: which backends share the requests of a path, and by what rule.

use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

use super::plain;
use crate::model::{
    Backend, BackendHost, Balance, HashKey, ServerParameter, Site, SiteName, Sticky, Target,
    UrlPath,
};
use crate::render::{Facts, Refusal};

/// One `upstream`: the backends of one path.
#[derive(Serialize)]
pub(super) struct Upstream {
    pub(super) name: String,
    /// What stands before the servers.
    rules: Vec<String>,
    servers: Vec<Server>,
    /// The same servers once more, asked when all of them are marked as failed: a single URL that fails
    /// marks them all, and the rest of the site would be refused unasked.
    last: Vec<String>,
    #[serde(skip)]
    pub(super) path: Option<UrlPath>,
}

#[derive(Serialize)]
struct Server {
    text: String,
    /// The address alone.
    #[serde(skip)]
    address: String,
    /// Whether it is marked as failed for a while by mech's own numbers.
    #[serde(skip)]
    marked: bool,
    /// Whether it is never asked.
    #[serde(skip)]
    down: bool,
    /// The name that was resolved to this address.
    name: Option<String>,
}

impl Upstream {
    /// How long its path is.
    pub(super) fn length(&self) -> usize {
        self.path.as_ref().map_or(0, |path| path.as_str().len())
    }

    /// One backend of a service that is no app of the site's.
    pub(super) fn alone(
        name: String,
        backend: &Backend,
        site: &Site,
        facts: &Facts,
    ) -> Result<Self, Refusal> {
        let servers = servers(site, &[backend], facts, true)?;
        Ok(Self {
            rules: shared(&[backend], &name, servers.len(), facts),
            name,
            last: last(&servers, true, &[backend], facts),
            servers,
            path: None,
        })
    }

    /// How many backends share its requests.
    pub(super) fn backends(&self) -> usize {
        self.servers.len()
    }
}

/// The upstreams of a site, that of no path first.
pub(super) fn upstreams(site: &Site, facts: &Facts) -> Result<Vec<Upstream>, Refusal> {
    let mut groups: Vec<(Option<&UrlPath>, Vec<&Backend>)> = Vec::new();
    for backend in &site.backends {
        let path = backend.path.as_ref();
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
        let backups = takes_backups(site, facts);
        let servers = servers(site, &group, facts, backups)?;
        upstreams.push(Upstream {
            rules: rules(site, &group, &name, &servers, facts),
            name,
            last: last(&servers, backups, &group, facts),
            servers,
            path: path.cloned(),
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

/// What the workers share of an upstream, and who is asked for its names.
fn shared(group: &[&Backend], name: &str, servers: usize, facts: &Facts) -> Vec<String> {
    let mut rules = Vec::new();
    let resolves = resolves(group, facts);
    // Without shared memory each worker counts for itself: connections up to a limit, or addresses.
    if resolves
        || group
            .iter()
            .any(|backend| backend.has(ServerParameter::MaxConns(0)))
    {
        let size = 64 * (1 + servers / 60);
        rules.push(format!("zone {name} {size}k"));
    }
    if resolves {
        let mut line = "resolver".to_owned();
        for resolver in &facts.resolvers {
            line.push(' ');
            match resolver {
                IpAddr::V4(v4) => line.push_str(&v4.to_string()),
                IpAddr::V6(v6) => line.extend(["[", &v6.to_string(), "]"]),
            }
        }
        if !facts.ipv6 {
            line.push_str(" ipv6=off");
        }
        rules.push(line);
    }
    rules
}

fn resolves(group: &[&Backend], facts: &Facts) -> bool {
    let mut group = group.iter();
    group.any(|backend| resolved_by_nginx(backend, facts).is_some())
}

/// What stands in an upstream besides its servers.
fn rules(
    site: &Site,
    group: &[&Backend],
    name: &str,
    servers: &[Server],
    facts: &Facts,
) -> Vec<String> {
    let mut rules = shared(group, name, servers.len(), facts);
    let resolves = resolves(group, facts);
    if servers.len() < 2 && !resolves {
        return rules;
    }
    let native = facts.nginx.sticky();
    match &site.sticky {
        Some(Sticky::Cookie(cookie)) if !native => {
            rules.push(format!("hash {} consistent", cookie_variable(cookie)));
            return rules;
        }
        Some(Sticky::Ip) => {
            rules.push("hash $remote_addr consistent".to_owned());
            return rules;
        }
        Some(Sticky::Header(header)) => {
            rules.push(format!("hash {} consistent", header_variable(header)));
            return rules;
        }
        Some(Sticky::Cookie(_)) | None => {}
    }
    match site.balance.as_ref().unwrap_or(&Balance::LeastConn) {
        Balance::LeastConn => rules.push("least_conn".to_owned()),
        Balance::RoundRobin => {}
        Balance::Random => rules.push("random two".to_owned()),
        Balance::IpHash => rules.push("ip_hash".to_owned()),
        Balance::Hash(key) => rules.push(format!("hash {} consistent", variable(key))),
    }
    if let Some(Sticky::Cookie(cookie)) = &site.sticky {
        let secure = if site.redirects_to_https() {
            " secure"
        } else {
            ""
        };
        rules.push(format!(
            "sticky cookie {cookie} path=/ httponly samesite=lax{secure}"
        ));
    }
    rules
}

/// nginx's variable of what is hashed.
fn variable(key: &HashKey) -> String {
    match key {
        HashKey::Uri => "$request_uri".to_owned(),
        HashKey::Ip => "$remote_addr".to_owned(),
        HashKey::Host => "$host".to_owned(),
        HashKey::Header(name) => format!("$http_{}", name.replace('-', "_")),
        HashKey::Cookie(name) => format!("$cookie_{name}"),
        HashKey::Argument(name) => format!("$arg_{name}"),
    }
}

/// mech's variable that holds a client's cookie, new ones for those without.
pub(super) fn cookie_variable(cookie: &str) -> String {
    format!("$mech_cookie_{}", cookie.to_ascii_lowercase())
}

/// mech's variable that holds the header by which a new client is sent its cookie.
/// For TLS alone where it is `secure`.
pub(super) fn set_cookie_variable(cookie: &str, secure: bool) -> String {
    let kind = if secure { "secure_cookie" } else { "cookie" };
    format!("$mech_set_{kind}_{}", cookie.to_ascii_lowercase())
}

/// mech's variable that holds a client's header, or its address where it sends none.
pub(super) fn header_variable(header: &str) -> String {
    format!("$mech_header_{}", header.replace('-', "_"))
}

/// Whether nginx takes a `backup` beside the rule of a site.
fn takes_backups(site: &Site, facts: &Facts) -> bool {
    let hashed = match &site.sticky {
        Some(Sticky::Cookie(_)) => !facts.nginx.sticky(),
        Some(Sticky::Ip | Sticky::Header(_)) => true,
        None => false,
    };
    let rule = site.balance.as_ref().unwrap_or(&Balance::LeastConn);
    !hashed && matches!(rule, Balance::LeastConn | Balance::RoundRobin)
}

/// What is asked when all servers are marked as failed.
fn last(servers: &[Server], backups: bool, group: &[&Backend], facts: &Facts) -> Vec<String> {
    let own = |parameter| group.iter().any(|backend| backend.has(parameter));
    // A person's own backup is that already, and a second server would double a limit.
    let said = own(ServerParameter::Backup) || own(ServerParameter::MaxConns(0));
    let marked = servers.iter().any(|server| server.marked);
    if !backups || said || !marked || resolves(group, facts) {
        return Vec::new();
    }
    let asked = servers.iter().filter(|server| !server.down);
    asked
        .map(|server| format!("{} backup max_fails=0", server.address))
        .collect()
}

struct Address {
    text: String,
    local: bool,
    name: Option<String>,
    resolve: bool,
}

fn servers(
    site: &Site,
    group: &[&Backend],
    facts: &Facts,
    backups: bool,
) -> Result<Vec<Server>, Refusal> {
    let mut lines: Vec<(Address, String, &Backend)> = Vec::new();
    for backend in group {
        let parameters = backend.parameters.iter().map(|p| format!(" {p}"));
        let parameters = parameters.collect::<Vec<_>>().concat();
        for address in addresses(site, backend, facts)? {
            lines.push((address, parameters.clone(), backend));
        }
    }
    let several = lines.len() > 1;
    let server = |(address, parameters, backend): (Address, String, &Backend)| {
        let said = backend.has(ServerParameter::MaxFails(0))
            || backend
                .parameters
                .iter()
                .any(|p| matches!(p, ServerParameter::FailTimeout(_)));
        let marked = several && !said;
        let spare = backend.has(ServerParameter::Backup);
        // nginx's own 10 s keep a site at 502 for as long after all its apps restarted at once;
        // these were measured at under 1 s and under 2 s. What is asked last is never marked, and a
        // local backend that is gone refuses at once, so one that cannot be asked last is not either.
        let marks = match (marked, spare || (address.local && !backups)) {
            (false, _) => "",
            (true, true) => " max_fails=0",
            (true, false) if address.local => " max_fails=1 fail_timeout=1s",
            (true, false) => " max_fails=3 fail_timeout=2s",
        };
        let resolve = if address.resolve { " resolve" } else { "" };
        Server {
            text: format!("{}{resolve}{parameters}{marks}", address.text),
            address: address.text,
            marked,
            down: backend.has(ServerParameter::Down),
            name: address.name,
        }
    };
    Ok(lines.into_iter().map(server).collect())
}

fn addresses(site: &Site, backend: &Backend, facts: &Facts) -> Result<Vec<Address>, Refusal> {
    let Target::File(file) = &backend.target else {
        return single(&backend.target, facts);
    };
    let listed = facts.files.get(file.as_str());
    let listed = listed.map(Vec::as_slice).unwrap_or_default();
    if listed.is_empty() {
        return Err(Refusal::NoBackends {
            site: site.name.clone(),
            file: file.to_string(),
        });
    }
    let mut all = Vec::new();
    for inner in listed {
        all.extend(single(&inner.target, facts)?);
    }
    Ok(all)
}

/// The addresses of a backend that is no file; files in files are refused where the file is read.
fn single(target: &Target, facts: &Facts) -> Result<Vec<Address>, Refusal> {
    match target {
        Target::File(_) => Ok(Vec::new()),
        Target::Unix(path) => Ok(vec![Address {
            text: plain(&format!("unix:{path}"))?,
            local: true,
            name: None,
            resolve: false,
        }]),
        Target::Ports(host, ports) => {
            let of = |port| hosts(host, port, facts);
            Ok(ports.ports().flat_map(of).collect())
        }
    }
}

fn hosts(host: &BackendHost, port: u16, facts: &Facts) -> Vec<Address> {
    let one = |text: String, local: bool| {
        vec![Address {
            text,
            local,
            name: None,
            resolve: false,
        }]
    };
    match host {
        // `localhost` would be two servers to nginx, one of which usually refuses.
        BackendHost::Localhost if facts.ipv6_only.contains(&port) => {
            one(format!("[::1]:{port}"), true)
        }
        BackendHost::Localhost => one(format!("127.0.0.1:{port}"), true),
        BackendHost::V4(v4) => one(
            format!("{v4}:{port}"),
            v4.is_loopback() || *v4 == Ipv4Addr::UNSPECIFIED,
        ),
        BackendHost::V6(v6) => one(format!("[{v6}]:{port}"), IpAddr::V6(*v6).is_loopback()),
        BackendHost::Name(name) => match facts.addresses.get(name.as_str()) {
            Some(known) if !known.is_empty() => known
                .iter()
                .map(|address| Address {
                    text: std::net::SocketAddr::new(*address, port).to_string(),
                    local: address.is_loopback(),
                    name: Some(name.readable()),
                    resolve: false,
                })
                .collect(),
            _ => vec![Address {
                text: format!("{name}:{port}"),
                local: false,
                name: None,
                resolve: nginx_resolves(facts),
            }],
        },
    }
}

/// Whether nginx asks the name servers by itself, again and again (nginx CHANGES 1.27.3).
fn nginx_resolves(facts: &Facts) -> bool {
    facts.nginx.resolve() && !facts.resolvers.is_empty()
}

/// The name of a backend that nginx resolves by itself.
fn resolved_by_nginx<'a>(backend: &'a Backend, facts: &'a Facts) -> Option<&'a str> {
    let named = |target: &'a Target| match target {
        Target::Ports(BackendHost::Name(name), _) => Some(name.as_str()),
        _ => None,
    };
    let listed = match &backend.target {
        Target::File(file) => facts.files.get(file.as_str()).map(Vec::as_slice),
        _ => None,
    };
    let inner = listed.unwrap_or_default().iter();
    let mut targets = inner.map(|inner| &inner.target).chain([&backend.target]);
    targets
        .find_map(named)
        .filter(|name| nginx_resolves(facts) && !facts.addresses.contains_key(*name))
}

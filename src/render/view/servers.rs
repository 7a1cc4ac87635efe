//! The server blocks of a site: which names on which port get which answer.

use serde::Serialize;

use super::answers::{AnswerHeaders, Wire};
use super::head::{rejects_quic, speaks_grpc, speaks_quic};
use super::limits::zones;
use super::proxy::believes_scheme;
use super::serve::{Serve, serve};
use super::upstreams::{Upstream, upstreams};
use super::{Listen, TlsOwn, expanded, forward, joined, listens, one_line, override_path, plain};
use crate::model::{LogFormat, RedirectUrl, Registry, ServerName, SettingKey, Site, UnknownHosts};
use crate::render::{Facts, OverrideFile, Refusal};

/// One site.
#[derive(Serialize)]
pub(in crate::render) struct SiteView {
    name: String,
    title: String,
    command: String,
    upstreams: Vec<Upstream>,
    zones: Vec<String>,
    geos: Vec<Geo>,
    top: Option<String>,
    servers: Vec<Server>,
}

/// A variable that depends on the client's address.
#[derive(Serialize)]
struct Geo {
    variable: String,
    lines: Vec<String>,
}

#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each directive, as the templates ask"
)]
struct Server {
    listens: Vec<String>,
    http2: bool,
    http3: bool,
    hides_version: bool,
    /// The shortname, where the logs are shared.
    logged_as: Option<String>,
    /// The proxies whose word on the client's address is believed, and where they say it.
    trusted: Vec<String>,
    real_ip_header: Option<&'static str>,
    headers: Vec<String>,
    names: Vec<String>,
    access_log: Option<String>,
    error_log: Option<String>,
    keepalive_min_timeout: bool,
    tls: Option<Tls>,
    redirect: Option<Redirect>,
    serve: Option<Serve>,
}

#[derive(Serialize)]
struct Tls {
    certificate: String,
    key: String,
    own: TlsOwn,
}

#[derive(Clone, Serialize)]
struct Redirect {
    code: u16,
    url: String,
}

/// What a server block does with a request.
enum Answer {
    Redirect(Redirect),
    Serve,
}

/// Makes the view of one site.
pub(in crate::render) fn site(
    site: &Site,
    registry: &Registry,
    facts: &Facts,
) -> Result<SiteView, Refusal> {
    let readable = site
        .host
        .as_ref()
        .map_or_else(|| site.name.folded(), ServerName::readable);
    let title: Vec<String> = std::iter::once(readable)
        .chain(site.aliases.iter().map(ServerName::readable))
        .collect();
    let builder = Builder {
        site,
        registry,
        facts,
    };
    let mut servers = builder.servers(false)?;
    if site.is_https() {
        servers.extend(builder.servers(true)?);
    }
    let mut all_upstreams = upstreams(site, facts)?;
    all_upstreams.extend(forward::upstreams(site, facts)?);
    let bypass = super::access::bypass(site)?;
    let top = facts
        .overrides
        .get(&site.name.folded())
        .and_then(|o| o.top.as_ref());
    Ok(SiteView {
        name: site.name.to_string(),
        title: shortened(&one_line(&title.join(" "))),
        command: shortened(&one_line(&site.command())),
        upstreams: all_upstreams,
        zones: zones(site),
        geos: bypass
            .into_iter()
            .map(|(variable, lines)| Geo { variable, lines })
            .collect(),
        top: top.map(|_| override_path(site, facts, "top")).transpose()?,
        servers,
    })
}

struct Builder<'a> {
    site: &'a Site,
    registry: &'a Registry,
    facts: &'a Facts,
}

impl Builder<'_> {
    /// The server blocks for one of the two ports.
    fn servers(&self, tls: bool) -> Result<Vec<Server>, Refusal> {
        let site = self.site;
        let main = site.main_name();
        // nginx warns of a name that stands twice.
        let prelaunch = self.prelaunch().filter(|name| *name != main);
        let twin = site.twin();
        let mut aliases: Vec<String> = Vec::new();
        for alias in &site.aliases {
            let known = [Some(main.as_str()), prelaunch.as_deref(), twin.as_deref()];
            if !known.contains(&Some(alias.as_str())) {
                aliases.push(alias.as_str().to_owned());
            }
        }
        aliases.dedup();
        let mut servers = Vec::new();
        if site.redirects_to_https() && !tls {
            let names = std::iter::once(main).chain(twin).chain(aliases).collect();
            // Browsers take in for good who shows TLS at the very name that was asked for (hstspreload.org).
            let preload = site.hsts.is_some_and(|policy| policy.preload);
            let redirect = self.to(preload && !site.is_default(), true);
            servers.push(self.server(tls, names, site.is_default(), &redirect, false)?);
            if let Some(name) = prelaunch {
                servers.push(self.server(tls, vec![name], false, &self.answer()?, false)?);
            }
            return Ok(servers);
        }
        let mut names = vec![main];
        let canonical = site.is_canonical();
        let apart: Vec<String> = if canonical {
            twin.into_iter().chain(aliases).collect()
        } else {
            names.extend(aliases);
            twin.into_iter().collect()
        };
        let default_apart = canonical && site.is_default();
        // By the name for before the launch a site is not to be asked for by TLS alone.
        let hidden = prelaunch.filter(|_| site.hsts.is_some() && tls);
        if hidden.is_none() {
            let prelaunch = self.prelaunch().filter(|name| *name != names[0]);
            names.splice(1..1, prelaunch);
        }
        let default = site.is_default() && !default_apart;
        servers.push(self.server(tls, names, default, &self.answer()?, true)?);
        if let Some(name) = hidden {
            servers.push(self.server(tls, vec![name], false, &self.answer()?, false)?);
        }
        if !apart.is_empty() || default_apart {
            let names = if apart.is_empty() {
                vec!["-mech-default".to_owned()]
            } else {
                apart
            };
            let to = self.to(false, tls || site.redirects_to_https());
            servers.push(self.server(tls, names, default_apart, &to, true)?);
        }
        Ok(servers)
    }

    /// The name under which the site answers before its own point here.
    fn prelaunch(&self) -> Option<String> {
        let pattern = self.registry.settings.prelaunch_host.as_ref()?;
        Some(pattern.of(&self.site.name))
    }

    fn server(
        &self,
        tls: bool,
        names: Vec<String>,
        default: bool,
        answer: &Answer,
        own_name: bool,
    ) -> Result<Server, Refusal> {
        let (site, settings) = (self.site, &self.registry.settings);
        let asked = tls && site.http2.or(settings.http2).unwrap_or(false);
        // Where HTTP/2 is the site's own, gRPC gets it on both ports.
        let grpc = speaks_grpc(site) || (!tls && self.opens_http2(default));
        let http2 = asked || (grpc && self.facts.nginx.http2_directive());
        let http3 = tls && site.http3 == Some(true);
        let file = match answer {
            Answer::Serve => self.server_override(),
            Answer::Redirect(_) => None,
        };
        let free = |name: &str| !file.is_some_and(|file| file.sets(name));
        let port = if tls {
            settings.https_port()
        } else {
            settings.http_port()
        };
        let (access_log, error_log) = self.logs()?;
        let wire = Wire {
            hsts: tls && own_name,
            http3: http3.then_some(port),
        };
        let serve = match answer {
            Answer::Serve => Some(serve(site, self.registry, self.facts, port, wire)?),
            Answer::Redirect(_) => None,
        };
        let headers = match answer {
            Answer::Redirect(_) => AnswerHeaders::of(site, "/", wire)?.added,
            Answer::Serve => Vec::new(),
        };
        let redirect = match answer {
            Answer::Redirect(redirect) => Some(redirect.clone()),
            Answer::Serve => None,
        };
        Ok(Server {
            listens: listens(
                self.registry,
                self.facts,
                port,
                Listen {
                    tls,
                    http2,
                    default,
                    quic: http3.then(|| self.opens_quic(&names)),
                },
            ),
            http2: http2 && self.facts.nginx.http2_directive() && free("http2"),
            http3,
            hides_version: free("server_tokens"),
            logged_as: (settings.logs_shared == Some(true)).then(|| site.name.to_string()),
            trusted: self.trusted(),
            real_ip_header: settings.trust.as_ref().map(|trust| {
                if trust.is_proxy_protocol() {
                    "proxy_protocol"
                } else {
                    "X-Forwarded-For"
                }
            }),
            headers,
            names,
            // A second log would be written beside the first.
            access_log: free("access_log").then_some(access_log),
            error_log: free("error_log").then_some(error_log),
            keepalive_min_timeout: self.facts.nginx.keepalive_min_timeout()
                && free("keepalive_min_timeout"),
            tls: tls.then(|| self.tls(TlsOwn::beside(file))).transpose()?,
            redirect,
            serve,
        })
    }

    /// Whether this server block, of plain HTTP, is asked by nginx whether a connection may begin with HTTP/2: that is the
    /// default of the port, whatever site the requests are for.
    fn opens_http2(&self, default: bool) -> bool {
        let sites = &self.registry.sites;
        let first = self.registry.unknown_hosts() == UnknownHosts::FirstSite
            && !sites.iter().any(Site::is_default)
            && sites
                .first()
                .is_some_and(|first| first.name == self.site.name);
        (default || first) && sites.iter().any(speaks_grpc)
    }

    fn logs(&self) -> Result<(String, String), Refusal> {
        let shared = self.registry.settings.logs_shared == Some(true);
        let stem = if shared {
            "mech"
        } else {
            self.site.name.as_str()
        };
        let path = |kind: &str| {
            self.facts
                .places
                .logs
                .join(format!("{stem}.{kind}.log"))
                .display()
                .to_string()
        };
        let json = self.registry.settings.log_format == Some(LogFormat::Json);
        let format = match (json, shared) {
            (true, _) => " mech_json",
            (false, true) => " mech_shared",
            (false, false) => "",
        };
        let access = if self.site.access_log == Some(false) {
            "off".to_owned()
        } else {
            opened_at_start(SettingKey::Logs, &path("access"))? + format
        };
        Ok((access, plain(&path("error"))?))
    }

    /// Whether the server block of these names is the one that opens the sockets of HTTP/3: nginx wants one.
    fn opens_quic(&self, names: &[String]) -> bool {
        let mut sites = self.registry.sites.iter().filter(|site| speaks_quic(site));
        let first = sites
            .next()
            .is_some_and(|first| first.name == self.site.name);
        let main = names.first() == Some(&self.site.main_name());
        first && main && !rejects_quic(self.registry, self.facts)
    }

    fn trusted(&self) -> Vec<String> {
        let Some(trust) = &self.registry.settings.trust else {
            return Vec::new();
        };
        let networks = &self.facts.trusted;
        if networks.is_empty() && trust.is_proxy_protocol() {
            // Nobody else can speak on this socket.
            return ["0.0.0.0/0", "::/0"].map(str::to_owned).to_vec();
        }
        networks.iter().map(ToString::to_string).collect()
    }

    fn server_override(&self) -> Option<&OverrideFile> {
        let overrides = self.facts.overrides.get(&self.site.name.folded())?;
        overrides.server.as_ref()
    }

    fn tls(&self, own: TlsOwn) -> Result<Tls, Refusal> {
        let path = |end: &str| {
            let file = format!("{}.{end}", self.site.name);
            let path = self.facts.places.certs.join(file);
            opened_at_start(SettingKey::Certs, &path.display().to_string())
        };
        Ok(Tls {
            certificate: path("cer")?,
            key: path("key")?,
            own,
        })
    }

    /// What the site itself answers.
    fn answer(&self) -> Result<Answer, Refusal> {
        let code = self.site.redirect_code().number();
        if let Some(url) = &self.site.redirect {
            return Ok(Answer::Redirect(Redirect {
                code,
                url: expanded(&url.to_string())?,
            }));
        }
        if let Some(url) = &self.site.redirect_full {
            return Ok(Answer::Redirect(Redirect {
                code,
                url: with_request_uri(url)?,
            }));
        }
        Ok(Answer::Serve)
    }

    /// A redirect to the name that was asked for or to the site's main name, the request's own bytes behind it.
    fn to(&self, asked: bool, https: bool) -> Answer {
        let settings = &self.registry.settings;
        let (scheme, port, standard) = if https {
            ("https", settings.https_port(), 443)
        } else {
            ("http", settings.http_port(), 80)
        };
        let wildcard = self.site.host.as_ref().is_some_and(ServerName::is_wildcard);
        let host = if wildcard || asked {
            "$host".to_owned()
        } else {
            self.site.main_name()
        };
        // A proxy in front may have ended TLS: then the client is to come back to it.
        let behind = !https && believes_scheme(settings);
        let scheme = if behind { "$mech_proto" } else { scheme };
        let port = match (port == standard, behind) {
            (true, _) => String::new(),
            (false, true) => "$mech_colon_port".to_owned(),
            (false, false) => format!(":{port}"),
        };
        let url = format!("{scheme}://{host}{port}$request_uri");
        Answer::Redirect(Redirect {
            code: self.site.redirect_code().number(),
            url,
        })
    }
}

/// nginx takes a comment for a parameter when it measures, and refuses one of 4,096 bytes.
fn shortened(title: &str) -> String {
    const MOST: usize = 500;
    match title.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} …", &title[..end]),
        None => title.to_owned(),
    }
}

/// A file that nginx opens when it starts, as root, as long as its path holds no variable; and
/// [`DOLLAR`](crate::syntax::DOLLAR) is one.
fn opened_at_start(setting: SettingKey, path: &str) -> Result<String, Refusal> {
    if path.contains('$') {
        let folder = path.rsplit_once('/').map_or(path, |(folder, _)| folder);
        return Err(Refusal::Dollar {
            setting: setting.name(),
            folder: folder.to_owned(),
        });
    }
    plain(path)
}

fn with_request_uri(url: &RedirectUrl) -> Result<String, Refusal> {
    let text = url.to_string();
    // The request's path brings its own slash.
    let text = text.strip_suffix('/').unwrap_or(&text);
    // nginx's limit of a parameter counts what is appended too, a variable of twelve bytes.
    expanded(&format!("{text}_request_uri"))?;
    Ok(joined(&expanded(text)?, "$request_uri"))
}

//! The server blocks of a site: which names on which port get which answer.

use serde::Serialize;

use super::locations::{Serve, serve};
use super::proxy::{Upstream, upstreams};
use super::{Listen, TlsOwn, expanded, listens, one_line, override_path, plain};
use crate::model::{RedirectUrl, Registry, ServerName, SettingKey, Site};
use crate::render::{Facts, OverrideFile, Refusal};

/// One site.
#[derive(Serialize)]
pub(in crate::render) struct SiteView {
    name: String,
    title: String,
    upstreams: Vec<Upstream>,
    top: Option<String>,
    servers: Vec<Server>,
}

#[derive(Serialize)]
struct Server {
    listens: Vec<String>,
    http2: bool,
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
    let top = facts
        .overrides
        .get(&site.name.folded())
        .and_then(|o| o.top.as_ref());
    Ok(SiteView {
        name: site.name.to_string(),
        title: shortened(&one_line(&title.join(" "))),
        upstreams: upstreams(site, facts)?,
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
        let prelaunch = self
            .registry
            .settings
            .prelaunch_host
            .as_ref()
            .map(|p| p.of(&site.name))
            // nginx warns of a name that stands twice.
            .filter(|name| *name != main);
        let mut aliases: Vec<String> = Vec::new();
        for alias in &site.aliases {
            if *alias.as_str() != *main && prelaunch.as_deref() != Some(alias.as_str()) {
                aliases.push(alias.as_str().to_owned());
            }
        }
        aliases.dedup();
        let mut servers = Vec::new();
        if site.redirects_to_https() && !tls {
            let names = std::iter::once(main).chain(aliases).collect();
            servers.push(self.server(tls, names, site.is_default(), &self.to_main(true))?);
            if let Some(name) = prelaunch {
                servers.push(self.server(tls, vec![name], false, &self.answer()?)?);
            }
            return Ok(servers);
        }
        let mut names = vec![main];
        names.extend(prelaunch);
        let apart = site.is_canonical() && (!aliases.is_empty() || site.is_default());
        if !apart {
            names.extend(aliases);
            servers.push(self.server(tls, names, site.is_default(), &self.answer()?)?);
            return Ok(servers);
        }
        servers.push(self.server(tls, names, false, &self.answer()?)?);
        if aliases.is_empty() {
            aliases.push("-mech-default".to_owned());
        }
        let canonical = self.to_main(tls || site.redirects_to_https());
        servers.push(self.server(tls, aliases, site.is_default(), &canonical)?);
        Ok(servers)
    }

    fn server(
        &self,
        tls: bool,
        names: Vec<String>,
        default: bool,
        answer: &Answer,
    ) -> Result<Server, Refusal> {
        let (site, settings) = (self.site, &self.registry.settings);
        let http2 = tls && site.http2.or(settings.http2).unwrap_or(false);
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
        let serve = match answer {
            Answer::Serve => Some(serve(site, self.registry, self.facts, port)?),
            Answer::Redirect(_) => None,
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
                },
            ),
            http2: http2 && self.facts.nginx.http2_directive() && free("http2"),
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

    fn logs(&self) -> Result<(String, String), Refusal> {
        let shared = self.registry.settings.shared_logs == Some(true);
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
        let access = opened_at_start(SettingKey::Logs, &path("access"))?;
        let access = if shared {
            format!("{access} mech_shared")
        } else {
            access
        };
        Ok((access, plain(&path("error"))?))
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
        let code = self.code();
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

    /// A redirect to the site's main name, the request's own bytes behind it.
    fn to_main(&self, https: bool) -> Answer {
        let settings = &self.registry.settings;
        let (scheme, port, standard) = if https {
            ("https", settings.https_port(), 443)
        } else {
            ("http", settings.http_port(), 80)
        };
        let wildcard = self.site.host.as_ref().is_some_and(ServerName::is_wildcard);
        let host = if wildcard {
            "$host".to_owned()
        } else {
            self.site.main_name()
        };
        let port = if port == standard {
            String::new()
        } else {
            format!(":{port}")
        };
        let url = format!("{scheme}://{host}{port}$request_uri");
        Answer::Redirect(Redirect {
            code: self.code(),
            url,
        })
    }

    fn code(&self) -> u16 {
        if self.site.permanent == Some(true) {
            301
        } else {
            302
        }
    }
}

/// nginx takes a comment for a parameter when it measures, and refuses one of 4,096 bytes.
fn shortened(title: &str) -> String {
    const MOST: usize = 200;
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
    let written = expanded(text)?;
    Ok(match written.strip_suffix('"') {
        Some(open) => format!("{open}$request_uri\""),
        None => format!("{written}$request_uri"),
    })
}

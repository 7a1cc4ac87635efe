//! What is inside a server block that serves.
//!
//! mech's own defaults stand at the server, so that an override included in a location overrides
//! them. What the `server` override sets itself, mech leaves out: nginx calls a second one a
//! duplicate and refuses the whole configuration.

use serde::Serialize;

use super::proxy::{Proxy, Upstream, headers, upstreams};
use super::{expanded, override_path, plain};
use crate::model::{Registry, Site};
use crate::render::{Facts, OverrideFile, Overrides, Refusal};

/// The inside of a serving server block.
#[derive(Serialize)]
pub(super) struct Serve {
    own: Own,
    proxy: Option<Proxy>,
    method_fallback: Option<String>,
    include: Option<String>,
    locations: Vec<Location>,
}

/// Which of mech's own directives stand: those that the user's override does not set.
#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each directive, as the templates ask"
)]
struct Own {
    client_max_body_size: bool,
    gzip: bool,
    gzip_vary: bool,
    gzip_proxied: bool,
    gzip_types: bool,
    proxy_http_version: bool,
    proxy_redirect: bool,
    proxy_connect_timeout: bool,
    proxy_buffers: bool,
    proxy_ssl_server_name: bool,
    proxy_ssl_name: bool,
}

#[derive(Serialize)]
struct Location {
    pattern: String,
    root: Option<String>,
    try_files: Option<String>,
    expires: bool,
    method_fallback: Option<String>,
    client_max_body_size: Option<String>,
    headers: Vec<String>,
    proxy_pass: Option<String>,
    status: Option<u16>,
    includes: Vec<String>,
}

/// The location of the app behind files.
const FALLBACK: &str = "@mech_app";

/// Makes the inside of a server block on `port`.
pub(super) fn serve(
    site: &Site,
    registry: &Registry,
    facts: &Facts,
    port: u16,
) -> Result<Serve, Refusal> {
    let none = Overrides::default();
    let overrides = facts.overrides.get(&site.name.folded()).unwrap_or(&none);
    let upstreams = upstreams(site, facts)?;
    let builder = Builder {
        site,
        registry,
        facts,
        overrides,
        port,
    };
    let proxies = !upstreams.is_empty();
    let root = upstreams.iter().find(|upstream| upstream.path.is_none());
    let falls_back = site.static_root.is_some() && root.is_some();
    let pages = ErrorPages::of(overrides.server.as_ref());
    Ok(Serve {
        own: Own::beside(overrides, facts),
        proxy: proxies
            .then(|| Proxy::of(site, registry, facts, port))
            .transpose()?,
        // A location with an error page of its own has none of the server's, so where the user has
        // some there, mech's stands beside them.
        method_fallback: (falls_back && pages.any && !pages.method).then(|| FALLBACK.to_owned()),
        include: builder.include(overrides.server.as_ref(), "server")?,
        locations: builder.locations(&upstreams)?,
    })
}

impl Own {
    fn beside(overrides: &Overrides, facts: &Facts) -> Self {
        let free = |name: &str| {
            !overrides
                .server
                .as_ref()
                .is_some_and(|file| file.sets(name))
        };
        // nginx checks the sizes of these against each other, wherever each of them stands.
        let buffers = [
            "proxy_buffer_size",
            "proxy_buffers",
            "proxy_busy_buffers_size",
        ];
        let files = [&overrides.server, &overrides.location, &overrides.proxy];
        let buffers_set = files
            .into_iter()
            .flatten()
            .any(|file| buffers.iter().any(|name| file.sets(name)));
        Self {
            client_max_body_size: free("client_max_body_size"),
            gzip: free("gzip"),
            gzip_vary: free("gzip_vary"),
            gzip_proxied: free("gzip_proxied"),
            gzip_types: free("gzip_types"),
            proxy_http_version: free("proxy_http_version"),
            proxy_redirect: free("proxy_redirect"),
            proxy_connect_timeout: free("proxy_connect_timeout"),
            proxy_buffers: !buffers_set && !facts.user.proxy_buffers,
            proxy_ssl_server_name: free("proxy_ssl_server_name"),
            proxy_ssl_name: free("proxy_ssl_name"),
        }
    }
}

struct Builder<'a> {
    site: &'a Site,
    registry: &'a Registry,
    facts: &'a Facts,
    overrides: &'a Overrides,
    port: u16,
}

impl Builder<'_> {
    fn locations(&self, upstreams: &[Upstream]) -> Result<Vec<Location>, Refusal> {
        let mut locations = Vec::new();
        let root = upstreams.iter().find(|upstream| upstream.path.is_none());
        match (&self.site.static_root, root) {
            (Some(folder), root) => {
                let fallback = root.map_or("=404".to_owned(), |_| FALLBACK.to_owned());
                let index = if self.site.serves_index() {
                    " $uri/index.html"
                } else {
                    ""
                };
                let mut location = self.location("/".to_owned(), None, false)?;
                location.root = self.unless_set("root", expanded(folder.as_str())?);
                location.try_files =
                    self.unless_set("try_files", format!("$uri{index} {fallback}"));
                location.expires = self.unless_set("expires", String::new()).is_some();
                let files = self.overrides;
                if root.is_some() {
                    location.method_fallback = self.method_fallback();
                    let (to, from) = (files.location.as_ref(), files.proxy.as_ref());
                    location.client_max_body_size = carried_body_size(to, from)?;
                }
                location.includes = self.includes(true, false)?;
                locations.push(location);
                if let Some(upstream) = root {
                    let mut named = self.location(FALLBACK.to_owned(), Some(upstream), false)?;
                    let (to, from) = (files.proxy.as_ref(), files.location.as_ref());
                    named.client_max_body_size = carried_body_size(to, from)?;
                    locations.push(named);
                }
            }
            (None, Some(upstream)) => {
                locations.push(self.location("/".to_owned(), Some(upstream), true)?);
            }
            (None, None) => {
                let mut location = self.location("/".to_owned(), None, false)?;
                location.status = Some(404);
                location.includes = self.includes(true, false)?;
                locations.push(location);
            }
        }
        for upstream in upstreams {
            if let Some(path) = &upstream.path {
                // Two locations, because `/ci` alone would also be asked for `/cix`.
                for pattern in [
                    format!("= {}", plain(path)?),
                    format!("^~ {}", plain(&format!("{path}/"))?),
                ] {
                    locations.push(self.location(pattern, Some(upstream), false)?);
                }
            }
        }
        Ok(locations)
    }

    /// A location; with an upstream it passes requests on, with `whole` it is `location /` too.
    fn location(
        &self,
        pattern: String,
        upstream: Option<&Upstream>,
        whole: bool,
    ) -> Result<Location, Refusal> {
        let scheme = if self.site.https_upstream == Some(true) {
            "https"
        } else {
            "http"
        };
        let proxies = upstream.is_some();
        Ok(Location {
            pattern,
            root: None,
            try_files: None,
            expires: false,
            method_fallback: None,
            client_max_body_size: None,
            headers: if proxies {
                self.repeated_headers(whole)
            } else {
                Vec::new()
            },
            proxy_pass: upstream.map(|upstream| format!("{scheme}://{}", upstream.name)),
            status: None,
            includes: self.includes(whole, proxies)?,
        })
    }

    /// mech's headers once more where an override sets one of its own: nginx takes headers from the
    /// server only where the location has none.
    fn repeated_headers(&self, whole: bool) -> Vec<String> {
        let files = [
            self.overrides.proxy.as_ref(),
            self.overrides.location.as_ref().filter(|_| whole),
        ];
        let taken: Vec<&str> = files
            .into_iter()
            .flatten()
            .flat_map(|file| file.first_arguments("proxy_set_header"))
            .collect();
        if taken.is_empty() {
            Vec::new()
        } else {
            headers(self.site, self.registry, self.port, &taken)
        }
    }

    fn includes(&self, location: bool, proxy: bool) -> Result<Vec<String>, Refusal> {
        let mut includes = Vec::new();
        if location {
            includes.extend(self.include(self.overrides.location.as_ref(), "location")?);
        }
        if proxy {
            includes.extend(self.include(self.overrides.proxy.as_ref(), "proxy")?);
        }
        Ok(includes)
    }

    fn include(&self, file: Option<&OverrideFile>, name: &str) -> Result<Option<String>, Refusal> {
        file.map(|_| override_path(self.site, self.facts, name))
            .transpose()
    }

    /// A directive of `location /`, unless the `location` override sets it.
    fn unless_set(&self, name: &str, text: String) -> Option<String> {
        let set = self
            .overrides
            .location
            .as_ref()
            .is_some_and(|file| file.sets(name));
        (!set).then_some(text)
    }

    /// A POST to a path that is also a file is the app's: nginx serves files to GET alone. The rule
    /// stands in the location, because at the server it would also pass TRACE, which nginx refuses
    /// before it looks for a location.
    fn method_fallback(&self) -> Option<String> {
        let server = ErrorPages::of(self.overrides.server.as_ref());
        let location = ErrorPages::of(self.overrides.location.as_ref());
        let stands = !location.method && (location.any || !server.any);
        stands.then(|| FALLBACK.to_owned())
    }
}

/// The body size that only one of two overrides sets, for the location of the other: nginx checks an
/// announced length in `location /` and a chunked body where it is read.
fn carried_body_size(
    to: Option<&OverrideFile>,
    from: Option<&OverrideFile>,
) -> Result<Option<String>, Refusal> {
    let name = "client_max_body_size";
    let size = |file: Option<&OverrideFile>| {
        file.and_then(|file| file.first_arguments(name).next().map(str::to_owned))
    };
    match (size(to), size(from)) {
        (None, Some(size)) => plain(&size).map(Some),
        _ => Ok(None),
    }
}

/// Which error pages an override sets.
struct ErrorPages {
    any: bool,
    /// The one for 405, a method that nginx does not serve.
    method: bool,
}

impl ErrorPages {
    fn of(file: Option<&OverrideFile>) -> Self {
        let directives = file.map(|file| file.directives.as_slice());
        let pages = || {
            let all = directives.unwrap_or_default().iter();
            all.filter(|directive| directive.name == "error_page")
        };
        Self {
            any: pages().next().is_some(),
            method: pages().any(|page| page.args.iter().any(|arg| arg == "405")),
        }
    }
}

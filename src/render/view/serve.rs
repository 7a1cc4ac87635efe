//! What is inside a server block that serves.

use serde::Serialize;

use super::access::{Access, forward};
use super::answers::{AnswerHeaders, Wire, down_page, pages, users_pages};
use super::lines::{Lines, Location};
use super::locations::{Builder, login_page};
use super::override_path;
use super::proxy::Proxy;
use super::routes::{Handler, Route, routes};
use super::upstreams::upstreams;
use crate::model::{Registry, Scoped, Site};
use crate::render::{Facts, Overrides, Refusal};

/// The inside of a serving server block.
#[derive(Serialize)]
pub(super) struct Serve {
    own: Own,
    proxy: Option<Proxy>,
    /// Whether files are served.
    files: Option<Files>,
    /// What options say of the whole site.
    directives: Vec<String>,
    include: Option<String>,
    locations: Vec<Location>,
    redirects: Vec<Redirect>,
}

/// One line of a redirect map.
#[derive(Serialize)]
struct Redirect {
    from: String,
    code: u16,
    to: String,
}

/// How files are served.
#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each directive, as the templates ask"
)]
struct Files {
    sendfile: bool,
    tcp_nopush: bool,
    open_file_cache: bool,
    gzip_static: bool,
    brotli_static: bool,
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
    gzip_min_length: bool,
    gzip_types: bool,
    proxy_http_version: bool,
    proxy_redirect: bool,
    proxy_connect_timeout: bool,
    proxy_next_upstream_timeout: bool,
    proxy_next_upstream_tries: bool,
    proxy_buffers: bool,
    proxy_ssl_server_name: bool,
    proxy_ssl_name: bool,
    proxy_ssl_protocols: bool,
    proxy_ssl_verify: bool,
}

/// Makes the inside of a server block on `port`.
pub(super) fn serve(
    site: &Site,
    registry: &Registry,
    facts: &Facts,
    port: u16,
    wire: Wire,
) -> Result<Serve, Refusal> {
    let none = Overrides::default();
    let overrides = facts.overrides.get(&site.name.folded()).unwrap_or(&none);
    let upstreams = upstreams(site, facts)?;
    let routes = routes(site, &upstreams, overrides);
    let pages = pages(site, facts)?;
    let mut error_pages: Vec<String> = pages.iter().map(|page| page.line.clone()).collect();
    if let Some((_, auth)) = forward(site, "/")
        && let Some(login) = &auth.login
    {
        error_pages.push(login_page(login, &registry.settings, port)?);
    }
    let down = if upstreams.is_empty() {
        None
    } else {
        down_page(&pages, overrides.server.as_ref())
    };
    error_pages.extend(down.clone());
    let mut lines = Lines::new(
        String::new(),
        [(overrides.server.as_ref(), Some(String::new()))],
    );
    let access = Access::of(site, "/", facts)?;
    let mut headers = AnswerHeaders::of(site, "/", wire)?;
    headers.leave_to(overrides.server.as_ref());
    site_wide(site, &access, &headers, &error_pages, &mut lines);
    let backends = upstreams.iter().map(super::upstreams::Upstream::backends);
    let proxy = backends
        .max()
        .map(|most| Proxy::of(site, registry, facts, port, most))
        .transpose()?;
    let redirects = redirects(site, facts)?;
    // What stands in front of nginx may have another scheme or port: a path alone is always right.
    let slashes = !site.strip_prefix.is_empty() || !site.static_paths.is_empty();
    if slashes || !redirects.is_empty() {
        lines.one("absolute_redirect", "off");
    }
    let builder = Builder {
        site,
        registry,
        facts,
        overrides,
        port,
        wire,
        access,
        headers,
        error_pages: users_pages(overrides.server.as_ref())?
            .into_iter()
            .chain(error_pages)
            .collect(),
    };
    let mut locations = builder.locations(&routes)?;
    locations.extend(builder.internal(&pages, down.is_some())?);
    Ok(Serve {
        own: Own::beside(overrides, facts, site),
        proxy,
        files: serves_files(&routes).then(|| Files::beside(overrides, facts)),
        directives: lines.directives(),
        include: overrides
            .server
            .as_ref()
            .map(|_| override_path(site, facts, "server"))
            .transpose()?,
        redirects,
        locations,
    })
}

/// The directives of the server that options ask for.
fn site_wide(
    site: &Site,
    access: &Access,
    headers: &AnswerHeaders,
    error_pages: &[String],
    lines: &mut Lines<'_>,
) {
    for (name, value) in &access.0 {
        lines.many(name, value);
    }
    if let Some(size) = Scoped::nearest(&site.max_body, "/") {
        lines.one("client_max_body_size", &size.value.to_string());
    }
    if let Some(timeout) = Scoped::nearest(&site.timeout, "/") {
        let seconds = format!("{}s", timeout.value.as_seconds());
        lines.one("proxy_read_timeout", &seconds);
        lines.one("proxy_send_timeout", &seconds);
    }
    if let Some(buffering) = Scoped::nearest(&site.buffering, "/") {
        lines.one("proxy_buffering", &buffering.value.to_string());
    }
    for header in &headers.added {
        lines.many("add_header", header);
    }
    if !site.backends.is_empty() {
        for name in &headers.hidden {
            lines.many("proxy_hide_header", name);
        }
    }
    for page in error_pages {
        lines.many("error_page", page);
    }
}

fn serves_files(routes: &[Route<'_>]) -> bool {
    routes
        .iter()
        .any(|route| route.handler.serves_files() || matches!(route.handler, Handler::Folder(_)))
}

/// The redirects of the site's map; one for a path that has a location of its own comes first.
fn redirects(site: &Site, facts: &Facts) -> Result<Vec<Redirect>, Refusal> {
    let Some(map) = facts.redirects.get(&site.name.folded()) else {
        return Ok(Vec::new());
    };
    map.iter()
        .map(|line| {
            let to = super::expanded(&line.to)?;
            let query = if line.to.contains(['?', '#']) {
                ""
            } else {
                "$is_args$args"
            };
            Ok(Redirect {
                from: super::plain(&line.from)?,
                code: line.code.unwrap_or(site.redirect_code()).number(),
                to: super::joined(&to, query),
            })
        })
        .collect()
}

impl Files {
    fn beside(overrides: &Overrides, facts: &Facts) -> Self {
        let file = overrides.server.as_ref();
        let free = |name: &str| !file.is_some_and(|file| file.sets(name));
        Self {
            sendfile: free("sendfile"),
            tcp_nopush: free("tcp_nopush"),
            open_file_cache: free("open_file_cache"),
            gzip_static: facts.nginx.modules.gzip_static && free("gzip_static"),
            brotli_static: facts.nginx.modules.brotli_static && free("brotli_static"),
        }
    }
}

impl Own {
    fn beside(overrides: &Overrides, facts: &Facts, site: &Site) -> Self {
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
        let said = Scoped::nearest(&site.max_body, "/").is_some();
        Self {
            client_max_body_size: free("client_max_body_size") && !said,
            gzip: free("gzip"),
            gzip_vary: free("gzip_vary"),
            gzip_proxied: free("gzip_proxied"),
            gzip_min_length: free("gzip_min_length"),
            gzip_types: free("gzip_types"),
            proxy_http_version: free("proxy_http_version"),
            proxy_redirect: free("proxy_redirect"),
            proxy_connect_timeout: free("proxy_connect_timeout"),
            proxy_next_upstream_timeout: free("proxy_next_upstream_timeout"),
            proxy_next_upstream_tries: free("proxy_next_upstream_tries"),
            proxy_buffers: !buffers_set && !facts.user.proxy_buffers,
            proxy_ssl_server_name: free("proxy_ssl_server_name"),
            proxy_ssl_name: free("proxy_ssl_name"),
            proxy_ssl_protocols: free("proxy_ssl_protocols"),
            proxy_ssl_verify: free("proxy_ssl_verify"),
        }
    }
}

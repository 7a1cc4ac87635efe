//! What becomes of the requests below each path of a site.
//!
//! nginx hands nothing down from one location to another, so each path that an option names is worked
//! out here by itself: of all that is said of paths around it, the longest holds.

use std::collections::BTreeSet;

use super::upstreams::Upstream;
use crate::model::{BackendProtocol, Scoped, Site, StaticPath, UrlPath};
use crate::render::Overrides;

/// A part of a site that is served in one way.
pub(super) struct Route<'a> {
    /// The path; none for everything that no other route has.
    pub(super) path: Option<&'a str>,
    pub(super) handler: Handler<'a>,
}

/// Who answers.
#[derive(Clone, Copy)]
pub(super) enum Handler<'a> {
    /// Backends.
    App(App<'a>),
    /// Files, and backends for what is no file.
    FilesThenApp(App<'a>),
    /// Backends, and files for what they do not know.
    AppThenFiles(App<'a>),
    /// Files of the site's folder.
    Files,
    /// Files of a folder of the path's own.
    Folder(&'a StaticPath),
    /// Nobody: a site whose backends all have paths.
    Nobody,
}

/// The backends of a route.
#[derive(Clone, Copy)]
pub(super) struct App<'a> {
    pub(super) upstream: &'a Upstream,
    pub(super) protocol: BackendProtocol,
    /// What of the path the backends do not see.
    pub(super) strip: Option<&'a str>,
}

impl Handler<'_> {
    /// Whether its backends speak gRPC.
    pub(super) fn speaks_grpc(self) -> bool {
        match self {
            Self::App(app) | Self::FilesThenApp(app) | Self::AppThenFiles(app) => {
                app.protocol == BackendProtocol::Grpc
            }
            Self::Files | Self::Folder(_) | Self::Nobody => false,
        }
    }

    /// Whether files of the site's own folder are served.
    pub(super) fn serves_files(self) -> bool {
        matches!(
            self,
            Self::FilesThenApp(_) | Self::AppThenFiles(_) | Self::Files
        )
    }
}

/// The routes of a site, that of no path first, the others by their paths.
pub(super) fn routes<'a>(
    site: &'a Site,
    upstreams: &'a [Upstream],
    overrides: &'a Overrides,
) -> Vec<Route<'a>> {
    let mut routes = vec![Route {
        path: None,
        handler: handler(site, upstreams, "/"),
    }];
    routes.extend(paths(site, overrides).into_iter().map(|path| Route {
        path: Some(path),
        handler: handler(site, upstreams, path),
    }));
    routes
}

/// The paths of which something is said.
fn paths<'a>(site: &'a Site, overrides: &'a Overrides) -> BTreeSet<&'a str> {
    fn scoped<T>(values: &[Scoped<T>]) -> impl Iterator<Item = &UrlPath> {
        values.iter().filter_map(|value| value.scope.path())
    }
    let backends = site.backends.iter().filter_map(|b| b.path.as_ref());
    backends
        .chain(&site.strip_prefix)
        .chain(site.static_paths.iter().map(|folder| &folder.path))
        .chain(&site.immutable)
        .chain(site.auth.iter().filter_map(|scope| scope.path()))
        .chain(scoped(&site.backend_protocol))
        .chain(scoped(&site.max_body))
        .chain(scoped(&site.timeout))
        .chain(scoped(&site.buffering))
        .chain(scoped(&site.rate))
        .chain(scoped(&site.max_connections))
        .chain(scoped(&site.forward_auth))
        .chain(scoped(&site.allow))
        .chain(scoped(&site.deny))
        .chain(scoped(&site.headers))
        .chain(overrides.paths.keys())
        .map(UrlPath::as_str)
        .collect()
}

fn handler<'a>(site: &'a Site, upstreams: &'a [Upstream], path: &str) -> Handler<'a> {
    let folder = site
        .static_paths
        .iter()
        .filter(|folder| folder.path.is_around(path))
        .max_by_key(|folder| folder.path.as_str().len());
    let upstream = upstreams
        .iter()
        .filter(|upstream| upstream.path.as_ref().is_none_or(|p| p.is_around(path)))
        .max_by_key(|upstream| upstream.length());
    let nearer = |folder: &StaticPath| {
        upstream.is_none_or(|upstream| upstream.length() < folder.path.as_str().len())
    };
    let strip = site
        .strip_prefix
        .iter()
        .filter(|prefix| prefix.is_around(path))
        .max_by_key(|prefix| prefix.as_str().len())
        .map(UrlPath::as_str);
    let app = |upstream| App {
        upstream,
        protocol: Scoped::nearest(&site.backend_protocol, path)
            .map_or(BackendProtocol::Http1, |protocol| protocol.value),
        strip,
    };
    match (folder, upstream) {
        (Some(folder), _) if nearer(folder) => Handler::Folder(folder),
        (_, Some(upstream)) => {
            let files = site.static_root.is_some() && upstream.path.is_none() && strip.is_none();
            match (files, site.app_first) {
                (true, Some(true)) => Handler::AppThenFiles(app(upstream)),
                (true, _) => Handler::FilesThenApp(app(upstream)),
                (false, _) => Handler::App(app(upstream)),
            }
        }
        (_, None) if site.static_root.is_some() => Handler::Files,
        (_, None) => Handler::Nobody,
    }
}

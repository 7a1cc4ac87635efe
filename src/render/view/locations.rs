//! The locations of a site.
//!
//! mech's own defaults stand at the server, so that an override included in a location overrides
//! them. What an override sets itself, mech leaves out: nginx calls a second one a duplicate and
//! refuses the whole configuration.

use super::access::{Access, forward};
use super::answers::{AnswerHeaders, Wire};
use super::limits::limits;
use super::lines::{Lines, Location};
use super::proxy::{host, scheme};
use super::routes::{App, Handler, Route};
use super::{ascii, expanded, joined, override_path, plain};
use crate::model::{RedirectUrl, Registry, Scoped, Settings, Site};
use crate::render::{Facts, OverrideFile, Overrides, Refusal};

/// Names that begin with a dot are no files for the world, but for `/.well-known/` (RFC 8615).
pub(super) const DOTFILES: &str = r#"~ "/\.(?!well-known/)""#;

/// What a single-page app never means by a path of its own.
const ASSETS: &str = r#"~ "\.(?:js|mjs|css|map|json|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|wasm|txt|xml|pdf|mp4|webm)$""#;

/// Makes the locations of one server block.
pub(super) struct Builder<'a> {
    pub(super) site: &'a Site,
    pub(super) registry: &'a Registry,
    pub(super) facts: &'a Facts,
    pub(super) overrides: &'a Overrides,
    pub(super) port: u16,
    pub(super) wire: Wire,
    /// What the server says by itself.
    pub(super) access: Access,
    pub(super) headers: AnswerHeaders,
    pub(super) error_pages: Vec<String>,
}

/// Where a location stands in its route.
#[derive(Clone, Copy)]
enum Place {
    /// Requests come here first.
    First,
    /// They are handed on from there.
    Behind,
}

/// The location of the app behind files, or of the files behind an app; paths have a number.
fn named(kind: &str, number: usize) -> String {
    match number {
        0 => format!("@mech_{kind}"),
        number => format!("@mech_{kind}.{number}"),
    }
}

impl<'a> Builder<'a> {
    /// All locations of the routes.
    pub(super) fn locations(&self, routes: &[Route<'a>]) -> Result<Vec<Location>, Refusal> {
        let mut all = Vec::new();
        // nginx asks its expressions in their order, so these stand before that of dotted names.
        all.extend(self.guards(None, routes)?);
        for (number, route) in routes.iter().enumerate() {
            let guards = self.guards(route.path, routes)?;
            self.route(route, number, guards, &mut all)?;
        }
        all.extend(self.guard_files(routes)?);
        Ok(all)
    }

    fn route(
        &self,
        route: &Route<'a>,
        number: usize,
        mut guards: Vec<Location>,
        all: &mut Vec<Location>,
    ) -> Result<(), Refusal> {
        let path = route.path.unwrap_or("/");
        for pattern in patterns(route)? {
            let exact = pattern.starts_with("= ");
            if exact && self.is_moved(path) {
                continue;
            }
            match route.handler {
                Handler::App(app) if exact && app.strip == Some(path) => {
                    let mut lines = self.lines(pattern, route.path, Place::First, false);
                    lines.many("return", &to_slash(path)?);
                    all.push(lines.finish());
                }
                Handler::App(app) => {
                    let mut lines = self.lines(pattern, route.path, Place::First, true);
                    self.access(&mut lines, route)?;
                    self.app(&mut lines, route, app, exact)?;
                    all.push(lines.finish());
                }
                Handler::FilesThenApp(app) => {
                    let mut lines = self.lines(pattern, route.path, Place::First, false);
                    self.access(&mut lines, route)?;
                    let fallback = named("app", number);
                    if Access::of(self.site, path, self.facts)?.asks_for_passwords() {
                        // A wrong password goes no further than here, and guesses are to count.
                        self.limits(&mut lines, path);
                    }
                    self.files(&mut lines, route, &fallback)?;
                    self.method_fallback(&mut lines, &fallback);
                    self.body_size(&mut lines, path, self.overrides.proxy.as_ref())?;
                    self.answers(&mut lines, route, None)?;
                    if route.path.is_some() && !exact {
                        lines.within(self.dotted(route, app)?);
                    }
                    all.push(lines.finish());
                }
                Handler::AppThenFiles(app) => {
                    let mut lines = self.lines(pattern, route.path, Place::First, true);
                    self.access(&mut lines, route)?;
                    // Where there is no file the app's answer is its own: its pages for errors stay.
                    self.root(&mut lines)?;
                    let tried = self.tried(path, &named("app", number))?;
                    lines.one("try_files", &tried);
                    self.app(&mut lines, route, app, exact)?;
                    lines.one("proxy_intercept_errors", "on");
                    let fallback = named("files", number);
                    self.repeat_pages(&mut lines, &[format!("404 = {fallback}")]);
                    if route.path.is_some() && !exact {
                        lines.within(self.dotted(route, app)?);
                    }
                    all.push(lines.finish());
                }
                Handler::Files => {
                    let mut lines = self.lines(pattern, route.path, Place::First, false);
                    self.access(&mut lines, route)?;
                    self.files(&mut lines, route, "=404")?;
                    self.limits(&mut lines, path);
                    self.body_size(&mut lines, path, None)?;
                    self.answers(&mut lines, route, None)?;
                    if route.path.is_some() && !exact {
                        lines.within(self.nothing(DOTFILES));
                        if self.is_single_page(path) {
                            lines.within(self.assets(route)?);
                        }
                    }
                    all.push(lines.finish());
                }
                Handler::Folder(folder) if exact && folder.path.as_str() == path => {
                    let mut lines = self.lines(pattern, None, Place::Behind, false);
                    lines.many("return", &to_slash(path)?);
                    all.push(lines.finish());
                }
                Handler::Folder(folder) => {
                    let mut lines = self.lines(pattern, route.path, Place::First, false);
                    self.access(&mut lines, route)?;
                    self.folder(&mut lines, route, folder, exact)?;
                    all.push(lines.finish());
                }
                Handler::Nobody => {
                    let mut lines = self.lines(pattern, route.path, Place::First, false);
                    self.access(&mut lines, route)?;
                    self.not_found(&mut lines);
                    all.push(lines.finish());
                }
            }
            if let Some(location) = all.last_mut().filter(|_| route.path.is_some() && !exact) {
                location.begin_with(std::mem::take(&mut guards));
            }
        }
        self.second(route, number, all)
    }

    /// What a route has besides its first locations: the app behind files, or files behind an app.
    fn second(
        &self,
        route: &Route<'a>,
        number: usize,
        all: &mut Vec<Location>,
    ) -> Result<(), Refusal> {
        match route.handler {
            Handler::FilesThenApp(app) => {
                all.push(self.behind_files(route, number, app)?);
                if route.path.is_none() {
                    all.push(self.dotted(route, app)?);
                }
            }
            Handler::AppThenFiles(app) => {
                all.push(self.behind_files(route, number, app)?);
                let mut lines =
                    self.lines(named("files", number), route.path, Place::Behind, false);
                self.passed(&mut lines, route.path.unwrap_or("/"))?;
                self.files(&mut lines, route, "=404")?;
                self.answers(&mut lines, route, None)?;
                all.push(lines.finish());
                if route.path.is_none() {
                    all.push(self.dotted(route, app)?);
                }
            }
            Handler::Files if route.path.is_none() => {
                all.push(self.nothing(DOTFILES));
                if self.is_single_page("/") {
                    all.push(self.assets(route)?);
                }
            }
            Handler::App(_) | Handler::Files | Handler::Folder(_) | Handler::Nobody => {}
        }
        Ok(())
    }

    /// The app for what is no file.
    fn behind_files(
        &self,
        route: &Route<'_>,
        number: usize,
        app: App<'_>,
    ) -> Result<Location, Refusal> {
        let mut lines = self.lines(named("app", number), route.path, Place::Behind, true);
        self.passed(&mut lines, route.path.unwrap_or("/"))?;
        self.app(&mut lines, route, app, false)?;
        if route.path.is_none() {
            carry_body_size(&mut lines, self.overrides.location.as_ref())?;
        }
        Ok(lines.finish())
    }

    /// Names that begin with a dot, which are the app's where there is one.
    fn dotted(&self, route: &Route<'a>, app: App<'_>) -> Result<Location, Refusal> {
        let mut lines = self.lines(DOTFILES.to_owned(), None, Place::Behind, true);
        self.app(&mut lines, route, app, false)?;
        if route.path.is_some() && self.site.app_first == Some(true) {
            // Else it would take over from the location around it that what is not found is a file.
            lines.one("proxy_intercept_errors", "off");
            self.repeat_pages(&mut lines, &[]);
        }
        Ok(lines.finish())
    }

    /// Files of a single-page app that are no pages of it.
    fn assets(&self, route: &Route<'a>) -> Result<Location, Refusal> {
        let path = route.path.unwrap_or("/");
        let mut lines = self.lines(ASSETS.to_owned(), None, Place::Behind, false);
        self.root(&mut lines)?;
        lines.one("try_files", "$uri =404");
        lines.one("expires", "$mech_expires");
        self.limits(&mut lines, path);
        self.answers(&mut lines, route, None)?;
        Ok(lines.finish())
    }

    /// A location in which nothing is found.
    pub(super) fn nothing(&self, pattern: &str) -> Location {
        let mut lines = self.lines(pattern.to_owned(), None, Place::Behind, false);
        self.not_found(&mut lines);
        lines.finish()
    }

    /// Answers 404. A `return` comes before nginx looks who is let in, so where somebody is not it is the end
    /// of looking for a file.
    fn not_found(&self, lines: &mut Lines<'_>) {
        let site = self.site;
        let open = site.allow.is_empty() && site.deny.is_empty();
        if open && site.auth.is_empty() && site.forward_auth.is_empty() {
            lines.many("return", "404");
        } else {
            lines.many("try_files", "\"\" =404");
        }
    }

    /// Whether the site's map redirects a path.
    pub(super) fn is_moved(&self, path: &str) -> bool {
        let map = self.facts.redirects.get(&self.site.name.folded());
        map.is_some_and(|map| map.iter().any(|line| line.from == path))
    }

    /// A location, with the overrides that belong into it.
    fn lines(&self, pattern: String, path: Option<&str>, place: Place, proxies: bool) -> Lines<'a> {
        let include = |file: Option<&OverrideFile>, name: &str| {
            file.and_then(|_| override_path(self.site, self.facts, name).ok())
        };
        let overrides = self.overrides;
        let whole = path.is_none() && matches!(place, Place::First);
        let location = overrides.location.as_ref().filter(|_| whole);
        let proxy = overrides.proxy.as_ref().filter(|_| proxies);
        let path = path.and_then(|path| {
            let mut files = overrides.paths.iter();
            let (_, file) = files.find(|(own, _)| own.as_str() == path)?;
            Some((file, format!("paths{path}.conf")))
        });
        let own = path.map(|(file, name)| (Some(file), include(Some(file), &name)));
        let usual = [
            (location, include(location, "location")),
            (proxy, include(proxy, "proxy")),
        ];
        Lines::new(pattern, usual.into_iter().chain(own))
    }

    pub(super) fn access(&self, lines: &mut Lines<'_>, route: &Route<'_>) -> Result<(), Refusal> {
        let Some(path) = route.path else {
            return Ok(());
        };
        let access = Access::of(self.site, path, self.facts)?;
        if access == self.access {
            return Ok(());
        }
        for (name, value) in &access.0 {
            lines.many(name, value);
        }
        if let Some((_, auth)) = forward(self.site, path)
            && let Some(login) = &auth.login
        {
            let line = login_page(login, &self.registry.settings, self.port)?;
            self.repeat_pages(lines, &[line]);
        }
        Ok(())
    }

    /// The access of a location that only those reach who have been let in by the one before it: nobody
    /// is asked, and no password is checked, a second time for one request.
    fn passed(&self, lines: &mut Lines<'_>, path: &str) -> Result<(), Refusal> {
        let access = Access::of(self.site, path, self.facts)?;
        let networks = access.networks();
        if networks != self.access.networks() {
            for (name, value) in &networks {
                lines.many(name, value);
            }
        }
        // A directive of the server's holds here too.
        for name in ["auth_basic", "auth_request"] {
            if self.access.0.iter().any(|(own, _)| *own == name) {
                lines.one(name, "off");
            }
        }
        Ok(())
    }

    /// The size of a body below a path, where it differs from the site's.
    ///
    /// nginx checks an announced length in `location /` and a chunked body where it is read, so a size
    /// that only one of two overrides sets is carried to the location of the other.
    pub(super) fn body_size(
        &self,
        lines: &mut Lines<'_>,
        path: &str,
        other: Option<&OverrideFile>,
    ) -> Result<(), Refusal> {
        let nearest = Scoped::nearest(&self.site.max_body, path);
        if let Some(size) = nearest.filter(|size| size.scope.path().is_some()) {
            lines.one("client_max_body_size", &size.value.to_string());
            return Ok(());
        }
        carry_body_size(lines, other)
    }

    pub(super) fn limits(&self, lines: &mut Lines<'_>, path: &str) {
        for (name, value) in limits(self.site, path) {
            lines.many(name, &value);
        }
    }
}

/// The size of a body that an override of the other location of a route sets.
fn carry_body_size(lines: &mut Lines<'_>, other: Option<&OverrideFile>) -> Result<(), Refusal> {
    let name = "client_max_body_size";
    let size = other.and_then(|file| file.first_arguments(name).next());
    if let Some(size) = size {
        lines.one(name, &plain(size)?);
    }
    Ok(())
}

/// The `error_page` that sends somebody without a session to log in.
pub(super) fn login_page(
    login: &RedirectUrl,
    settings: &Settings,
    port: u16,
) -> Result<String, Refusal> {
    // Right behind a bare host the rest would be part of its name.
    let slash = if login.rest().is_empty() { "/" } else { "" };
    let written = expanded(&format!("{login}{slash}"))?;
    let (scheme, host) = (scheme(settings), host(settings, port));
    let target = format!("{scheme}://{host}$request_uri");
    Ok(format!("401 =302 {}", joined(&written, &target)))
}

/// The `return` from a path to the same one with a slash behind it.
fn to_slash(path: &str) -> Result<String, Refusal> {
    let target = expanded(&format!("{}/", ascii(path)))?;
    Ok(format!("308 {}", joined(&target, "$is_args$args")))
}

/// The patterns of a route; two for a path, because `/ci` alone would also be asked for `/cix`.
fn patterns(route: &Route<'_>) -> Result<Vec<String>, Refusal> {
    let Some(path) = route.path else {
        return Ok(vec!["/".to_owned()]);
    };
    let below = format!("^~ {}", plain(&format!("{path}/"))?);
    Ok(vec![format!("= {}", plain(path)?), below])
}

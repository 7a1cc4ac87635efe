//! Headers and pages for errors of a location, and the locations behind those pages.

use super::access::forward_location;
use super::answers::{AnswerHeaders, Page, users_headers};
use super::forward::asking;
use super::lines::{Lines, Location};
use super::locations::Builder;
use super::routes::Route;
use super::upstreams::{Upstream, set_cookie_variable};
use crate::model::Sticky;
use crate::render::{OverrideFile, Refusal};

impl Builder<'_> {
    pub(super) fn is_immutable(&self, path: &str) -> bool {
        self.site.immutable.iter().any(|own| own.is_around(path))
    }

    /// The headers of a location's answers, where they are not the server's: nginx takes those of the
    /// server only where the location has none.
    pub(super) fn answers(
        &self,
        lines: &mut Lines<'_>,
        route: &Route<'_>,
        upstream: Option<&Upstream>,
    ) -> Result<(), Refusal> {
        let path = route.path.unwrap_or("/");
        let mut own = AnswerHeaders::of(self.site, path, self.wire)?;
        if self.is_immutable(path) {
            own.keep_for_good();
        }
        own.leave_to(self.overrides.server.as_ref());
        let sticky = upstream
            .filter(|upstream| upstream.backends() > 1 && !self.facts.nginx.sticky())
            // A cache that keeps the answer would give its cookie to everybody.
            .filter(|_| !self.is_immutable(path))
            .and(self.site.sticky.as_ref());
        if let Some(Sticky::Cookie(cookie)) = sticky {
            let tls = self.port == self.registry.settings.https_port();
            let variable = set_cookie_variable(cookie, tls && self.site.redirects_to_https());
            own.added.push(format!("Set-Cookie {variable} always"));
        }
        if own.added != self.headers.added || lines.is_set("add_header") {
            for header in users_headers(self.overrides.server.as_ref())?
                .iter()
                .chain(&own.added)
            {
                lines.many("add_header", header);
            }
        }
        let grpc = route.handler.speaks_grpc();
        let hide = if grpc {
            "grpc_hide_header"
        } else {
            "proxy_hide_header"
        };
        let hides = grpc || own.hidden != self.headers.hidden || lines.is_set(hide);
        if upstream.is_some() && hides {
            for name in &own.hidden {
                lines.many(hide, name);
            }
        }
        Ok(())
    }

    /// A POST to a path that is also a file is the app's: nginx serves files to GET alone. The rule
    /// stands in the location, because at the server it would also pass TRACE, which nginx refuses
    /// before it looks for a location.
    pub(super) fn method_fallback(&self, lines: &mut Lines<'_>, fallback: &str) {
        let server = ErrorPages::of(self.overrides.server.as_ref());
        let location = ErrorPages::of(self.overrides.location.as_ref());
        if !location.method && (location.any || !server.method) {
            self.repeat_pages(lines, &[format!("405 = {fallback}")]);
        }
    }

    /// Pages for errors beside those of the server, which a location with one of its own has not.
    pub(super) fn repeat_pages(&self, lines: &mut Lines<'_>, own: &[String]) {
        for page in own.iter().chain(&self.error_pages) {
            lines.once("error_page", page);
        }
    }

    /// The locations that nobody asks for from outside: pages for errors, services that are asked.
    pub(super) fn internal(&self, pages: &[Page], down: bool) -> Result<Vec<Location>, Refusal> {
        let mut all = Vec::new();
        if down {
            let mut lines = Lines::new("^~ /.mech/down".to_owned(), []);
            lines.internal();
            self.open(&mut lines);
            // nginx knows by itself that `.html` is HTML.
            lines.many("default_type", "application/json");
            let users = users_headers(self.overrides.server.as_ref())?;
            for header in users.iter().chain(&self.headers.added) {
                lines.many("add_header", header);
            }
            lines.many("add_header", "Retry-After 5 always");
            lines.many("return", "502 $mech_down");
            all.push(lines.finish());
        }
        for (target, file) in pages.iter().filter_map(|page| page.file.as_ref()) {
            let mut lines = Lines::new(format!("= {target}"), []);
            lines.many("alias", file);
            lines.internal();
            self.open(&mut lines);
            all.push(lines.finish());
        }
        let settings = &self.registry.settings;
        for (index, auth) in self.site.forward_auth.iter().enumerate() {
            let mut lines = Lines::new(format!("= {}", forward_location(index)), []);
            lines.internal();
            for (name, value) in asking(self.site, index, &auth.value, settings, self.port)? {
                lines.many(name, &value);
            }
            all.push(lines.finish());
        }
        Ok(all)
    }

    /// Lets everybody in: who was refused is to see why.
    fn open(&self, lines: &mut Lines<'_>) {
        let has = |name: &str| self.access.0.iter().any(|(own, _)| *own == name);
        if has("deny") {
            lines.many("allow", "all");
        }
        if has("auth_basic") {
            lines.many("auth_basic", "off");
        }
        if has("auth_request") {
            lines.many("auth_request", "off");
        }
    }
}

/// Which error pages an override sets.
pub(super) struct ErrorPages {
    pub(super) any: bool,
    /// The one for 405, a method that nginx does not serve.
    pub(super) method: bool,
}

impl ErrorPages {
    pub(super) fn of(file: Option<&OverrideFile>) -> Self {
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

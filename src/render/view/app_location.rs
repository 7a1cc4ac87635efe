//! Locations that pass requests to backends.

use super::lines::Lines;
use super::locations::Builder;
use super::proxy::{grpc_tls, headers, tries};
use super::routes::{App, Route};
use super::{ascii, expanded, joined};
use crate::model::{BackendProtocol, Scoped};
use crate::render::Refusal;

impl Builder<'_> {
    /// Passing requests to backends.
    pub(super) fn app(
        &self,
        lines: &mut Lines<'_>,
        route: &Route<'_>,
        app: App<'_>,
        exact: bool,
    ) -> Result<(), Refusal> {
        let path = route.path.unwrap_or("/");
        let tls = self.site.https_upstream == Some(true);
        let scheme = if tls { "https" } else { "http" };
        // With a rest of the path behind it nginx decodes what it passes on; without, not a byte changes.
        let rest = match app.strip {
            Some(strip) => {
                let rest = path.strip_prefix(strip).unwrap_or_default();
                let slash = if exact { "" } else { "/" };
                expanded(&ascii(&format!("{rest}{slash}")))?
            }
            None => String::new(),
        };
        let upstream = &app.upstream.name;
        let (module, target) = match app.protocol {
            BackendProtocol::Http1 | BackendProtocol::H2c => {
                ("proxy", joined(&format!("{scheme}://{upstream}"), &rest))
            }
            BackendProtocol::Grpc => {
                let scheme = if tls { "grpcs" } else { "grpc" };
                ("grpc", format!("{scheme}://{upstream}"))
            }
        };
        if app.protocol == BackendProtocol::H2c {
            lines.one("proxy_http_version", "2");
        }
        self.told(lines, app.protocol, module);
        if app.protocol == BackendProtocol::Grpc {
            self.grpc(lines, tls)?;
            if let Some(tries) = tries(app.upstream.backends()) {
                lines.one("grpc_next_upstream_timeout", "10s");
                lines.one("grpc_next_upstream_tries", &tries.to_string());
            }
        }
        if let Some(timeout) = Scoped::nearest(&self.site.timeout, path)
            && (timeout.scope.path().is_some() || module == "grpc")
        {
            let seconds = format!("{}s", timeout.value.as_seconds());
            lines.one(&format!("{module}_read_timeout"), &seconds);
            lines.one(&format!("{module}_send_timeout"), &seconds);
            if module == "grpc" {
                lines.one("client_body_timeout", &seconds);
            }
        }
        if let Some(buffering) = Scoped::nearest(&self.site.buffering, path)
            && buffering.scope.path().is_some()
        {
            lines.one("proxy_buffering", &buffering.value.to_string());
        }
        if app.protocol == BackendProtocol::Grpc && self.site.max_body.is_empty() {
            // A stream has no end that could be known.
            lines.one("client_max_body_size", "0");
        } else {
            self.body_size(lines, path, None)?;
        }
        self.limits(lines, path);
        self.answers(lines, route, Some(app.upstream))?;
        lines.many(&format!("{module}_pass"), &target);
        Ok(())
    }

    /// mech's headers once more where the location has one of its own: nginx takes headers from the
    /// server only where the location has none.
    fn told(&self, lines: &mut Lines<'_>, protocol: BackendProtocol, module: &str) {
        let set = if module == "grpc" {
            "grpc_set_header"
        } else {
            "proxy_set_header"
        };
        let taken = lines.first_arguments(set);
        if taken.is_empty() && protocol == BackendProtocol::Http1 {
            return;
        }
        let hop = protocol != BackendProtocol::Http1;
        let all = headers(self.site, self.registry, self.port, &taken);
        for header in all {
            let name = header.split(' ').next().unwrap_or_default();
            if !(hop && matches!(name, "Upgrade" | "Connection")) {
                lines.many(set, &header);
            }
        }
    }

    fn grpc(&self, lines: &mut Lines<'_>, tls: bool) -> Result<(), Refusal> {
        lines.one("grpc_connect_timeout", "5s");
        if tls {
            for (name, value) in grpc_tls(self.site, self.facts)? {
                lines.one(name, &value);
            }
        }
        Ok(())
    }
}

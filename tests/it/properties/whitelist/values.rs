//! The values that a registry and its machine can lend to the text.

use mech::model::{BackendHost, Bind, Site, Target};
use mech::syntax::{DOLLAR, escape_wildcards};

use super::Checker;

/// The headers of the security profile.
const SECURITY: &[(&str, &str)] = &[
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "SAMEORIGIN"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin-allow-popups"),
    (
        "Permissions-Policy",
        "camera=(), geolocation=(), microphone=()",
    ),
];

impl Checker<'_> {
    pub(super) fn sites(&self) -> impl Iterator<Item = &Site> {
        self.registry.sites.iter()
    }

    pub(super) fn is_name(&self, name: &str) -> bool {
        let prelaunch = self.registry.settings.prelaunch_host.as_ref();
        self.sites().any(|s| {
            s.names().any(|n| n == name) || prelaunch.is_some_and(|p| p.of(&s.name) == name)
        })
    }

    pub(super) fn is_upstream(&self, name: &str) -> bool {
        self.sites().any(|s| {
            name.strip_prefix(s.name.as_str())
                .and_then(|rest| rest.strip_prefix(".mech_site"))
                .is_some_and(|rest| {
                    rest.is_empty()
                        || rest.strip_prefix('.').is_some_and(|n| {
                            n.parse::<usize>()
                                .is_ok_and(|n| (1..=s.backends.len()).contains(&n))
                        })
                })
        })
    }

    pub(super) fn is_backend_host(&self, name: &str) -> bool {
        let hosts = self.sites().flat_map(|s| &s.backends);
        hosts.into_iter().any(|b| matches!(&b.target, Target::Ports(BackendHost::Name(host), _) if host.as_str() == name))
    }

    pub(super) fn is_address(&self, address: &str) -> bool {
        let services = self.sites().flat_map(|site| &site.forward_auth);
        let services: Vec<mech::model::Backend> = services
            .filter_map(|auth| {
                let url = &auth.value.url;
                format!("{}:{}", url.host(), url.port()).parse().ok()
            })
            .collect();
        let own = self
            .sites()
            .flat_map(|s| &s.backends)
            .chain(&services)
            .chain(self.facts.files.values().flatten());
        own.into_iter().any(|backend| match &backend.target {
            Target::Unix(path) => address.strip_prefix("unix:") == Some(path.as_str()),
            Target::File(_) => false,
            Target::Ports(host, ports) => {
                let resolved = self.facts.addresses.get(&host.to_string());
                let hosts = match resolved {
                    _ if *host == BackendHost::Localhost => {
                        vec!["127.0.0.1".to_owned(), "[::1]".to_owned()]
                    }
                    Some(known) if !known.is_empty() => known.iter().map(in_url).collect(),
                    _ => vec![host.to_string()],
                };
                address.rsplit_once(':').is_some_and(|(host, port)| {
                    hosts.iter().any(|known| known == host)
                        && port
                            .parse()
                            .is_ok_and(|port: u16| ports.ports().any(|known| known == port))
                })
            }
        })
    }

    pub(super) fn is_listen(&self, address: &str) -> bool {
        let settings = &self.registry.settings;
        [settings.http_port(), settings.https_port()]
            .into_iter()
            .any(|port| match settings.bind.clone().unwrap_or_default() {
                Bind::Any => {
                    address == port.to_string()
                        || (self.facts.ipv6 && address == format!("[::]:{port}"))
                }
                Bind::Addresses(list) => list
                    .iter()
                    .any(|ip| address == std::net::SocketAddr::new(*ip, port).to_string()),
            })
    }

    pub(super) fn in_folder(&self, path: &str, folder: &std::path::Path, file: &str) -> bool {
        let _ = self;
        path.replace(DOLLAR, "$") == folder.join(file).to_string_lossy()
    }

    pub(super) fn is_override(&self, path: &str, files: &[&str]) -> bool {
        self.sites().any(|s| {
            let folder = self.facts.places.overrides.join(s.name.as_str());
            files
                .iter()
                .any(|file| path == escape_wildcards(&folder.join(file).to_string_lossy()))
        })
    }

    pub(super) fn is_redirect(&self, url: &str) -> bool {
        let settings = &self.registry.settings;
        self.sites().any(|s| {
            let given = url.replace(DOLLAR, "$");
            let whole = s
                .redirect
                .as_ref()
                .is_some_and(|to| to.to_string() == given);
            let full = s.redirect_full.as_ref().is_some_and(|to| {
                let text = to.to_string();
                given.strip_suffix("$request_uri") == Some(text.strip_suffix('/').unwrap_or(&text))
            });
            let host = if s
                .host
                .as_ref()
                .is_some_and(mech::model::ServerName::is_wildcard)
            {
                "$host".to_owned()
            } else {
                s.main_name()
            };
            let own = [
                ("http", settings.http_port(), 80),
                ("https", settings.https_port(), 443),
            ]
            .into_iter()
            .any(|(scheme, port, standard)| {
                let port = if port == standard {
                    String::new()
                } else {
                    format!(":{port}")
                };
                url == format!("{scheme}://{host}{port}$request_uri")
            });
            let behind = ["", "$mech_colon_port"]
                .iter()
                .any(|port| url == format!("$mech_proto://{host}{port}$request_uri"));
            // A list of browsers wants TLS by the name that was asked for, before another name.
            let first = s.hsts.is_some_and(|hsts| hsts.preload)
                && url.starts_with("https://$host")
                && url.ends_with("$request_uri");
            whole || full || own || first || (behind && settings.trust.is_some())
        })
    }

    pub(super) fn is_service(&self, name: &str) -> bool {
        self.sites().any(|site| {
            (1..=site.forward_auth.len())
                .any(|number| name == format!("{}.mech_auth.{number}", site.name))
        })
    }

    pub(super) fn is_number_of_service(&self, number: &str) -> bool {
        let most = self.sites().map(|site| site.forward_auth.len()).max();
        number
            .parse()
            .is_ok_and(|number| (1..=most.unwrap_or_default()).contains(&number))
    }

    /// Whether a variable is the realm of a site whose passwords some need not give.
    pub(super) fn is_realm(&self, variable: &str) -> bool {
        let name = |site: &Site| {
            let folded = site.name.as_str().to_ascii_lowercase();
            folded.replace('_', "__").replace('-', "_h")
        };
        self.sites()
            .filter(|site| !site.auth_bypass.is_empty())
            .any(|site| variable == format!("$mech_realm_{}", name(site)))
    }

    /// Whether a path is that of the file of an error page.
    pub(super) fn is_error_file(&self, path: &str) -> bool {
        let Some((number, end)) = path
            .strip_prefix("/.mech/error/")
            .and_then(|rest| rest.split_once('.'))
        else {
            return false;
        };
        let Ok(number) = number.parse::<usize>() else {
            return false;
        };
        let pages = self
            .sites()
            .filter_map(|site| site.error_pages.get(number.checked_sub(1)?));
        pages.into_iter().any(|page| {
            let file = page.page().as_str();
            self.facts.error_files.contains(file)
                && !end.is_empty()
                && end.bytes().all(|b| b.is_ascii_alphanumeric())
                && (end == "html" || file.ends_with(&format!(".{end}")))
        })
    }

    pub(super) fn is_error_page(&self, args: &[&str]) -> bool {
        let users = self.facts.overrides.values().flat_map(|own| &own.server);
        let mut users = users
            .flat_map(|file| &file.directives)
            .filter(|directive| directive.name == "error_page");
        let named = |text: &str, kind: &str| {
            let number = text.strip_prefix(kind);
            number.is_some_and(|n| n.is_empty() || n[1..].parse::<usize>().is_ok())
        };
        match args {
            ["405", "=", app] if named(app, "@mech_app") => true,
            ["404", "=", files] if named(files, "@mech_files") => true,
            ["502" | "504", "/.mech/down.$mech_form"]
            | ["502", "504", "/.mech/down.$mech_form"] => true,
            ["401", "=302", to] => {
                let own = [
                    "$scheme://$host$request_uri",
                    "$scheme://$host:$server_port$request_uri",
                    "$mech_proto://$host$request_uri",
                    "$mech_proto://$host$mech_colon_port$request_uri",
                ];
                let own = own.iter().find_map(|own| to.strip_suffix(own));
                let logins = self.sites().flat_map(|site| &site.forward_auth);
                logins
                    .filter_map(|auth| auth.value.login.as_ref())
                    .any(|url| {
                        own.is_some_and(|login| login.replace(DOLLAR, "$") == login_url(url))
                    })
            }
            [codes @ .., target] => {
                users.any(|own| own.args.iter().eq(args))
                    || self.sites().any(|site| {
                        site.error_pages.iter().enumerate().any(|(at, page)| {
                            let own: Vec<String> =
                                page.codes().iter().map(u16::to_string).collect();
                            let path = page.page().as_str();
                            let place = format!("/.mech/error/{}.", at + 1);
                            let to = if self.facts.error_files.contains(path) {
                                target.starts_with(&place) && self.is_error_file(target)
                            } else {
                                target.replace(DOLLAR, "$") == path
                            };
                            own.iter().eq(codes) && to
                        })
                    })
            }
            [] => false,
        }
    }

    /// Whether an answer may carry this header.
    pub(super) fn is_header_of_answers(&self, args: &[&str]) -> bool {
        let users = self.facts.overrides.values().flat_map(|own| &own.server);
        let mut users = users
            .flat_map(|file| &file.directives)
            .filter(|directive| directive.name == "add_header");
        match args {
            ["Cache-Control", "$mech_immutable", "always"] => {
                self.sites().any(|site| !site.immutable.is_empty())
            }
            ["Set-Cookie", variable, "always"] if variable.starts_with("$mech_") => {
                self.cookies().map(str::to_lowercase).any(|own| {
                    *variable == format!("$mech_set_cookie_{own}")
                        || *variable == format!("$mech_set_secure_cookie_{own}")
                })
            }
            ["Alt-Svc", value, "always"] if value.starts_with("h3=") => {
                let port = self.registry.settings.https_port();
                *value == format!("h3=\":{port}\"; ma=86400")
            }
            ["Strict-Transport-Security", value, "always"] => {
                let policies = self.sites().filter_map(|site| site.hsts);
                policies.into_iter().any(|policy| {
                    let age = policy.max_age.as_seconds();
                    let mut own = format!("max-age={age}");
                    if policy.subdomains {
                        own += "; includeSubDomains";
                    }
                    if policy.preload {
                        own += "; preload";
                    }
                    own == *value
                })
            }
            [name, value, "always"] => {
                let profile = self.sites().any(|site| site.security_headers == Some(true));
                (profile && SECURITY.contains(&(name, value)))
                    || self.sites().flat_map(|site| &site.headers).any(|own| {
                        let (own, given) = (own.value.name(), own.value.value());
                        own == *name && given == value.replace(DOLLAR, "$") && !given.is_empty()
                    })
                    || users.any(|own| own.args.iter().eq(args))
            }
            args => users.any(|own| own.args.iter().eq(args)),
        }
    }

    /// Whether the app's own header of this name is taken away.
    pub(super) fn is_hidden(&self, name: &str) -> bool {
        let site = |of: &dyn Fn(&Site) -> bool| self.sites().any(of);
        let own = self.sites().flat_map(|site| &site.headers);
        own.into_iter().any(|header| header.value.name() == name)
            || (SECURITY.iter().any(|(known, _)| *known == name)
                && site(&|site| site.security_headers == Some(true)))
            || (name == "Strict-Transport-Security" && site(&|site| site.hsts.is_some()))
            || (matches!(name, "Cache-Control" | "Expires")
                && site(&|site| !site.immutable.is_empty()))
    }
}

fn in_url(address: &std::net::IpAddr) -> String {
    match address {
        std::net::IpAddr::V4(v4) => v4.to_string(),
        std::net::IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

/// A page to log in, behind which the address that was asked for cannot become part of the host's name.
fn login_url(url: &mech::model::RedirectUrl) -> String {
    let slash = if url.rest().is_empty() { "/" } else { "" };
    format!("{url}{slash}")
}

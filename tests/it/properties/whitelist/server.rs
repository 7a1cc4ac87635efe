//! What stands in a server block.

use mech::model::{Prerendered, Scoped, ServerName, Verify};

use super::{ASSETS, Checker, Context, DOTFILES};

/// What an asked service tells of the user.
pub(super) const PASSED: &[(&str, &str, &str)] = &[
    (
        "Remote-User",
        "$mech_auth_user",
        "$upstream_http_remote_user",
    ),
    (
        "Remote-Groups",
        "$mech_auth_groups",
        "$upstream_http_remote_groups",
    ),
    (
        "Remote-Name",
        "$mech_auth_name",
        "$upstream_http_remote_name",
    ),
    (
        "Remote-Email",
        "$mech_auth_email",
        "$upstream_http_remote_email",
    ),
    (
        "X-Auth-Request-User",
        "$mech_auth_request_user",
        "$upstream_http_x_auth_request_user",
    ),
    (
        "X-Auth-Request-Email",
        "$mech_auth_request_email",
        "$upstream_http_x_auth_request_email",
    ),
    (
        "X-Auth-Request-Groups",
        "$mech_auth_request_groups",
        "$upstream_http_x_auth_request_groups",
    ),
    (
        "X-Auth-Request-Preferred-Username",
        "$mech_auth_request_name",
        "$upstream_http_x_auth_request_preferred_username",
    ),
];

impl Checker<'_> {
    pub(super) fn opened_in_server<'b>(&self, args: &[&'b str]) -> Option<Context<'b>> {
        match args {
            ["/"] | ["~", DOTFILES | ASSETS] => Some(Context::Location),
            ["^~", "/.mech/down"] => Some(Context::Down),
            ["~", "\\\\"] => Some(Context::Nothing),
            ["~*", pattern] => self.is_other_case(pattern).then_some(Context::Nothing),
            [named] => {
                let kind = ["@mech_app", "@mech_files"]
                    .iter()
                    .find_map(|kind| named.strip_prefix(kind));
                let number = |text: &str| {
                    let digits = text.strip_prefix('.').unwrap_or_default();
                    digits.parse().is_ok_and(|number: usize| number > 0)
                };
                kind.is_some_and(|rest| rest.is_empty() || number(rest))
                    .then_some(Context::Behind)
            }
            ["^~", path] => {
                if self.is_page_of_guarded(path) {
                    return Some(Context::Nothing);
                }
                let path = path.strip_suffix('/').filter(|path| self.is_path(path));
                path.map(|_| Context::Location)
            }
            ["=", path] => {
                if self.moved(path).next().is_some() {
                    return Some(Context::Moved(path));
                }
                if let Some(number) = path.strip_prefix("/.mech/auth/") {
                    return self
                        .is_number_of_service(number)
                        .then_some(Context::Ask(number));
                }
                if path.starts_with("/.mech/error/") {
                    return self.is_error_file(path).then_some(Context::ErrorFile);
                }
                if self.is_page_of_guarded(path) {
                    return Some(Context::Nothing);
                }
                self.is_path(path).then_some(Context::Location)
            }
            _ => None,
        }
    }

    pub(super) fn in_server(&self, name: &str, args: &[&str]) -> bool {
        let settings = &self.registry.settings;
        match (name, args) {
            ("listen", [address, "quic", rest @ ..]) => {
                let asked = self.sites().any(|site| site.http3 == Some(true));
                let opens = [
                    &[][..],
                    &["reuseport"],
                    &["default_server"],
                    &["default_server", "reuseport"],
                ];
                asked && self.is_listen(address) && opens.contains(&rest)
            }
            ("listen", [address, rest @ ..]) => {
                let proxied = settings
                    .trust
                    .as_ref()
                    .is_some_and(mech::model::Trust::is_proxy_protocol);
                let rest = match rest {
                    [rest @ .., "proxy_protocol"] if proxied => rest,
                    _ if proxied => return false,
                    rest => rest,
                };
                let parameters = [
                    &[][..],
                    &["default_server"],
                    &["ssl"],
                    &["default_server", "ssl"],
                    &["ssl", "http2"],
                    &["default_server", "ssl", "http2"],
                ];
                self.is_listen(address) && parameters.contains(&rest)
            }
            ("server_name", names) => {
                !names.is_empty()
                    && names.iter().all(|n| {
                        matches!(*n, "-mech-reject" | "-mech-default" | "-mech-unknown")
                            || self.is_name(n)
                    })
            }
            ("set", ["$mech_site", site]) => {
                settings.logs_shared == Some(true) && self.sites().any(|s| s.name.as_str() == *site)
            }
            ("access_log", ["off"])
            | ("ssl_certificate" | "ssl_certificate_key", ["data:$ssl_server_name"])
            | ("error_log", ["/dev/null", "crit"]) => true,
            ("access_log", [path, format @ ..]) => self.is_access_log(path, format),
            ("error_log", [path]) => {
                let stems = self
                    .sites()
                    .map(|s| s.name.to_string())
                    .chain(["mech".to_owned()]);
                stems.into_iter().any(|stem| {
                    let file = format!("{stem}.error.log");
                    *path == self.facts.places.logs.join(file).to_string_lossy()
                })
            }
            ("ssl_certificate", [path]) => self.sites().any(|s| {
                self.in_folder(path, &self.facts.places.certs, &format!("{}.cer", s.name))
            }),
            ("ssl_certificate_key", [path]) => self.sites().any(|s| {
                self.in_folder(path, &self.facts.places.certs, &format!("{}.key", s.name))
            }),
            ("http3", ["on"]) => self.sites().any(|site| site.http3 == Some(true)),
            ("set_real_ip_from", ["0.0.0.0/0" | "::/0"]) => self.facts.trusted.is_empty(),
            ("set_real_ip_from", [network]) => self
                .facts
                .trusted
                .iter()
                .any(|known| known.to_string() == *network),
            ("real_ip_header", ["proxy_protocol" | "X-Forwarded-For"])
            | ("real_ip_recursive", ["on"]) => settings.trust.is_some(),
            ("proxy_ssl_trusted_certificate" | "grpc_ssl_trusted_certificate", [path]) => {
                self.is_trusted_file(path)
            }
            ("proxy_ssl_name", [name]) => self.is_tls_name(name),
            ("include", [path]) => self.is_override(path, &["server"]),
            _ => false,
        }
    }

    /// What options say, of a whole site or below a path.
    pub(super) fn said(&self, name: &str, args: &[&str]) -> bool {
        let has = |of: &dyn Fn(&mech::model::Site) -> bool| self.sites().any(of);
        match (name, args) {
            ("allow" | "deny", [client]) => {
                let rules = self.sites().flat_map(|s| s.allow.iter().chain(&s.deny));
                let mut known = rules.map(|rule| rule.value.to_string());
                (name == "deny" && *client == "all") || known.any(|known| known == *client)
            }
            ("satisfy", ["all"]) => {
                has(&|site| !(site.auth.is_empty() && site.forward_auth.is_empty()))
            }
            ("auth_basic", [realm]) => has(&|site| {
                !site.auth.is_empty() && (*realm == site.main_name() || self.is_realm(realm))
            }),
            ("auth_basic_user_file", [path]) => has(&|site| {
                !site.auth.is_empty()
                    && self.in_folder(path, &self.facts.places.passwords, site.name.as_str())
            }),
            ("auth_request", [path]) => path
                .strip_prefix("/.mech/auth/")
                .is_some_and(|number| self.is_number_of_service(number)),
            ("auth_request_set", [variable, header]) => {
                has(&|site| !site.forward_auth.is_empty())
                    && PASSED.iter().any(|(_, v, h)| (v, h) == (variable, header))
            }
            ("client_max_body_size", [size]) => has(&|site| {
                site.max_body
                    .iter()
                    .any(|own| own.value.to_string() == *size)
            }),
            (
                "proxy_read_timeout"
                | "proxy_send_timeout"
                | "grpc_read_timeout"
                | "grpc_send_timeout"
                | "client_body_timeout",
                [time],
            ) => has(&|site| {
                let mut times = site.timeout.iter().map(|own| own.value.as_seconds());
                times.any(|seconds| *time == format!("{seconds}s"))
            }),
            ("proxy_buffering", ["on" | "off"]) => has(&|site| !site.buffering.is_empty()),
            ("add_header", args) => self.is_header_of_answers(args),
            ("proxy_hide_header" | "grpc_hide_header", [header]) => self.is_hidden(header),
            ("error_page", args) => self.is_error_page(args),
            _ => false,
        }
    }

    fn is_access_log(&self, path: &str, format: &[&str]) -> bool {
        let logs = &self.facts.places.logs;
        match (format, self.registry.settings.logs_shared) {
            ([] | ["mech_json"], None | Some(false)) => self
                .sites()
                .any(|s| self.in_folder(path, logs, &format!("{}.access.log", s.name))),
            (["mech_shared" | "mech_json"], Some(true)) => {
                self.in_folder(path, logs, "mech.access.log")
            }
            _ => false,
        }
    }

    fn is_trusted_file(&self, path: &str) -> bool {
        self.sites().any(|site| match &site.verify_upstream {
            Some(Verify::File(file)) => file.as_str() == path,
            Some(Verify::System) => {
                let bundle = self.facts.ca_bundle.as_ref();
                bundle.is_some_and(|bundle| bundle.to_string_lossy() == path)
            }
            None => false,
        })
    }

    pub(super) fn is_tls_name(&self, name: &str) -> bool {
        if name == "$host" {
            // A wildcard is no name to ask for a certificate by, so the name that was asked for is.
            return self.sites().any(|site| {
                site.https_upstream == Some(true)
                    && site.host.as_ref().is_some_and(ServerName::is_wildcard)
            });
        }
        self.is_name(name) || self.is_backend_host(name)
    }

    /// Whether a pattern stands for a path of an option in any case, and for what is below it.
    pub(super) fn is_other_case(&self, pattern: &str) -> bool {
        self.paths().any(|path| {
            let mut literal = String::new();
            for c in path.chars() {
                // A letter or digit with a backslash would mean something; nothing else would.
                if !c.is_alphanumeric() && !"/_-".contains(c) {
                    literal.push('\\');
                }
                literal.push(c);
            }
            pattern == format!("^{literal}(?:[/;\\\\]|$)")
        })
    }

    /// Whether a text is a file that was rendered for a guarded path, or what is below its copy.
    fn is_page_of_guarded(&self, text: &str) -> bool {
        let guarded = |site: &mech::model::Site| {
            let networks = site.allow.iter().chain(&site.deny).map(|rule| &rule.scope);
            let asked = site.forward_auth.iter().map(|auth| &auth.scope);
            let scopes = site.auth.iter().chain(networks).chain(asked);
            let paths =
                scopes.filter_map(|scope| scope.path().map(|path| path.as_str().to_owned()));
            paths.collect::<Vec<_>>()
        };
        self.sites().any(|site| {
            let cache = match &site.prerendered {
                None => return false,
                Some(Prerendered::Beside) => None,
                Some(Prerendered::Below(folder)) => Some(folder.as_str()),
            };
            // What is said of a path around it guards a path as well.
            let around = guarded(site);
            self.paths().any(|path| {
                let page = format!("{path}.html");
                let copy = cache.map(|cache| format!("{cache}{path}"));
                let is_copy = copy.is_some_and(|copy| {
                    text.strip_prefix(copy.as_str())
                        .is_some_and(|end| ["", "/", ".html"].contains(&end))
                });
                let below = |own: &String| format!("{path}/").starts_with(&format!("{own}/"));
                (text == page || is_copy) && around.iter().any(below)
            })
        })
    }

    /// Whether a text is the path of an option, of which a location may be made.
    pub(super) fn is_path(&self, path: &str) -> bool {
        self.paths().any(|known| known == path)
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        fn of<T>(values: &[Scoped<T>]) -> impl Iterator<Item = &mech::model::UrlPath> {
            values.iter().filter_map(|value| value.scope.path())
        }
        self.sites().flat_map(|site| {
            let backends = site.backends.iter().filter_map(|b| b.path.as_ref());
            backends
                .chain(&site.strip_prefix)
                .chain(&site.immutable)
                .chain(site.static_paths.iter().map(|folder| &folder.path))
                .chain(site.auth.iter().filter_map(|scope| scope.path()))
                .chain(of(&site.backend_protocol))
                .chain(of(&site.max_body))
                .chain(of(&site.timeout))
                .chain(of(&site.buffering))
                .chain(of(&site.rate))
                .chain(of(&site.max_connections))
                .chain(of(&site.forward_auth))
                .chain(of(&site.allow))
                .chain(of(&site.deny))
                .chain(of(&site.headers))
                .map(mech::model::UrlPath::as_str)
        })
    }
}

/// What stands in a server word for word.
pub(super) fn fixed(name: &str, args: &[&str]) -> bool {
    match (name, args) {
        (
            "http2"
            | "gzip"
            | "gzip_vary"
            | "ssl_reject_handshake"
            | "proxy_ssl_server_name"
            | "proxy_ssl_verify"
            | "sendfile"
            | "tcp_nopush"
            | "gzip_static"
            | "brotli_static",
            ["on"],
        )
        | ("keepalive_min_timeout" | "proxy_connect_timeout", ["5s"])
        | ("client_max_body_size", ["32m"])
        | ("gzip_proxied", ["any"])
        | ("gzip_min_length", ["1024"])
        | ("proxy_ssl_verify_depth", ["4"])
        | ("proxy_next_upstream_timeout", ["10s"])
        | ("proxy_next_upstream_tries", ["2" | "3"])
        | ("open_file_cache", ["max=64", "inactive=20s"])
        | ("open_file_cache_valid", ["1s"])
        | ("open_file_cache_min_uses", ["2"])
        | ("proxy_http_version", ["1.1"])
        | (
            "proxy_redirect"
            | "ssl_prefer_server_ciphers"
            | "ssl_session_tickets"
            | "server_tokens"
            | "absolute_redirect",
            ["off"],
        )
        | ("proxy_buffer_size", ["16k"])
        | ("proxy_buffers", ["8", "16k"])
        | ("error_page", ["405", "=", "@mech_app"])
        | ("ssl_protocols" | "proxy_ssl_protocols", ["TLSv1.2", "TLSv1.3"])
        | ("ssl_session_cache", ["shared:mech_tls:10m"])
        | ("ssl_session_timeout", ["1d"]) => true,
        ("gzip_types", types) => types.iter().all(|t| {
            t.split_once('/').is_some_and(|(kind, rest)| {
                matches!(kind, "text" | "application" | "image" | "font")
                    && rest
                        .bytes()
                        .all(|b| b.is_ascii_lowercase() || b"+-.".contains(&b))
            })
        }),
        ("ssl_ciphers", [list]) => list.split(':').all(|cipher| cipher.starts_with("ECDHE-")),
        _ => false,
    }
}

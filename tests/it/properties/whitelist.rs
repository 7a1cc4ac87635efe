//! Every directive that the built-in templates can produce: where it stands and which arguments it takes.
//!
//! Written by hand from the templates, not derived from the renderer, so that what is not foreseen here is found.

use std::collections::BTreeSet;

use mech::model::{BackendHost, Bind, Registry, Site, Target};
use mech::render::Facts;
use mech::syntax::{DOLLAR, Directive, escape_wildcards, parse};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Context {
    Http,
    MapConnection,
    MapExpires,
    Geo,
    Upstream,
    Server,
    Location,
}

/// Directives of which nginx, or a person, expects more than one beside each other.
const SEVERAL: &[&str] = &[
    "map",
    "upstream",
    "server",
    "include",
    "listen",
    "location",
    "proxy_set_header",
];

struct Checker<'a> {
    registry: &'a Registry,
    facts: &'a Facts,
}

/// Says what in `text` no template can have produced for this registry.
pub(super) fn check(text: &str, registry: &Registry, facts: &Facts) -> Result<(), String> {
    let directives = parse(text.as_bytes()).map_err(|error| error.to_string())?;
    let checker = Checker { registry, facts };
    checker.block(Context::Http, &directives)?;
    let mut defaults = BTreeSet::new();
    for listen in directives
        .iter()
        .filter_map(|d| d.block.as_ref())
        .flatten()
        .filter(|d| d.name == "listen")
    {
        if listen.args.iter().any(|arg| arg == "default_server")
            && !defaults.insert(&listen.args[0])
        {
            return Err(format!("two default servers on {}", listen.args[0]));
        }
    }
    let defined: BTreeSet<&str> = directives
        .iter()
        .filter_map(|d| d.args.last().map(String::as_str))
        .collect();
    used(&directives, &defined)
}

/// Claims that each of mech's variables that is used is defined.
fn used(directives: &[Directive], defined: &BTreeSet<&str>) -> Result<(), String> {
    for directive in directives {
        let expands = [
            "root",
            "access_log",
            "ssl_certificate",
            "ssl_certificate_key",
            "return",
            "proxy_set_header",
            "expires",
        ];
        if expands.contains(&directive.name.as_str()) {
            let text = directive.args.join(" ");
            for (written, name) in [
                (DOLLAR, "$mech_dollar"),
                ("$mech_connection", "$mech_connection"),
                ("$mech_expires", "$mech_expires"),
            ] {
                if text.contains(written) && !defined.contains(name) {
                    return Err(format!("line {}: {name} is not defined", directive.line));
                }
            }
        }
        used(directive.block.as_deref().unwrap_or_default(), defined)?;
    }
    Ok(())
}

impl Checker<'_> {
    fn block(&self, context: Context, directives: &[Directive]) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for directive in directives {
            let args: Vec<&str> = directive.args.iter().map(String::as_str).collect();
            let shown = || {
                format!(
                    "line {}: {context:?}: {} {args:?}",
                    directive.line, directive.name
                )
            };
            let name = directive.name.as_str();
            // nginx compares the names of upstreams without case, and a second one of a kind is a duplicate.
            let key = match name {
                // One address has one socket, whatever its parameters.
                "listen" => format!("listen {:?}", args.first()),
                name if SEVERAL.contains(&name) => format!("{name} {args:?}").to_lowercase(),
                name => name.to_owned(),
            };
            // Server blocks differ inside; an address twice in an upstream is asked twice as often.
            if name != "server" && !seen.insert(key) {
                return Err(format!("{} stands here twice", shown()));
            }
            let inner = self.inner(context, name, &args);
            match (&directive.block, inner) {
                (Some(block), Some(inner)) => self.block(inner, block)?,
                (None, None) if self.simple(context, name, &args) => {}
                _ => return Err(shown()),
            }
        }
        Ok(())
    }

    /// The context that a block opens.
    fn inner(&self, context: Context, name: &str, args: &[&str]) -> Option<Context> {
        match (context, name, args) {
            (Context::Http, "map", ["$http_upgrade", "$mech_connection"]) => {
                Some(Context::MapConnection)
            }
            (Context::Http, "map", ["$sent_http_content_type", "$mech_expires"]) => {
                Some(Context::MapExpires)
            }
            (Context::Http, "geo", ["$mech_dollar"]) => Some(Context::Geo),
            (Context::Http, "upstream", [upstream]) if self.is_upstream(upstream) => {
                Some(Context::Upstream)
            }
            (Context::Http, "server", []) => Some(Context::Server),
            (Context::Server, "location", ["/" | "@mech_app"]) => Some(Context::Location),
            (Context::Server, "location", ["=", path]) if self.is_backend_path(path) => {
                Some(Context::Location)
            }
            (Context::Server, "location", ["^~", path])
                if path
                    .strip_suffix('/')
                    .is_some_and(|p| self.is_backend_path(p)) =>
            {
                Some(Context::Location)
            }
            _ => None,
        }
    }

    fn simple(&self, context: Context, name: &str, args: &[&str]) -> bool {
        match context {
            Context::Http => match (name, args) {
                ("log_format", ["mech_shared", rest @ ..]) => rest.len() == 2,
                ("server_names_hash_bucket_size", ["128" | "256" | "512"]) => true,
                ("include", [path]) => self.is_override(path, &["top"]),
                _ => false,
            },
            Context::MapConnection => matches!((name, args), ("default", ["upgrade"]) | ("", [""])),
            Context::MapExpires => matches!(
                (name, args),
                ("default", ["7d"]) | ("", ["off"]) | ("text/html", ["-1"])
            ),
            Context::Geo => (name, args) == ("default", &["$"]),
            Context::Upstream => match (name, args) {
                ("server", [address, parameters @ ..]) => {
                    self.is_address(address) && parameters.iter().all(|p| is_parameter(p))
                }
                ("keepalive", ["32"]) | ("keepalive_timeout", ["4s"]) => true,
                _ => false,
            },
            Context::Server => {
                self.in_server(name, args) || fixed_in_server(name, args) || self.header(name, args)
            }
            Context::Location => self.in_location(name, args) || self.header(name, args),
        }
    }

    fn in_server(&self, name: &str, args: &[&str]) -> bool {
        match (name, args) {
            ("listen", [address, rest @ ..]) => {
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
                    && names
                        .iter()
                        .all(|n| matches!(*n, "-mech-reject" | "-mech-default") || self.is_name(n))
            }
            ("access_log", ["off"]) => true,
            ("access_log", [path]) => self.sites().any(|s| {
                self.in_folder(
                    path,
                    &self.facts.places.logs,
                    &format!("{}.access.log", s.name),
                )
            }),
            ("access_log", [path, "mech_shared"]) => {
                self.in_folder(path, &self.facts.places.logs, "mech.access.log")
            }
            ("error_log", [path]) => {
                let stems = self
                    .sites()
                    .map(|s| s.name.to_string())
                    .chain(["mech".to_owned()]);
                stems.into_iter().any(|stem| {
                    *path
                        == self
                            .facts
                            .places
                            .logs
                            .join(format!("{stem}.error.log"))
                            .to_string_lossy()
                })
            }
            ("ssl_certificate", [path]) => self.sites().any(|s| {
                self.in_folder(path, &self.facts.places.certs, &format!("{}.cer", s.name))
            }),
            ("ssl_certificate_key", [path]) => self.sites().any(|s| {
                self.in_folder(path, &self.facts.places.certs, &format!("{}.key", s.name))
            }),
            // A wildcard is no name to ask for a certificate by, so the name that was asked for is.
            ("proxy_ssl_name", ["$host"]) => self.sites().any(|site| {
                site.https_upstream == Some(true)
                    && site
                        .host
                        .as_ref()
                        .is_some_and(mech::model::ServerName::is_wildcard)
            }),
            ("proxy_ssl_name", [name]) => self.is_name(name) || self.is_backend_host(name),
            ("include", [path]) => self.is_override(path, &["server"]),
            _ => false,
        }
    }

    fn in_location(&self, name: &str, args: &[&str]) -> bool {
        match (name, args) {
            ("root", [path]) => self.sites().any(|s| {
                s.static_root
                    .as_ref()
                    .is_some_and(|root| root.as_str() == path.replace(DOLLAR, "$"))
            }),
            ("try_files", ["$uri", rest @ ..]) => matches!(
                rest,
                ["=404" | "@mech_app"] | ["$uri/index.html", "=404" | "@mech_app"]
            ),
            ("expires", ["$mech_expires"])
            | ("return", ["404"])
            | ("error_page", ["405", "=", "@mech_app"]) => true,
            // The one value that is carried from an override file, as one argument whatever it holds.
            ("client_max_body_size", [size]) => {
                let files = self
                    .facts
                    .overrides
                    .values()
                    .flat_map(|o| o.location.iter().chain(&o.proxy));
                files
                    .flat_map(|f| f.first_arguments("client_max_body_size"))
                    .any(|known| known == *size)
            }
            ("proxy_pass", [url]) => url
                .strip_prefix("http://")
                .or(url.strip_prefix("https://"))
                .is_some_and(|name| self.is_upstream(name)),
            ("return", ["301" | "302", url]) => self.is_redirect(url),
            ("include", [path]) => self.is_override(path, &["location", "proxy"]),
            _ => false,
        }
    }

    fn header(&self, name: &str, args: &[&str]) -> bool {
        let _ = self;
        name == "proxy_set_header"
            && matches!(
                args,
                ["Host" | "X-Forwarded-Host", "$host" | "$host:$server_port"]
                    | ["X-Real-IP" | "X-Forwarded-For", "$remote_addr"]
                    | ["X-Forwarded-Proto", "$scheme"]
                    | ["X-Forwarded-Port", "$server_port"]
                    | ["X-Request-ID", "$request_id"]
                    | ["Forwarded" | "Proxy", ""]
                    | ["Upgrade", "$http_upgrade"]
                    | ["Connection", "$mech_connection" | ""]
            )
    }

    fn sites(&self) -> impl Iterator<Item = &Site> {
        self.registry.sites.iter()
    }

    fn is_name(&self, name: &str) -> bool {
        let prelaunch = self.registry.settings.prelaunch_host.as_ref();
        self.sites().any(|s| {
            s.names().any(|n| n == name) || prelaunch.is_some_and(|p| p.of(&s.name) == name)
        })
    }

    fn is_upstream(&self, name: &str) -> bool {
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

    fn is_backend_path(&self, path: &str) -> bool {
        self.sites()
            .flat_map(|s| &s.backends)
            .any(|b| b.path.as_ref().is_some_and(|p| p.as_str() == path))
    }

    fn is_backend_host(&self, name: &str) -> bool {
        let hosts = self.sites().flat_map(|s| &s.backends);
        hosts.into_iter().any(|b| matches!(&b.target, Target::Ports(BackendHost::Name(host), _) if host.as_str() == name))
    }

    fn is_address(&self, address: &str) -> bool {
        let own = self
            .sites()
            .flat_map(|s| &s.backends)
            .chain(self.facts.files.values().flatten());
        own.into_iter().any(|backend| match &backend.target {
            Target::Unix(path) => address.strip_prefix("unix:") == Some(path.as_str()),
            Target::File(_) => false,
            Target::Ports(host, ports) => {
                let hosts = if *host == BackendHost::Localhost {
                    vec!["127.0.0.1".to_owned(), "[::1]".to_owned()]
                } else {
                    vec![host.to_string()]
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

    fn is_listen(&self, address: &str) -> bool {
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

    fn in_folder(&self, path: &str, folder: &std::path::Path, file: &str) -> bool {
        let _ = self;
        path.replace(DOLLAR, "$") == folder.join(file).to_string_lossy()
    }

    fn is_override(&self, path: &str, files: &[&str]) -> bool {
        self.sites().any(|s| {
            let folder = self.facts.places.overrides.join(s.name.as_str());
            files
                .iter()
                .any(|file| path == escape_wildcards(&folder.join(file).to_string_lossy()))
        })
    }

    fn is_redirect(&self, url: &str) -> bool {
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
            whole || full || own
        })
    }
}

/// What stands in a server word for word.
fn fixed_in_server(name: &str, args: &[&str]) -> bool {
    match (name, args) {
        (
            "http2" | "gzip" | "gzip_vary" | "ssl_reject_handshake" | "proxy_ssl_server_name",
            ["on"],
        )
        | ("keepalive_min_timeout" | "proxy_connect_timeout", ["5s"])
        | ("client_max_body_size", ["32m"])
        | ("gzip_proxied", ["any"])
        | ("proxy_http_version", ["1.1"])
        | ("proxy_redirect" | "ssl_prefer_server_ciphers" | "ssl_session_tickets", ["off"])
        | ("proxy_buffer_size", ["16k"])
        | ("proxy_buffers", ["8", "16k"])
        | ("error_page", ["405", "=", "@mech_app"])
        | ("ssl_protocols", ["TLSv1.2", "TLSv1.3"])
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

fn is_parameter(word: &str) -> bool {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match name {
        "weight" | "max_conns" | "max_fails" => digits(value),
        "fail_timeout" => value.strip_suffix(['s', 'm', 'h', 'd']).is_some_and(digits),
        "backup" | "down" => word == name,
        _ => false,
    }
}

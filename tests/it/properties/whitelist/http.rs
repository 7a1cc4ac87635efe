//! What stands at http level, in tables and in upstreams.

use mech::model::{Balance, HashKey, Sticky};

use super::{Checker, Context};

/// The tables that are the same for everybody.
const FORM: &[&str] = &[
    "application/json",
    "application/json, text/plain, */*",
    "application/json, text/javascript, */*; q=0.01",
    "application/json, */*",
    "application/json,*/*",
    "application/json, text/plain",
    "application/json;charset=utf-8",
    "application/json; charset=utf-8",
    "application/problem+json",
    "application/vnd.api+json",
];

impl Checker<'_> {
    pub(super) fn opened_in_http<'b>(&self, name: &str, args: &[&'b str]) -> Option<Context<'b>> {
        let known = match (name, args) {
            ("server", []) => return Some(Context::Server),
            ("upstream", [upstream]) => {
                let own = self.is_upstream(upstream) || self.is_service(upstream);
                return own.then_some(Context::Upstream(upstream));
            }
            ("map", [source, variable]) => match (*source, *variable) {
                ("$http_upgrade", "$mech_connection")
                | ("$sent_http_content_type", "$mech_expires")
                | ("$status", "$mech_immutable")
                | ("$http_accept", "$mech_form")
                | ("$mech_form", "$mech_down") => true,
                (
                    "$mech_trusted$http_x_forwarded_proto",
                    "$mech_proto" | "$mech_port" | "$mech_colon_port",
                ) => self.registry.settings.trust.is_some(),
                (source, variable) => {
                    self.cookies().any(|cookie| {
                        let lower = cookie.to_lowercase();
                        source == format!("$cookie_{cookie}")
                            && (variable == format!("$mech_cookie_{lower}")
                                || variable == format!("$mech_set_cookie_{lower}")
                                || variable == format!("$mech_set_secure_cookie_{lower}"))
                    }) || self.sticky_headers().any(|header| {
                        let header = header.replace('-', "_");
                        source == format!("$http_{header}")
                            && variable == format!("$mech_header_{header}")
                    })
                }
            },
            ("geo", ["$mech_dollar"]) => true,
            ("geo", ["$realip_remote_addr", "$mech_trusted"]) => {
                self.registry.settings.trust.is_some()
            }
            ("geo", [realm]) => self.is_realm(realm),
            _ => false,
        };
        known.then(|| Context::Table(args.last().copied().unwrap_or_default()))
    }

    pub(super) fn in_http(&self, name: &str, args: &[&str]) -> bool {
        match (name, args) {
            ("log_format", ["mech_shared", rest @ ..]) => rest.len() == 2,
            ("log_format", ["mech_json", "escape=json", rest @ ..]) => rest.len() == 5,
            ("server_names_hash_bucket_size", ["128" | "256" | "512"]) => true,
            ("include", [path]) => self.is_override(path, &["top"]),
            ("limit_req_zone", ["$binary_remote_addr", zone, rate]) => self.sites().any(|site| {
                site.rate.iter().enumerate().any(|(at, own)| {
                    *zone == format!("zone={}.mech_rate.{}:1m", site.name, at + 1)
                        && *rate == format!("rate={}", own.value.speed())
                })
            }),
            ("limit_conn_zone", ["$binary_remote_addr", zone]) => self.sites().any(|site| {
                (1..=site.max_connections.len()).any(|number| {
                    *zone == format!("zone={}.mech_connections.{number}:1m", site.name)
                })
            }),
            _ => false,
        }
    }

    pub(super) fn in_table(&self, variable: &str, name: &str, args: &[&str]) -> bool {
        let [value] = args else {
            return false;
        };
        let networks = || self.facts.trusted.iter().map(ToString::to_string);
        match (variable, name, *value) {
            ("$mech_connection", "websocket", "upgrade")
            | ("$mech_connection", "default", "")
            | ("$mech_immutable", "default", "$upstream_http_cache_control")
            | ("$mech_immutable", "200" | "206" | "304", "public, max-age=31536000, immutable")
            | ("$mech_expires", "default", "7d")
            | ("$mech_expires", "", "off")
            | ("$mech_expires", "text/html", "-1")
            | ("$mech_form", "default", "html")
            | ("$mech_dollar", "default", "$")
            | ("$mech_trusted", "default", "0")
            | ("$mech_proto", "default", "$scheme")
            | ("$mech_proto", "1http", "http")
            | ("$mech_proto", "1https", "https")
            | ("$mech_port", "default", "$server_port")
            | ("$mech_port", "1http", "80")
            | ("$mech_port", "1https", "443")
            | ("$mech_colon_port", "default", ":$server_port")
            | ("$mech_colon_port", "1http" | "1https", "") => true,
            ("$mech_form", kind, "json") => FORM.contains(&kind),
            ("$mech_down", "html", page) => {
                page.starts_with("<!doctype html>")
                    && page.ends_with("</html>")
                    && !page.contains('$')
            }
            ("$mech_down", "json", page) => {
                page.starts_with('{') && page.ends_with('}') && !page.contains('$')
            }
            ("$mech_trusted", network, "1") => networks().any(|known| known == network),
            (realm, "default", name) if self.is_realm(realm) => {
                self.sites().any(|site| site.main_name() == name)
            }
            (realm, network, "off") if self.is_realm(realm) => self
                .sites()
                .flat_map(|site| &site.auth_bypass)
                .any(|known| known.to_string() == network),
            (variable, name, value) => {
                let cookie = self.cookies().any(|cookie| {
                    let lower = cookie.to_lowercase();
                    let set = format!("{cookie}=$request_id; Path=/; HttpOnly; SameSite=Lax");
                    let own = format!("$cookie_{cookie}");
                    (variable == format!("$mech_cookie_{lower}")
                        && [("default", own.as_str()), ("", "$request_id")]
                            .contains(&(name, value)))
                        || (variable == format!("$mech_set_cookie_{lower}")
                            && [("default", ""), ("", set.as_str())].contains(&(name, value)))
                        || (variable == format!("$mech_set_secure_cookie_{lower}")
                            && [("default", ""), ("", format!("{set}; Secure").as_str())]
                                .contains(&(name, value)))
                });
                let header = self.sticky_headers().any(|header| {
                    let header = header.replace('-', "_");
                    let own = format!("$http_{header}");
                    variable == format!("$mech_header_{header}")
                        && [("default", own.as_str()), ("", "$remote_addr")]
                            .contains(&(name, value))
                });
                cookie || header
            }
        }
    }

    pub(super) fn in_upstream(&self, upstream: &str, name: &str, args: &[&str]) -> bool {
        match (name, args) {
            ("server", [address, parameters @ ..]) => {
                self.is_address(address) && parameters.iter().all(|p| self.is_parameter(address, p))
            }
            ("zone", [zone, size]) => {
                let digits = size.strip_suffix('k').unwrap_or_default();
                *zone == upstream && digits.parse::<u32>().is_ok_and(|size| size % 64 == 0)
            }
            ("resolver", [servers @ .., last]) => {
                let known = |text: &str| {
                    let bare = text.trim_start_matches('[').trim_end_matches(']');
                    bare.parse()
                        .is_ok_and(|ip| self.facts.resolvers.contains(&ip))
                };
                servers.iter().all(|text| known(text)) && (known(last) || *last == "ipv6=off")
            }
            ("least_conn" | "ip_hash", [])
            | ("random", ["two"])
            | ("keepalive", ["32"])
            | ("keepalive_timeout", ["4s"]) => true,
            ("hash", [key, "consistent"]) => {
                *key == "$remote_addr"
                    || self.balances().any(|own| *key == variable(own))
                    || self
                        .cookies()
                        .any(|own| *key == format!("$mech_cookie_{}", own.to_lowercase()))
                    || self
                        .sticky_headers()
                        .any(|own| *key == format!("$mech_header_{}", own.replace('-', "_")))
            }
            (
                "sticky",
                [
                    "cookie",
                    cookie,
                    "path=/",
                    "httponly",
                    "samesite=lax",
                    rest @ ..,
                ],
            ) => self.cookies().any(|own| own == *cookie) && matches!(rest, [] | ["secure"]),
            _ => false,
        }
    }

    fn balances(&self) -> impl Iterator<Item = &HashKey> {
        self.sites().filter_map(|site| match &site.balance {
            Some(Balance::Hash(key)) => Some(key),
            _ => None,
        })
    }

    pub(super) fn cookies(&self) -> impl Iterator<Item = &str> {
        self.sites().filter_map(|site| match &site.sticky {
            Some(Sticky::Cookie(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    fn sticky_headers(&self) -> impl Iterator<Item = &str> {
        self.sites().filter_map(|site| match &site.sticky {
            Some(Sticky::Header(name)) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Whether `parameter` may stand behind the address of a backend.
    fn is_parameter(&self, address: &str, parameter: &str) -> bool {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match name {
            "weight" | "max_conns" | "max_fails" => digits(value),
            "fail_timeout" => value.strip_suffix(['s', 'm', 'h', 'd']).is_some_and(digits),
            "backup" | "down" => parameter == name,
            // Of names alone, and only where somebody can be asked for them.
            "resolve" => {
                let named = address.rsplit_once(':').is_some_and(|(host, _)| {
                    host.parse::<std::net::IpAddr>().is_err() && !host.starts_with('[')
                });
                named && parameter == name && !self.facts.resolvers.is_empty()
            }
            _ => false,
        }
    }
}

fn variable(key: &HashKey) -> String {
    match key {
        HashKey::Uri => "$request_uri".to_owned(),
        HashKey::Ip => "$remote_addr".to_owned(),
        HashKey::Host => "$host".to_owned(),
        HashKey::Header(name) => format!("$http_{}", name.replace('-', "_")),
        HashKey::Cookie(name) => format!("$cookie_{name}"),
        HashKey::Argument(name) => format!("$arg_{name}"),
    }
}

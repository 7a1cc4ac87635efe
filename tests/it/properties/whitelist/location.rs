//! What stands in a location.

use mech::model::{Prerendered, RedirectCode};
use mech::render::MapRedirect;
use mech::syntax::DOLLAR;

use super::Checker;
use super::server::PASSED;

impl Checker<'_> {
    pub(super) fn in_location(&self, name: &str, args: &[&str]) -> bool {
        match (name, args) {
            ("root", [path]) => self.sites().any(|s| {
                let root = s.static_root.as_ref();
                root.is_some_and(|root| root.as_str() == path.replace(DOLLAR, "$"))
            }),
            ("alias", [path]) => self.is_folder(path),
            ("try_files", [all @ .., last]) if all.contains(&"$uri") => {
                let end = *last == "=404"
                    || ["@mech_app", "@mech_files"].iter().any(|kind| {
                        let number = last.strip_prefix(kind);
                        number.is_some_and(|n| n.is_empty() || n[1..].parse::<usize>().is_ok())
                    });
                end && all
                    .iter()
                    .all(|tried| *tried == "$uri" || self.is_tried(tried))
            }
            // Without a limit is a stream of gRPC's.
            ("client_max_body_size", ["0"])
            | ("try_files", ["", "=404"])
            | ("expires", ["$mech_expires"])
            | ("return", ["404" | "421" | "444"])
            | ("grpc_ssl_server_name" | "grpc_ssl_verify", ["on"])
            | ("proxy_intercept_errors", ["on" | "off"])
            | ("grpc_ssl_verify_depth", ["4"])
            | ("grpc_ssl_protocols", ["TLSv1.2", "TLSv1.3"])
            | ("grpc_connect_timeout", ["5s"])
            | ("grpc_next_upstream_timeout", ["10s"])
            | ("grpc_next_upstream_tries", ["2" | "3"])
            | ("proxy_http_version", ["2"])
            | ("limit_req_status" | "limit_conn_status", ["429"]) => true,
            ("grpc_ssl_name", [name]) => self.is_tls_name(name),
            ("grpc_ssl_trusted_certificate", _) => self.in_server(name, args),
            // What is carried from an override file, as one argument whatever it holds.
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
            ("proxy_pass" | "grpc_pass", [url]) => {
                let kind = name.trim_end_matches("_pass").replace("proxy", "http");
                let rest = url
                    .strip_prefix(&format!("{kind}://"))
                    .or(url.strip_prefix(&format!("{kind}s://")));
                rest.is_some_and(|rest| self.is_target(rest))
            }
            ("return", ["308", to]) if to.ends_with("/$is_args$args") => self
                .sites()
                .flat_map(|site| {
                    let folders = site.static_paths.iter().map(|folder| &folder.path);
                    site.strip_prefix.iter().chain(folders)
                })
                .any(|path| *to == format!("{}/$is_args$args", ascii(path.as_str()))),
            ("return", ["301" | "302" | "307" | "308", url]) => self.is_redirect(url),
            ("limit_req", [zone, rest @ ..]) => self.sites().any(|site| {
                site.rate.iter().enumerate().any(|(at, rate)| {
                    let burst = format!("burst={}", rate.value.burst);
                    let beyond = match rate.value.burst {
                        0 => rest.is_empty(),
                        _ => *rest == [burst.as_str(), "nodelay"],
                    };
                    *zone == format!("zone={}.mech_rate.{}", site.name, at + 1) && beyond
                })
            }),
            ("limit_conn", [zone, count]) => self.sites().any(|site| {
                site.max_connections.iter().enumerate().any(|(at, own)| {
                    *zone == format!("{}.mech_connections.{}", site.name, at + 1)
                        && *count == own.value.to_string()
                })
            }),
            ("include", [path]) => self.is_override(path, &["location", "proxy"]),
            _ => false,
        }
    }

    /// What apps are told.
    pub(super) fn header(&self, name: &str, args: &[&str]) -> bool {
        let trust = self.registry.settings.trust.as_ref();
        let trusted = trust.is_some_and(|trust| !trust.is_proxy_protocol());
        let told = match args {
            [
                "Host" | "X-Forwarded-Host",
                "$host" | "$host:$server_port" | "$host$mech_colon_port",
            ]
            | ["X-Real-IP" | "X-Forwarded-For", "$remote_addr"]
            | ["X-Request-ID", "$request_id"]
            | ["Forwarded" | "Proxy", ""] => true,
            ["X-Forwarded-Proto", "$scheme"] | ["X-Forwarded-Port", "$server_port"] => !trusted,
            ["X-Forwarded-Proto", "$mech_proto"] | ["X-Forwarded-Port", "$mech_port"] => trusted,
            ["Upgrade", "$http_upgrade"] | ["Connection", "$mech_connection" | ""] => {
                name == "proxy_set_header"
            }
            [header, variable] => PASSED.iter().any(|(h, v, _)| (h, v) == (header, variable)),
            _ => false,
        };
        told && matches!(name, "proxy_set_header" | "grpc_set_header")
    }

    pub(super) fn in_down(&self, name: &str, args: &[&str]) -> bool {
        match (name, args) {
            ("internal", [])
            | ("allow", ["all"])
            | ("auth_basic" | "auth_request", ["off"])
            | ("default_type", ["application/json"])
            | ("add_header", ["Retry-After", "5", "always"])
            | ("return", ["502", "$mech_down"]) => true,
            ("add_header", args) => self.is_header_of_answers(args),
            _ => false,
        }
    }

    pub(super) fn in_error_file(&self, name: &str, args: &[&str]) -> bool {
        match (name, args) {
            ("internal", []) | ("allow", ["all"]) | ("auth_basic" | "auth_request", ["off"]) => {
                true
            }
            ("alias", [path]) => self
                .sites()
                .flat_map(|site| &site.error_pages)
                .any(|page| page.page().as_str() == path.replace(DOLLAR, "$")),
            _ => false,
        }
    }

    pub(super) fn in_ask(&self, number: &str, name: &str, args: &[&str]) -> bool {
        let Ok(number) = number.parse::<usize>() else {
            return false;
        };
        let mut asked = self
            .sites()
            .filter_map(|site| Some((site, &site.forward_auth.get(number - 1)?.value.url)));
        match (name, args) {
            ("internal", [])
            | ("proxy_pass_request_body", ["off"])
            | ("client_max_body_size", ["0"])
            | ("error_page", ["599", "/"]) => true,
            ("proxy_ssl_server_name", ["on"]) | ("proxy_ssl_protocols", ["TLSv1.2", "TLSv1.3"]) => {
                asked.any(|(_, url)| url.is_https())
            }
            ("proxy_ssl_name", [host]) => {
                asked.any(|(_, url)| url.is_https() && url.host() == *host)
            }
            ("proxy_pass", [target]) => asked.any(|(site, url)| {
                let scheme = if url.is_https() { "https" } else { "http" };
                let rest = if url.rest().is_empty() {
                    "/"
                } else {
                    url.rest()
                };
                let whole = format!("{scheme}://{}.mech_auth.{number}{rest}", site.name);
                target.replace(DOLLAR, "$") == whole
            }),
            ("proxy_set_header", ["Host", host]) => asked.any(|(_, url)| url.host() == *host),
            ("proxy_set_header", args) => matches!(
                args,
                ["Content-Length" | "Connection", ""]
                    | [
                        "X-Original-Method" | "X-Forwarded-Method",
                        "$request_method"
                    ]
                    | [
                        "X-Original-URL",
                        "$scheme://$host$request_uri"
                            | "$scheme://$host:$server_port$request_uri"
                            | "$mech_proto://$host$request_uri"
                            | "$mech_proto://$host$mech_colon_port$request_uri"
                    ]
                    | ["X-Original-URI" | "X-Forwarded-Uri", "$request_uri"]
                    | ["X-Forwarded-Proto", "$scheme" | "$mech_proto"]
                    | [
                        "X-Forwarded-Host",
                        "$host" | "$host:$server_port" | "$host$mech_colon_port"
                    ]
                    | ["X-Forwarded-For", "$remote_addr"]
            ),
            _ => false,
        }
    }

    /// Whether a `return` is what a line of a redirect map asks for.
    pub(super) fn is_move(&self, line: &MapRedirect, args: &[&str]) -> bool {
        let [code, to] = args else {
            return false;
        };
        let query = if line.to.contains(['?', '#']) {
            ""
        } else {
            "$is_args$args"
        };
        let codes = self.sites().map(mech::model::Site::redirect_code);
        let known = |of: RedirectCode| of.to_string() == *code;
        let code = line
            .code
            .map_or_else(|| codes.into_iter().any(known), known);
        code && to.replace(DOLLAR, "$") == format!("{}{query}", line.to)
    }

    fn is_tried(&self, tried: &str) -> bool {
        let below = self.sites().filter_map(|site| match &site.prerendered {
            Some(Prerendered::Below(folder)) => Some(folder.as_str()),
            _ => None,
        });
        let mut folders = below.chain([""]);
        let spa = self.sites().any(|site| site.spa == Some(true));
        (spa && tried == "/index.html")
            || folders.any(|folder| {
                let end = tried
                    .strip_prefix(folder)
                    .and_then(|rest| rest.strip_prefix("$uri"));
                end.is_some_and(|end| {
                    matches!(end, "/index.html" | ".html") || (!folder.is_empty() && end.is_empty())
                })
            })
    }

    /// Whether a path is a folder of a path's own, or one below it.
    fn is_folder(&self, path: &str) -> bool {
        let path = path.replace(DOLLAR, "$");
        self.sites().flat_map(|site| &site.static_paths).any(|own| {
            let root = own.folder.as_str().trim_end_matches('/');
            self.paths().any(|below| {
                let rest = below.strip_prefix(own.path.as_str());
                rest.is_some_and(|rest| {
                    let file = !rest.is_empty() && path == format!("{root}{rest}");
                    file || path == format!("{root}{rest}/")
                })
            })
        })
    }

    /// Whether requests may be passed to a name, with what is left of a stripped path behind it.
    fn is_target(&self, target: &str) -> bool {
        let (name, rest) = match target.find('/') {
            Some(at) => target.split_at(at),
            None => (target, ""),
        };
        let stripped = || {
            let all = self.sites().flat_map(|site| &site.strip_prefix);
            all.flat_map(|strip| {
                self.paths()
                    .filter_map(|path| path.strip_prefix(strip.as_str()))
            })
        };
        self.is_upstream(name)
            && (rest.is_empty()
                || stripped()
                    .map(ascii)
                    .any(|left| rest == left || rest == format!("{left}/")))
    }
}

/// A path as it stands in a URL.
fn ascii(path: &str) -> String {
    let byte = |byte: u8| match byte {
        0..=127 => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    path.bytes().map(byte).collect()
}

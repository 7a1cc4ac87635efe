//! The values that options and settings take in the matrix, and sets of them by chance.

use std::fmt;

use mech::render::NginxVersion;
use serde_json::{Value, json};

/// One value of one option, as JSON; `%` in it stands for the site's number, so that no two sites share a name.
pub(crate) struct Choice {
    pub(crate) option: &'static str,
    value: &'static str,
    since: Option<NginxVersion>,
    beside: &'static [(&'static str, &'static str)],
}

const fn choice(option: &'static str, value: &'static str) -> Choice {
    Choice {
        option,
        value,
        since: None,
        beside: &[],
    }
}

/// What several options need.
const BACKENDS: &[(&str, &str)] = &[("backends", r#"["127.0.0.1:3000", "127.0.0.1:3001"]"#)];
const FILES: &[(&str, &str)] = &[("static", r#""/srv/www""#)];
const BOTH: &[(&str, &str)] = &[BACKENDS[0], FILES[0]];
const FILES_AND_API: &[(&str, &str)] = &[("backends", r#"["3001/api"]"#), FILES[0]];
const TLS: &[(&str, &str)] = &[("https", "true")];
const HTTP2: &[(&str, &str)] = &[BACKENDS[0], TLS[0], ("http2", "true")];

/// Every option, and of each the values that are rendered in different ways.
pub(crate) const CHOICES: &[Choice] = &[
    choice("host", r#""www%.example.com""#),
    choice("host", r#""*.wild%.example.com""#),
    choice(
        "host",
        r#""a-name-that-is-longer-than-nginx-takes-without-being-told%.example.com""#,
    ),
    choice("aliases", r#"["example%.com", "*.more%.example.com"]"#),
    choice("backends", r#"["127.0.0.1:3000"]"#),
    choice(
        "backends",
        r#"["3000-3002", "10.0.0.1:3000 weight=3 max_fails=2 fail_timeout=5s", "[::1]:3000 backup"]"#,
    ),
    choice(
        "backends",
        r#"["localhost:3000", "3001/ci-server", "3002/ci-server", "unix:/run/live.sock:/live/deep"]"#,
    ),
    choice("backends", r#"["3001/only"]"#),
    choice(
        "backends",
        r#"["unix:/run/app.sock", "10.0.0.1:3000 max_conns=7 down"]"#,
    ),
    choice("backends", r#"["@/srv/app/data/port"]"#),
    choice("canonical", "true"),
    choice("canonical", "false"),
    choice("default", "true"),
    choice("static", r#""/srv/www""#),
    choice(
        "static",
        r#""/srv/it's \"quoted\" and $dollar; {braces} \\ # ~""#,
    ),
    choice("autoindex", "true"),
    choice("autoindex", "false"),
    choice("https", "true"),
    choice("redirect-to-https", "true"),
    choice("http2", "true"),
    choice("http2", "false"),
    choice("https-upstream", "true"),
    choice("websockets", "true"),
    choice("websockets", "false"),
    choice(
        "redirect",
        r#""https://elsewhere.com/?a=1&b='2'&c=$host#;~""#,
    ),
    choice("redirect-full", r#""http://elsewhere.com:8080/$base/""#),
    choice("permanent", "true"),
    choice("balance", r#""round-robin""#).with(BACKENDS),
    choice("balance", r#""random""#).with(BACKENDS),
    choice("balance", r#""hash:header:X-User""#).with(BACKENDS),
    choice("sticky", r#""cookie""#).with(BACKENDS),
    choice("sticky", r#""header:X-User""#).with(BACKENDS),
    choice("strip-prefix", r#"["/api", "/live"]"#).with(BACKENDS),
    choice("backend-protocol", r#"["/live h2c"]"#)
        .with(BACKENDS)
        .since(1, 29, 4),
    choice("backend-protocol", r#"["/pkg.Greeter grpc"]"#).with(HTTP2),
    choice("https-upstream-verify", r#""true""#).with(&[("https-upstream", "true")]),
    choice("http3", "true").with(TLS).since(1, 25, 0),
    choice(
        "static-path",
        r#"["/assets:/srv/it's \"quoted\" and $dollar; {braces} \\ # ~", "/api/files:/srv/files"]"#,
    ),
    choice("app-first", "true").with(BOTH),
    choice("spa", "true").with(FILES_AND_API),
    choice("prerendered", r#""/cache""#).with(FILES),
    choice("immutable", r#"["/assets", "/api"]"#),
    choice("max-body", r#"["8m", "/api 0", "/upload 2g"]"#),
    choice("timeout", r#"["10s", "/api 10m"]"#).with(BACKENDS),
    choice("buffering", r#"["off", "/api on"]"#).with(BACKENDS),
    choice("rate", r#"["10r/s", "/api 5r/m burst=3"]"#),
    choice("max-connections", r#"["20", "/api 2"]"#),
    choice("auth", r#"["/"]"#),
    choice("auth", r#"["/admin", "/api"]"#),
    choice("auth-bypass", r#"["10.0.0.0/8", "2001:db8::/32"]"#).with(&[("auth", r#"["/"]"#)]),
    choice(
        "forward-auth",
        r#"["http://127.0.0.1:9091/verify?a=$b&c", "/api https://127.0.0.1:9092 login=https://auth.example.com/$x?to="]"#,
    ),
    choice("allow", r#"["10.0.0.0/8", "/api 192.0.2.1"]"#),
    choice("deny", r#"["203.0.113.7", "/api all"]"#),
    choice("redirect-code", r#""308""#),
    choice("www", r#""add""#).with(&[("host", r#""live%.example.com""#)]),
    choice("www", r#""strip""#).with(&[("host", r#""live%.example.com""#)]),
    choice("redirect-map", r#""/srv/app/moved.csv""#),
    choice(
        "header",
        r#"["X-Own: it's \"quoted\" and $dollar; {braces} \\ # ~", "Vary: Origin", "X-Powered-By:", "/api X-Own: b"]"#,
    ),
    choice("security-headers", "true"),
    choice("hsts", r#""730d includeSubDomains preload""#).with(TLS),
    choice(
        "error-page",
        r#"["502,504:/srv/app/down.html", "404:/errors/$404;.html"]"#,
    ),
    choice("access-log", "false"),
];

/// The file of backends that the machine of the matrix has.
pub(crate) const BACKEND_FILE: &str = "/srv/app/data/port";

/// Its redirect map.
pub(crate) const MAP_FILE: &str = "/srv/app/moved.csv";

/// The page for errors that is a file there.
pub(crate) const ERROR_FILE: &str = "/srv/app/down.html";

impl Choice {
    /// Below this version of nginx mech refuses it, naming the version.
    const fn since(mut self, major: u32, minor: u32, patch: u32) -> Self {
        self.since = Some(NginxVersion(major, minor, patch));
        self
    }

    /// What it needs beside it, where nothing else says it.
    const fn with(mut self, beside: &'static [(&'static str, &'static str)]) -> Self {
        self.beside = beside;
        self
    }

    /// Whether it asks for HTTP/2, which before nginx 1.25.1 all sites of a socket have or none.
    pub(crate) fn speaks_http2(&self) -> bool {
        self.beside
            .iter()
            .chain([&(self.option, self.value)])
            .any(|of| *of == ("http2", "true"))
    }

    /// The version that it needs and `nginx` has not reached.
    pub(crate) fn lacking(&self, nginx: NginxVersion) -> Option<NginxVersion> {
        self.since.filter(|since| *since > nginx)
    }
}

/// A value of the site with this number.
fn value(text: &str, site: usize) -> Value {
    serde_json::from_str(&text.replace('%', &site.to_string())).unwrap()
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.option, self.value)
    }
}

/// The JSON of a registry; a site that would serve nothing gets a backend.
pub(crate) fn registry(sites: &[Vec<&Choice>], settings: &[(&str, Value)]) -> Value {
    let sites: Vec<Value> = sites
        .iter()
        .enumerate()
        .map(|(number, choices)| {
            let mut site = json!({ "shortname": format!("site{number}") });
            for choice in choices {
                site[choice.option] = value(choice.value, number);
            }
            for (option, text) in choices.iter().flat_map(|choice| choice.beside) {
                if site[*option].is_null() {
                    site[*option] = value(text, number);
                }
            }
            let serves = ["backends", "static", "redirect", "redirect-full"];
            if serves.iter().all(|option| site[*option].is_null()) {
                site["backends"] = json!(["127.0.0.1:3999"]);
            }
            // What was only looked at is not there.
            site.as_object_mut()
                .unwrap()
                .retain(|_, value| !value.is_null());
            site
        })
        .collect();
    let settings: serde_json::Map<String, Value> = settings
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()))
        .collect();
    json!({ "version": 1, "settings": settings, "sites": sites })
}

/// The options that ask who may come in, or how often.
pub(super) const GUARDS: [&str; 6] = [
    "auth",
    "forward-auth",
    "allow",
    "deny",
    "rate",
    "max-connections",
];

/// mechanic's options.
const OLD: &[&str] = &[
    "host",
    "aliases",
    "backends",
    "canonical",
    "static",
    "autoindex",
    "https",
    "redirect-to-https",
    "https-upstream",
    "websockets",
    "redirect",
    "redirect-full",
    "permanent",
];

/// A small generator (`SplitMix64`): the same seed gives the same registries on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Three options and more that this nginx has, each with one of its values.
    pub(super) fn some_choices(&mut self, nginx: NginxVersion) -> Vec<&'static Choice> {
        let choices = || CHOICES.iter().filter(|c| c.lacking(nginx).is_none());
        let mut options: Vec<&str> = choices().map(|choice| choice.option).collect();
        options.dedup();
        let mut chosen = Vec::new();
        for option in options {
            // Few default sites, because a registry takes one; few words on HTTP/2, because sites that differ in it
            // are refused; of the many options that are not mechanic's, one or two.
            let odds = match option {
                "spa" | "backend-protocol" => 200,
                "default" | "http2" => 8,
                _ if OLD.contains(&option) => 2,
                _ => 16,
            };
            let redirects = chosen
                .iter()
                .any(|c: &&Choice| matches!(c.option, "redirect" | "redirect-full"));
            // A site has one redirect, and nobody to ask beside it.
            let idle = redirects && (option == "redirect-full" || GUARDS.contains(&option));
            if self.below(odds) == 0 && !idle {
                let values: Vec<_> = choices().filter(|c| c.option == option).collect();
                chosen.push(self.one(&values));
            }
        }
        chosen
    }

    /// Settings, each said or not.
    pub(super) fn some_settings(&mut self) -> Vec<(&'static str, Value)> {
        let all = settings();
        let mut settings: Vec<(&'static str, Value)> = Vec::new();
        for (key, values) in all {
            if self.below(2) == 0 && !settings.iter().any(|(said, _)| *said == key) {
                settings.push((key, self.one(&values)));
            }
        }
        settings
    }
}

/// The settings that nginx notices, each with the values that are rendered in different ways.
pub(super) fn settings() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("bind", vec![json!("*"), json!("127.0.0.1"), json!("::1")]),
        ("bind", vec![json!("127.0.0.1,::1")]),
        ("http2", vec![json!(true), json!(false)]),
        ("logs-shared", vec![json!(true), json!(false)]),
        ("trust", vec![json!("10.0.0.0/8,2001:db8::/32")]),
        ("trust", vec![json!("proxy-protocol")]),
        (
            "unknown-hosts",
            vec![json!("reject"), json!("default-site"), json!("404")],
        ),
        ("log-format", vec![json!("combined"), json!("json")]),
        (
            "prelaunch-host",
            vec![
                json!("{shortname}-prod.example.net"),
                json!("{shortname}.x"),
            ],
        ),
    ]
}

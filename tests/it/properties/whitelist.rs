//! Every directive that the built-in templates can produce: where it stands and which arguments it takes.
//!
//! Written by hand from the templates, not derived from the renderer, so that what is not foreseen here is found.

mod http;
mod location;
mod server;
mod values;

use std::collections::BTreeSet;

use mech::model::Registry;
use mech::render::{Facts, MapRedirect};
use mech::syntax::{Directive, parse};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Context<'a> {
    Http,
    /// A `map` or a `geo`, by the variable that it sets.
    Table(&'a str),
    Upstream(&'a str),
    Server,
    /// What passes requests on or serves files.
    Location,
    /// The same where only those come who were let in before.
    Behind,
    /// mech's own page for when no backend answers.
    Down,
    /// A guarded path in another case: nothing is there.
    Nothing,
    /// A line of a redirect map, by its path.
    Moved(&'a str),
    /// The file of an error page, by the number and the end of its name.
    ErrorFile,
    /// The question to another service, by its number.
    Ask(&'a str),
}

/// Directives of which nginx, or a person, expects more than one beside each other.
const SEVERAL: &[&str] = &[
    "map",
    "geo",
    "upstream",
    "server",
    "include",
    "location",
    "proxy_set_header",
    "grpc_set_header",
    "proxy_hide_header",
    "grpc_hide_header",
    "add_header",
    "error_page",
    "allow",
    "deny",
    "auth_request_set",
    "set_real_ip_from",
    "limit_req_zone",
    "limit_conn_zone",
    "limit_req",
    "limit_conn",
];

/// Names that begin with a dot, but for `/.well-known/`.
const DOTFILES: &str = r"/\.(?!well-known/)";

/// What a single-page app has files for, not paths.
const ASSETS: &str = r"\.(?:js|mjs|css|map|json|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|wasm|txt|xml|pdf|mp4|webm)$";

struct Checker<'a> {
    registry: &'a Registry,
    facts: &'a Facts,
}

/// Says what in `text` no template can have produced for this registry.
pub(super) fn check(text: &str, registry: &Registry, facts: &Facts) -> Result<(), String> {
    let directives = parse(text.as_bytes()).map_err(|error| error.to_string())?;
    let checker = Checker { registry, facts };
    checker.block(Context::Http, &directives)?;
    let mut once = BTreeSet::new();
    for listen in directives
        .iter()
        .filter_map(|d| d.block.as_ref())
        .flatten()
        .filter(|d| d.name == "listen")
    {
        // One default server on a socket, and one that opens the socket of HTTP/3 for all workers.
        for word in ["default_server", "reuseport"] {
            let has = |word: &str| listen.args.iter().any(|arg| arg == word);
            if has(word) && !once.insert((word, &listen.args[0], has("quic"))) {
                return Err(format!("{word} twice on {}", listen.args[0]));
            }
        }
    }
    let mut defined = BTreeSet::new();
    define(&directives, &mut defined);
    used(&directives, &defined)
}

/// Collects the variables that mech defines.
fn define<'a>(directives: &'a [Directive], defined: &mut BTreeSet<&'a str>) {
    for directive in directives {
        match directive.name.as_str() {
            "map" | "geo" => defined.extend(directive.args.last().map(String::as_str)),
            "set" | "auth_request_set" => {
                defined.extend(directive.args.first().map(String::as_str));
            }
            _ => {}
        }
        define(directive.block.as_deref().unwrap_or_default(), defined);
    }
}

/// Directives in whose arguments nginx looks for no variable, so that `$` there is a plain byte.
const PLAIN: &[&str] = &[
    "server_name",
    "location",
    "include",
    "error_log",
    "upstream",
];

/// Claims that each of mech's variables that is used is defined.
fn used(directives: &[Directive], defined: &BTreeSet<&str>) -> Result<(), String> {
    for directive in directives {
        let in_upstream = directive.name == "server" && directive.block.is_none();
        let values = directive.name == "geo";
        if !PLAIN.contains(&directive.name.as_str()) && !in_upstream {
            for name in directive.args.iter().flat_map(|text| own_variables(text)) {
                if !defined.contains(name.as_str()) {
                    return Err(format!("line {}: {name} is not defined", directive.line));
                }
            }
        }
        if !values {
            used(directive.block.as_deref().unwrap_or_default(), defined)?;
        }
    }
    Ok(())
}

/// mech's variables in a text.
fn own_variables(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    for rest in text.split('$').skip(1) {
        let rest = rest.strip_prefix('{').unwrap_or(rest);
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let name = &rest[..end.unwrap_or(rest.len())];
        if name.starts_with("mech_") {
            names.push(format!("${name}"));
        }
    }
    names
}

impl Checker<'_> {
    fn block(&self, context: Context<'_>, directives: &[Directive]) -> Result<(), String> {
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
                // One address has one socket, whatever its parameters, and one of QUIC.
                "listen" => format!("listen {:?} {}", args.first(), args.contains(&"quic")),
                // Of these an answer may have the same one twice.
                "add_header" if args.first().is_some_and(|name| is_repeated(name)) => {
                    continue_key(directive)
                }
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
    fn inner<'b>(&self, context: Context<'b>, name: &str, args: &[&'b str]) -> Option<Context<'b>> {
        match (context, name) {
            (Context::Http, _) => self.opened_in_http(name, args),
            (Context::Server, "location") => self.opened_in_server(args),
            (Context::Location | Context::Behind, "location") => match args {
                ["~", DOTFILES | ASSETS] => Some(context),
                ["~", "\\\\"] => Some(Context::Nothing),
                ["~*", pattern] => self.is_other_case(pattern).then_some(Context::Nothing),
                _ => None,
            },
            _ => None,
        }
    }

    fn simple(&self, context: Context<'_>, name: &str, args: &[&str]) -> bool {
        match context {
            Context::Http => self.in_http(name, args),
            Context::Table(variable) => self.in_table(variable, name, args),
            Context::Upstream(upstream) => self.in_upstream(upstream, name, args),
            Context::Server => {
                self.in_server(name, args)
                    || server::fixed(name, args)
                    || self.said(name, args)
                    || self.header(name, args)
            }
            Context::Location => {
                self.in_location(name, args) || self.said(name, args) || self.header(name, args)
            }
            Context::Behind => {
                matches!((name, args), ("auth_basic" | "auth_request", ["off"]))
                    || self.in_location(name, args)
                    || self.said(name, args)
                    || self.header(name, args)
            }
            Context::Nothing => {
                matches!(
                    (name, args),
                    ("return", ["404"]) | ("try_files", ["", "=404"])
                )
            }
            Context::Down => self.in_down(name, args),
            Context::Moved(from) => {
                // What one site has moved away, another may serve.
                (name == "return" && self.moved(from).any(|line| self.is_move(line, args)))
                    || (self.is_path(from) && self.simple(Context::Location, name, args))
            }
            Context::ErrorFile => self.in_error_file(name, args),
            Context::Ask(number) => self.in_ask(number, name, args),
        }
    }

    fn moved<'b>(&'b self, from: &'b str) -> impl Iterator<Item = &'b MapRedirect> {
        let lines = self.facts.redirects.values().flatten();
        lines.filter(move |line| line.from == from)
    }
}

/// A key that nothing else has.
fn continue_key(directive: &Directive) -> String {
    format!("add_header {}", directive.line)
}

fn is_repeated(header: &str) -> bool {
    ["set-cookie", "vary", "link"].contains(&header.to_ascii_lowercase().as_str())
}

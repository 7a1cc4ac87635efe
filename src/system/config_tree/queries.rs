//! Questions to a configuration.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::{ConfigFile, ConfigTree, Link, Step, include};
use crate::syntax::{Directive, ListenSocket};

/// A directive and the file in which it stands.
#[derive(Debug, Clone, Copy)]
pub struct Located<'a> {
    /// The file.
    pub file: &'a ConfigFile,
    /// The directive, with its line.
    pub directive: &'a Directive,
}

/// The includes by which nginx comes from the main file to another one, in this order.
pub type IncludeChain = Vec<Link>;

/// One socket that one server of the user's listens on.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent word of nginx's directive"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// The file of the `listen`, or of the `server` that has none.
    pub file: PathBuf,
    /// The line of the `listen`, or of the `server` that has none.
    pub line: u32,
    /// The address as written.
    pub address: String,
    /// The address; `None` means every IPv4 address, unless `name` or `unix` is set.
    pub host: Option<IpAddr>,
    /// A host name that only a resolver could turn into addresses.
    pub name: Option<String>,
    /// The port; 0 for `unix`. A range of ports gives one `Listen` for each.
    pub port: u16,
    /// Whether the server answers requests that match no name on this socket.
    pub default_server: bool,
    /// Whether connections are TLS.
    pub ssl: bool,
    /// Whether this is a UDP socket for HTTP/3.
    pub quic: bool,
    /// Whether this is a socket in the file system.
    pub unix: bool,
}

impl ConfigTree {
    /// The first directive of this name in the main context.
    #[must_use]
    pub fn main_directive(&self, name: &str) -> Option<Located<'_>> {
        self.main_directives(name).into_iter().next()
    }

    /// All directives of this name in the main context, in nginx's order.
    #[must_use]
    pub fn main_directives(&self, name: &str) -> Vec<Located<'_>> {
        self.directives_in(&[], name)
    }

    /// All directives of this name directly in `http`, in nginx's order.
    #[must_use]
    pub fn http_directives(&self, name: &str) -> Vec<Located<'_>> {
        self.directives_in(&["http"], name)
    }

    /// The arguments of all `error_log` directives in the main context; the first of each is the file.
    #[must_use]
    pub fn error_logs(&self) -> Vec<&[String]> {
        self.main_directives("error_log")
            .into_iter()
            .map(|located| located.directive.args.as_slice())
            .collect()
    }

    /// All directives of these names, in whichever block, in nginx's order.
    #[must_use]
    pub fn all_directives(&self, names: &[&str]) -> Vec<Located<'_>> {
        let mut found = Vec::new();
        self.walk(&mut |visit| {
            let (file, directive) = (visit.file, visit.directive);
            if names.contains(&directive.name.as_str()) {
                found.push(Located { file, directive });
            }
            Step::Into
        });
        found
    }

    fn directives_in(&self, context: &[&str], name: &str) -> Vec<Located<'_>> {
        let mut found = Vec::new();
        self.walk(&mut |visit| {
            let directive = visit.directive;
            if visit.context == context && directive.name == name {
                let file = visit.file;
                found.push(Located { file, directive });
            }
            let next = context.get(visit.context.len());
            if include::pattern(directive).is_some() || next.is_some_and(|n| *n == directive.name) {
                Step::Into
            } else {
                Step::Over
            }
        });
        found
    }

    /// By which includes nginx reads the file `path` in `http`, now or as soon as there is such a file.
    ///
    /// `None`: it would not. Where several includes read it, the first; see [`Self::all_includes_of`].
    #[must_use]
    pub fn includes_of(&self, path: &Path) -> Option<IncludeChain> {
        self.all_includes_of(path).into_iter().next()
    }

    /// Every way by which nginx reads the file `path` in `http`; more than one defines everything twice.
    #[must_use]
    pub fn all_includes_of(&self, path: &Path) -> Vec<IncludeChain> {
        let mut chains = Vec::new();
        self.walk(&mut |visit| {
            let directive = visit.directive;
            let Some(pattern) = include::pattern(directive) else {
                return into_http(visit.context, directive);
            };
            let reads = || include::reads(&self.absolute(pattern), path).is_some();
            if visit.context == ["http"] && reads() {
                let mut chain = visit.chain();
                chain.push(Link {
                    file: visit.file.path.clone(),
                    line: directive.line,
                    pattern: pattern.to_owned(),
                });
                chains.push(chain);
            }
            Step::Into
        });
        chains
    }

    /// The sockets of all servers in `http`, in nginx's order.
    ///
    /// `implicit_port` is the port of a server without `listen`: 80 if root starts nginx, else 8000.
    /// Addresses that nginx would refuse are left out.
    #[must_use]
    pub fn listens(&self, implicit_port: u16) -> Vec<Listen> {
        let mut listens = Vec::new();
        let mut server: Option<(Located<'_>, usize)> = None;
        let finish = |server: Option<(Located<'_>, usize)>, listens: &mut Vec<Listen>| {
            if let Some((located, 0)) = server {
                add(listens, located, &ListenSocket::implicit(implicit_port));
            }
        };
        self.walk(&mut |visit| {
            let directive = visit.directive;
            let file = visit.file;
            if include::pattern(directive).is_some() {
                return Step::Into;
            }
            if visit.context == ["http"] && directive.name == "server" {
                let next = (Located { file, directive }, 0);
                finish(server.replace(next), &mut listens);
                return Step::Into;
            }
            if visit.context == ["http", "server"] && directive.name == "listen" {
                if let Some((_, own)) = &mut server {
                    *own += 1;
                }
                if let Some(socket) = ListenSocket::from_args(&directive.args) {
                    add(&mut listens, Located { file, directive }, &socket);
                }
            }
            into_http(visit.context, directive)
        });
        finish(server, &mut listens);
        listens
    }
}

fn into_http(context: &[&str], directive: &Directive) -> Step {
    if context.is_empty() && directive.name == "http" {
        Step::Into
    } else {
        Step::Over
    }
}

fn add(listens: &mut Vec<Listen>, at: Located<'_>, socket: &ListenSocket) {
    listens.extend(socket.ports.clone().map(|port| Listen {
        file: at.file.path.clone(),
        line: at.directive.line,
        address: socket.address.clone(),
        host: socket.host,
        name: socket.name.clone(),
        port,
        default_server: socket.default_server,
        ssl: socket.ssl,
        quic: socket.quic,
        unix: socket.unix,
    }));
}

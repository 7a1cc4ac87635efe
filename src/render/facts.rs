//! What rendering needs to know of a machine, as plain values.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;

use super::Capabilities;
use crate::model::{Backend, Cidr, RedirectCode, UrlPath};
use crate::syntax::Directive;

/// Everything outside the registry on which the rendered text depends.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What the nginx found can do.
    pub nginx: Capabilities,
    /// Where things lie.
    pub places: Places,
    /// Whether an IPv6 socket can be made; `listen [::]:80` without one keeps nginx from starting.
    pub ipv6: bool,
    /// Ports of this machine on which only `[::1]` accepts, not 127.0.0.1.
    pub ipv6_only: BTreeSet<u16>,
    /// The backends that each `@FILE` holds.
    pub files: BTreeMap<String, Vec<Backend>>,
    /// The override files that hold directives, by the folded shortname.
    pub overrides: BTreeMap<String, Overrides>,
    /// What the user's own configuration says.
    pub user: UserConfig,
    /// The addresses of each backend's host name, sorted; used where nginx cannot resolve by itself.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// The name servers of this machine, for an nginx that resolves by itself.
    pub resolvers: Vec<IpAddr>,
    /// What the redirect map of a site holds, by the folded shortname.
    pub redirects: BTreeMap<String, Vec<MapRedirect>>,
    /// The networks of all proxies that are trusted, sorted, each once.
    pub trusted: Vec<Cidr>,
    /// The pages for errors that are files of this machine; others are paths of their site.
    pub error_files: BTreeSet<String>,
    /// The certificates that this machine trusts, as one PEM file.
    pub ca_bundle: Option<PathBuf>,
}

/// One line of a redirect map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapRedirect {
    /// The path that is redirected, decoded, as nginx compares it; begins with `/`.
    pub from: String,
    /// A path of the same site, or a whole URL; printable ASCII.
    pub to: String,
    /// Its own status, else the site's.
    pub code: Option<RedirectCode>,
}

/// Paths that the text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The registry.
    pub registry: PathBuf,
    /// The folder of `mech.conf`.
    pub conf: PathBuf,
    /// The folder of override files.
    pub overrides: PathBuf,
    /// The folder of logs.
    pub logs: PathBuf,
    /// The folder of certificates.
    pub certs: PathBuf,
    /// The folder of the password files, one for each site with users, named by its shortname.
    pub passwords: PathBuf,
}

/// The override files of one site; those without a directive are left out.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// At http level, before the site's server blocks.
    pub top: Option<OverrideFile>,
    /// In each server block that serves.
    pub server: Option<OverrideFile>,
    /// In `location /`.
    pub location: Option<OverrideFile>,
    /// In each location that passes requests to backends.
    pub proxy: Option<OverrideFile>,
    /// In the locations of a path, by the path.
    pub paths: BTreeMap<UrlPath, OverrideFile>,
}

/// One override file.
#[derive(Clone, Debug)]
pub struct OverrideFile {
    /// Its directives; none where nginx itself will have to say what is wrong with it.
    pub directives: Vec<Directive>,
}

/// What mech has to know of the configuration that is not its own.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each thing that the user may have, independent of each other"
)]
pub struct UserConfig {
    /// Where a `listen` of the user's owns `default_server`, by port.
    pub defaults: Vec<UserDefault>,
    /// The user's `server_names_hash_bucket_size`.
    pub names_hash: Option<UserNamesHash>,
    /// Whether a server block of the user's listens on the port of plain HTTP: then unknown names are
    /// the user's to answer.
    pub http: bool,
    /// Whether a server block of the user's listens on the port of TLS: then the first of them is what
    /// unknown names get, and stays it.
    pub tls: bool,
    /// Whether one of them speaks HTTP/3 on that port.
    pub quic: bool,
    /// Whether the user sets sizes of proxy buffers for all servers, which nginx checks against each
    /// other wherever each of them stands.
    pub proxy_buffers: bool,
}

/// A `default_server` of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserDefault {
    /// The port.
    pub port: u16,
    /// The address as written.
    pub address: String,
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
}

/// The user's own size of nginx's table of names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserNamesHash {
    /// The size in bytes.
    pub size: u32,
    /// The file.
    pub file: PathBuf,
    /// The line, from 1.
    pub line: u32,
}

impl OverrideFile {
    /// Whether it sets this directive.
    #[must_use]
    pub fn sets(&self, name: &str) -> bool {
        self.directives
            .iter()
            .any(|directive| directive.name == name)
    }

    /// The first argument of each directive of this name.
    pub fn first_arguments<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.directives
            .iter()
            .filter(move |directive| directive.name == name)
            .filter_map(|directive| directive.args.first().map(String::as_str))
    }
}

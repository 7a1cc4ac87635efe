//! Gathers from the machine what rendering needs: override files, `@FILE`s, certificates, templates,
//! and which of IPv4 and IPv6 this machine's own apps answer on.

mod backend_files;
mod certificates;
mod error;
mod error_files;
mod names;
mod overrides;
mod redirect_map;
mod remark;
mod resolvers;
mod text_file;
mod trusted;

pub use backend_files::BackendFileError;
pub use error::FactError;
pub use names::NameError;
pub use overrides::{OVERRIDE_FILES, write_placeholder};
pub use redirect_map::{RedirectMapError, RowError};
pub use remark::Remark;
pub use text_file::TextFileError;
pub use trusted::TrustFileError;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use self::backend_files::backend_files;
use self::certificates::{ca_bundle, certificates};
use self::error_files::error_files;
use self::names::{Names, addresses};
use self::overrides::overrides;
use self::redirect_map::redirect_maps;
use self::remark::site_remarks;
use self::resolvers::{LocalNames, resolvers};
use self::trusted::trusted;
use super::files::read_optional;
use super::localhost::ipv6_only;
use super::machine::{Machine, has_ipv6};
use super::state::{Applied, Digests};
use crate::model::{Backend, BackendHost, Registry, Site, Target};
use crate::render::{Facts, TEMPLATES};

/// The names that this machine itself knows.
const HOSTS: &str = "/etc/hosts";
/// Whom this machine asks for the others.
const RESOLV: &str = "/etc/resolv.conf";

/// What was gathered.
#[derive(Debug)]
pub struct Gathered {
    /// The facts for rendering.
    pub facts: Facts,
    /// The person's own templates, by name.
    pub templates: Vec<(String, String)>,
    /// One digest of the content of every file that the rendered text depends on.
    pub inputs: String,
    /// What each `@FILE` holds, to fall back on when it breaks.
    pub files: BTreeMap<String, Vec<String>>,
    /// The addresses of each host name that requests are sent to, to fall back on when it does not resolve.
    pub addresses: BTreeMap<String, Vec<IpAddr>>,
    /// The text of each redirect map, to fall back on when it breaks.
    pub redirects: BTreeMap<String, String>,
    /// The text of each file of trusted networks, to fall back on when it breaks.
    pub trusted: BTreeMap<String, String>,
    /// The log files that the rendered text names.
    pub logs: Vec<PathBuf>,
    /// What a person should know.
    pub remarks: Vec<Remark>,
}

/// What facts are gathered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A change: everything must be there.
    Change,
    /// The same, and what may have changed outside is looked at anew.
    Refresh,
    /// Only to show: what this user may not read is left out.
    Look,
}

impl Purpose {
    /// Whether a file that cannot be read for this reason is left out.
    fn hides(self, error: &io::Error) -> bool {
        self == Self::Look && error.kind() == io::ErrorKind::PermissionDenied
    }
}

/// Gathers the facts for `registry`; `touched` are the folded names of the sites that change.
///
/// The apps of touched sites are asked on which of IPv4 and IPv6 they answer, and the names of their backends
/// are resolved; for a refresh those of all.
#[expect(
    clippy::implicit_hasher,
    reason = "nobody outside this crate has another hasher"
)]
pub fn gather(
    registry: &Registry,
    machine: &Machine,
    applied: Option<&Applied>,
    touched: &HashSet<String>,
    purpose: Purpose,
) -> Result<Gathered, FactError> {
    let mut digests = Digests::default();
    let mut remarks = Vec::new();
    let templates = templates(registry, &mut digests)?;
    let files = backend_files(registry, applied, touched, &mut remarks, &mut digests)?;
    let overrides = overrides(registry, machine, &mut digests)?;
    certificates(registry, machine, purpose, &mut digests)?;
    let ca_bundle = ca_bundle(registry, purpose, &mut digests)?;
    let logs = logs(registry, machine)?;
    let (nginx, ipv6) = (machine.capabilities(), has_ipv6());
    let names = Names {
        registry,
        files: &files,
        known: applied.map(|applied| &applied.addresses),
        touched,
        purpose,
        by_nginx: nginx
            .resolve()
            .then(|| LocalNames::read(Path::new(HOSTS), Path::new(RESOLV))),
        ipv6,
    };
    let addresses = addresses(&names, &mut remarks, &mut digests)?;
    let maps = redirect_maps(
        registry,
        applied,
        touched,
        purpose,
        &mut remarks,
        &mut digests,
    )?;
    let settings = &registry.settings;
    let trusted = trusted(settings, applied, purpose, &mut remarks, &mut digests)?;
    let error_files = error_files(registry, &mut digests);
    let before: BTreeSet<u16> = applied
        .map(|a| a.ipv6_only.iter().copied().collect())
        .unwrap_or_default();
    let all = localhost_ports(&registry.sites, &files, |_| true);
    let asked = localhost_ports(&registry.sites, &files, |site| {
        purpose == Purpose::Refresh || touched.contains(&site.name.folded())
    });
    let ipv6_only = ipv6_only(&all, &asked, &before);
    remarks.extend(ipv6_only.iter().map(|port| Remark::Ipv6Localhost(*port)));
    for site in registry
        .sites
        .iter()
        .filter(|site| touched.contains(&site.name.folded()))
    {
        site_remarks(site, &machine.capabilities(), &mut remarks);
    }
    let printed = files
        .iter()
        .map(|(file, list)| (file.clone(), list.iter().map(Backend::to_string).collect()));
    Ok(Gathered {
        files: printed.collect(),
        facts: Facts {
            resolvers: if nginx.resolve() {
                resolvers(Path::new(RESOLV))
            } else {
                Vec::new()
            },
            nginx,
            places: machine.places.clone(),
            ipv6,
            ipv6_only,
            files,
            overrides,
            user: machine.user_config(settings),
            addresses: addresses.rendered,
            redirects: maps.redirects,
            trusted: trusted.networks,
            error_files,
            ca_bundle,
        },
        addresses: addresses.known,
        redirects: maps.texts,
        trusted: trusted.texts,
        templates,
        inputs: digests.finish(),
        logs,
        remarks,
    })
}

/// The person's own templates.
pub fn templates(
    registry: &Registry,
    digests: &mut Digests,
) -> Result<Vec<(String, String)>, FactError> {
    let Some(folder) = &registry.settings.template else {
        return Ok(Vec::new());
    };
    let mut own = Vec::new();
    for (name, _) in TEMPLATES {
        let path = folder.as_path().join(name);
        if let Some(bytes) = read_optional(&path)? {
            digests.add(&path.to_string_lossy(), Some(&bytes));
            let text = String::from_utf8(bytes)
                .map_err(|_| io::Error::other(format!("`{}` is no UTF-8 text", path.display())))?;
            own.push((name.to_owned(), text));
        }
    }
    if own.is_empty() {
        return Err(FactError::Templates(folder.as_path().to_owned()));
    }
    Ok(own)
}

fn logs(registry: &Registry, machine: &Machine) -> Result<Vec<PathBuf>, FactError> {
    let folder = &machine.places.logs;
    if registry.sites.is_empty() {
        return Ok(Vec::new());
    }
    if machine.nginx.is_some() && !folder.is_dir() {
        return Err(FactError::Logs(folder.clone()));
    }
    let pair =
        |stem: &str| ["access", "error"].map(|kind| folder.join(format!("{stem}.{kind}.log")));
    if registry.settings.logs_shared == Some(true) {
        return Ok(pair("mech").to_vec());
    }
    Ok(registry
        .sites
        .iter()
        .flat_map(|site| pair(site.name.as_str()))
        .collect())
}

/// The ports at which the apps of some sites are expected on this machine, by way of `localhost`.
fn localhost_ports(
    sites: &[Site],
    files: &BTreeMap<String, Vec<Backend>>,
    wanted: impl Fn(&Site) -> bool,
) -> BTreeSet<u16> {
    let backends = sites.iter().filter(|site| wanted(site)).flat_map(|site| {
        let listed = site
            .backend_files()
            .filter_map(|file| files.get(file.as_str()));
        site.backends.iter().chain(listed.flatten())
    });
    backends
        .filter_map(|backend| match &backend.target {
            Target::Ports(BackendHost::Localhost, ports) => Some(*ports),
            _ => None,
        })
        .flat_map(crate::model::PortRange::ports)
        .collect()
}

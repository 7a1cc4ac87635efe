//! Gathers from the machine what rendering needs: override files, `@FILE`s, certificates, templates,
//! and which of IPv4 and IPv6 this machine's own apps answer on.

mod backend_files;
mod overrides;

pub use backend_files::BackendFileError;
pub use overrides::{OVERRIDE_FILES, write_placeholder};

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::PathBuf;

use fs_err as fs;

use self::backend_files::backend_files;
use self::overrides::overrides;
use super::files::read_optional;
use super::localhost::ipv6_only;
use super::machine::{Machine, has_ipv6};
use super::state::{Applied, Digests};
use crate::model::{Backend, BackendHost, Registry, Site, SiteName, Target};
use crate::render::{Facts, TEMPLATES};

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
    /// The log files that the rendered text names.
    pub logs: Vec<PathBuf>,
    /// What a person should know.
    pub remarks: Vec<Remark>,
}

/// Something that a person should know and that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// A site without a host.
    NoHost(SiteName),
    /// A folder of files that is not there (yet).
    NoStaticFolder(SiteName, PathBuf),
    /// `redirect-to-https` without `https`.
    IdleRedirect(SiteName),
    /// `localhost` answers on `[::1]` alone.
    Ipv6Localhost(u16),
    /// An `@FILE` is broken and its last good content was used.
    StaleFile {
        /// The site.
        site: SiteName,
        /// The file and what is wrong with it.
        error: String,
    },
}

/// Why the facts could not be had.
#[derive(Debug, thiserror::Error)]
pub enum FactError {
    /// An `@FILE`.
    #[error("the site `{site}` takes its backends from a file: {error}")]
    BackendFile {
        /// The site.
        site: SiteName,
        /// What is wrong with the file.
        error: BackendFileError,
    },
    /// A certificate or its key.
    #[error("the site `{site}` has `https`, but its {what}: {error}")]
    Certificate {
        /// The site.
        site: SiteName,
        /// `certificate` or `key`.
        what: &'static str,
        /// The path and the reason.
        error: io::Error,
    },
    /// A certificate file without a certificate in it.
    #[error("the site `{site}` has `https`, but `{}` is no PEM file (it has no line `-----BEGIN`)", path.display())]
    NotPem {
        /// The site.
        site: SiteName,
        /// The file.
        path: PathBuf,
    },
    /// The folder of logs.
    #[error("the folder of logs, `{}`, is not there", .0.display())]
    Logs(PathBuf),
    /// The folder of templates.
    #[error("the folder of templates, `{}`, holds none of {}", .0.display(), TEMPLATES.map(|(name, _)| name).join(", "))]
    Templates(PathBuf),
    /// A file that cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
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

/// Gathers the facts for `registry`; `touched` are the folded names of the sites that change.
///
/// The apps of touched sites are asked on which of IPv4 and IPv6 they answer; for a refresh those of all.
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
    let logs = logs(registry, machine)?;
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
        site_remarks(site, &mut remarks);
    }
    let printed = files
        .iter()
        .map(|(file, list)| (file.clone(), list.iter().map(Backend::to_string).collect()));
    Ok(Gathered {
        files: printed.collect(),
        facts: Facts {
            nginx: machine.capabilities(),
            places: machine.places.clone(),
            ipv6: has_ipv6(),
            ipv6_only,
            files,
            overrides,
            user: machine.user_config(&registry.settings),
        },
        templates,
        inputs: digests.finish(),
        logs,
        remarks,
    })
}

fn site_remarks(site: &Site, remarks: &mut Vec<Remark>) {
    if site.host.is_none() {
        remarks.push(Remark::NoHost(site.name.clone()));
    }
    if let Some(root) = &site.static_root
        && !root.as_path().is_dir()
    {
        remarks.push(Remark::NoStaticFolder(
            site.name.clone(),
            root.as_path().to_owned(),
        ));
    }
    if site.redirect_to_https == Some(true) && !site.is_https() {
        remarks.push(Remark::IdleRedirect(site.name.clone()));
    }
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

fn certificates(
    registry: &Registry,
    machine: &Machine,
    purpose: Purpose,
    digests: &mut Digests,
) -> Result<(), FactError> {
    let hidden = |error: &io::Error| {
        purpose == Purpose::Look && error.kind() == io::ErrorKind::PermissionDenied
    };
    for site in registry.sites.iter().filter(|site| site.is_https()) {
        for (what, end) in [("certificate", "cer"), ("key", "key")] {
            let path = machine.places.certs.join(format!("{}.{end}", site.name));
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if hidden(&error) => continue,
                Err(error) => {
                    let site = site.name.clone();
                    return Err(FactError::Certificate { site, what, error });
                }
            };
            if !bytes.windows(10).any(|window| window == b"-----BEGIN") {
                return Err(FactError::NotPem {
                    site: site.name.clone(),
                    path,
                });
            }
            digests.add(&path.to_string_lossy(), Some(&bytes));
        }
    }
    Ok(())
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
    if registry.settings.shared_logs == Some(true) {
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

//! Gathers from the machine what rendering needs: override files, `@FILE`s, certificates, templates,
//! and which of IPv4 and IPv6 this machine's own apps answer on.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use fs_err as fs;

use super::config_tree::{ConfigTree, Step};
use super::files::{is_absent, read_optional};
use super::localhost::ipv6_only;
use super::machine::{Machine, has_ipv6};
use super::nginx::Nginx;
use super::state::{Applied, Digests};
use crate::model::{Backend, BackendError, BackendHost, Registry, Site, SiteName, Target};
use crate::render::{Facts, OverrideFile, Overrides, TEMPLATES};
use crate::syntax::{Directive, parse};

/// What an override file holds until a person writes to it.
const PLACEHOLDER: &str = "# Your own nginx directives for this place go here.\n";

/// The override files of a site, by the place where each is included.
pub const OVERRIDE_FILES: [&str; 4] = ["top", "server", "location", "proxy"];

/// The date that a placeholder bears: 2000-01-01. Whoever writes to the file gives it another, so
/// thousands of untouched ones are told by their date and size, without opening each.
const PLACEHOLDER_DATE: Duration = Duration::from_secs(946_684_800);

/// The most that an `@FILE` may hold, in bytes.
const FILE_LIMIT: u64 = 64 * 1024;

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

/// What is wrong with an `@FILE`.
#[derive(Debug, thiserror::Error)]
pub enum BackendFileError {
    /// It cannot be read.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// A folder, a pipe, a device.
    #[error("`{}` is no regular file", .0.display())]
    Kind(PathBuf),
    /// More than 64 kB.
    #[error("`{}` is larger than {FILE_LIMIT} bytes", .0.display())]
    Large(PathBuf),
    /// Nothing in it.
    #[error("`{}` holds no port and no address", .0.display())]
    Empty(PathBuf),
    /// Not text.
    #[error("`{}` is no UTF-8 text", .0.display())]
    Text(PathBuf),
    /// A word that is no backend.
    #[error("`{}` holds `{}`: {error}", path.display(), word.escape_debug())]
    Word {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
        /// Why it is none.
        error: BackendError,
    },
    /// A word with a path, or another file.
    #[error("`{}` holds `{}`: only ports and addresses belong here, a path goes after the file's name", path.display(), word.escape_debug())]
    Shape {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
    },
    /// nginx's own port.
    #[error("`{}` holds `{word}`, but port {port} of that address is nginx's own", path.display())]
    OwnPort {
        /// The file.
        path: PathBuf,
        /// The word.
        word: String,
        /// The port.
        port: u16,
    },
}

/// Gathers the facts for `registry`; `touched` are the folded names of the sites that change.
///
/// The apps of touched sites are asked on which of IPv4 and IPv6 they answer; with `anew` those of all.
#[expect(
    clippy::implicit_hasher,
    reason = "nobody outside this crate has another hasher"
)]
pub fn gather(
    registry: &Registry,
    machine: &Machine,
    applied: Option<&Applied>,
    touched: &HashSet<String>,
    anew: bool,
) -> Result<Gathered, FactError> {
    let mut digests = Digests::default();
    let mut remarks = Vec::new();
    let templates = templates(registry, &mut digests)?;
    let files = backend_files(registry, applied, touched, &mut remarks, &mut digests)?;
    let overrides = overrides(registry, machine, &mut digests)?;
    certificates(registry, machine, &mut digests)?;
    let logs = logs(registry, machine)?;
    let before: BTreeSet<u16> = applied
        .map(|a| a.ipv6_only.iter().copied().collect())
        .unwrap_or_default();
    let all = localhost_ports(&registry.sites, &files, |_| true);
    let asked = localhost_ports(&registry.sites, &files, |site| {
        anew || touched.contains(&site.name.folded())
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

fn backend_files(
    registry: &Registry,
    applied: Option<&Applied>,
    touched: &HashSet<String>,
    remarks: &mut Vec<Remark>,
    digests: &mut Digests,
) -> Result<BTreeMap<String, Vec<Backend>>, FactError> {
    let mut all = BTreeMap::new();
    for site in &registry.sites {
        for file in site.backend_files() {
            let last = || {
                let words = applied?.files.get(file.as_str())?;
                words
                    .iter()
                    .map(|word| word.parse().ok())
                    .collect::<Option<Vec<Backend>>>()
            };
            let backends = match (read_backends(file.as_path(), registry), last()) {
                (Ok(backends), _) => backends,
                // What it last held may have become nginx's own port since.
                (Err(error), Some(last))
                    if !touched.contains(&site.name.folded())
                        && last.iter().all(|last| registry.own_port(last).is_none()) =>
                {
                    let site = site.name.clone();
                    remarks.push(Remark::StaleFile {
                        site,
                        error: error.to_string(),
                    });
                    last
                }
                (Err(error), _) => {
                    return Err(FactError::BackendFile {
                        site: site.name.clone(),
                        error,
                    });
                }
            };
            let words: Vec<String> = backends.iter().map(Backend::to_string).collect();
            digests.add(file.as_str(), Some(words.join(" ").as_bytes()));
            all.insert(file.as_str().to_owned(), backends);
        }
    }
    Ok(all)
}

fn read_backends(path: &Path, registry: &Registry) -> Result<Vec<Backend>, BackendFileError> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(BackendFileError::Kind(path.to_owned()));
    }
    if metadata.len() > FILE_LIMIT {
        return Err(BackendFileError::Large(path.to_owned()));
    }
    let text =
        String::from_utf8(fs::read(path)?).map_err(|_| BackendFileError::Text(path.to_owned()))?;
    let mut backends: Vec<Backend> = Vec::new();
    for word in text.split_whitespace() {
        let (path, word) = (path.to_owned(), word.to_owned());
        let backend: Backend = match word.parse() {
            Ok(backend) => backend,
            Err(error) => return Err(BackendFileError::Word { path, word, error }),
        };
        if backend.path.is_some() || matches!(backend.target, Target::File(_)) {
            return Err(BackendFileError::Shape { path, word });
        }
        if let Some(port) = registry.own_port(&backend) {
            return Err(BackendFileError::OwnPort { path, word, port });
        }
        if !backends.contains(&backend) {
            backends.push(backend);
        }
    }
    if backends.is_empty() {
        return Err(BackendFileError::Empty(path.to_owned()));
    }
    Ok(backends)
}

fn overrides(
    registry: &Registry,
    machine: &Machine,
    digests: &mut Digests,
) -> Result<BTreeMap<String, Overrides>, FactError> {
    let mut all = BTreeMap::new();
    for site in &registry.sites {
        let folder = machine.places.overrides.join(site.name.as_str());
        match fs::metadata(&folder) {
            Ok(found) if found.is_dir() => {}
            Err(error) if !is_absent(&error) => return Err(error.into()),
            _ => continue,
        }
        let mut read = |name: &str| -> Result<Option<OverrideFile>, FactError> {
            let path = folder.join(name);
            if is_placeholder(&path) {
                return Ok(None);
            }
            let Some(bytes) = read_optional(&path)? else {
                return Ok(None);
            };
            // What does not parse is included all the same: nginx says it best, with the line.
            let own = parse(&bytes);
            if own.as_ref().is_ok_and(Vec::is_empty) {
                return Ok(None);
            }
            digests.add(&path.to_string_lossy(), Some(&bytes));
            let directives = own.unwrap_or_default();
            let directives = if directives.iter().any(|d| d.name == "include") {
                with_included(&path, machine, digests)
            } else {
                directives
            };
            Ok(Some(OverrideFile { directives }))
        };
        let [top, server, location, proxy] = OVERRIDE_FILES;
        let found = Overrides {
            top: read(top)?,
            server: read(server)?,
            location: read(location)?,
            proxy: read(proxy)?,
        };
        all.insert(site.name.folded(), found);
    }
    Ok(all)
}

/// The directives of an override file, those of the files that it includes in their place: mech gives
/// way to these too.
fn with_included(path: &Path, machine: &Machine, digests: &mut Digests) -> Vec<Directive> {
    let folder = machine.nginx.as_ref().map(Nginx::conf_folder);
    let folder = folder.unwrap_or_else(|| PathBuf::from("/etc/nginx"));
    let mut directives = Vec::new();
    let Ok(tree) = ConfigTree::read(path, &folder, &[]) else {
        return directives;
    };
    for file in tree.files().iter().skip(1) {
        digests.add(&file.path.to_string_lossy(), Some(&file.text));
    }
    tree.walk(&mut |visit| {
        if visit.directive.name == "include" {
            return Step::Into;
        }
        directives.push(visit.directive.clone());
        Step::Over
    });
    directives
}

/// Makes an override file for a person to write to.
pub fn write_placeholder(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)?;
    file.write_all(PLACEHOLDER.as_bytes())?;
    file.file().set_modified(UNIX_EPOCH + PLACEHOLDER_DATE)
}

fn is_placeholder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| {
        let dated = found
            .modified()
            .is_ok_and(|date| date == UNIX_EPOCH + PLACEHOLDER_DATE);
        found.is_file() && found.len() == PLACEHOLDER.len() as u64 && dated
    })
}

fn certificates(
    registry: &Registry,
    machine: &Machine,
    digests: &mut Digests,
) -> Result<(), FactError> {
    for site in registry.sites.iter().filter(|site| site.is_https()) {
        for (what, end) in [("certificate", "cer"), ("key", "key")] {
            let path = machine.places.certs.join(format!("{}.{end}", site.name));
            let bytes = fs::read(&path).map_err(|error| FactError::Certificate {
                site: site.name.clone(),
                what,
                error,
            })?;
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

//! Override files: which of them hold directives, and which.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use fs_err as fs;

use super::FactError;
use crate::model::{Registry, Site, UrlPath};
use crate::parallel;
use crate::render::{OverrideFile, Overrides};
use crate::syntax::{Directive, parse};
use crate::system::config_tree::{ConfigTree, Step};
use crate::system::files::read_optional;
use crate::system::machine::Machine;
use crate::system::nginx::Nginx;
use crate::system::state::Digests;

/// What an override file holds until a person writes to it.
const PLACEHOLDER: &str = "# Your own nginx directives for this place go here.\n";

/// The override files of a site, by the place where each is included.
pub const OVERRIDE_FILES: [&str; 4] = ["top", "server", "location", "proxy"];

/// The folder of the override files of paths, within that of the site.
const PATHS: &str = "paths";

/// The longest path that is looked for there, in bytes.
const LONGEST_PATH: usize = 512;

/// The date that a placeholder bears: 2000-01-01. Whoever writes to the file gives it another, so
/// thousands of untouched ones are told by their date and size, without opening each.
const PLACEHOLDER_DATE: Duration = Duration::from_secs(946_684_800);

/// The override files of all sites, by the folded shortname; those without a directive are left out.
pub(super) fn overrides(
    registry: &Registry,
    machine: &Machine,
    digests: &mut Digests,
) -> Result<BTreeMap<String, Overrides>, FactError> {
    let found = parallel::each(&registry.sites, |site| of_site(site, machine))?;
    let mut all = BTreeMap::new();
    for (site, found) in registry.sites.iter().zip(found) {
        let Some((overrides, contents)) = found else {
            continue;
        };
        for (path, content) in contents {
            digests.add(&path.to_string_lossy(), Some(&content));
        }
        all.insert(site.name.folded(), overrides);
    }
    Ok(all)
}

/// What was read, for the digest of all that the text depends on.
type Contents = Vec<(PathBuf, Vec<u8>)>;

fn of_site(site: &Site, machine: &Machine) -> Result<Option<(Overrides, Contents)>, FactError> {
    let folder = machine.places.overrides.join(site.name.as_str());
    let mut contents = Vec::new();
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
        let directives = own.unwrap_or_default();
        let directives = if directives.iter().any(|d| d.name == "include") {
            with_included(&path, machine, &mut contents)
        } else {
            directives
        };
        contents.push((path, bytes));
        Ok(Some(OverrideFile { directives }))
    };
    let [top, server, location, proxy] = OVERRIDE_FILES;
    let mut found = Overrides {
        top: read(top)?,
        server: read(server)?,
        location: read(location)?,
        proxy: read(proxy)?,
        paths: BTreeMap::new(),
    };
    for (path, file) in path_files(&folder.join(PATHS))? {
        if let Some(file) = read(&file)? {
            found.paths.insert(path, file);
        }
    }
    Ok(Some((found, contents)))
}

/// The override files of paths: `paths/api/v1.conf` is that of `/api/v1`. Their names are given from the
/// site's folder on.
fn path_files(top: &Path) -> Result<Vec<(UrlPath, String)>, FactError> {
    let mut found = Vec::new();
    let mut waiting = vec![(top.to_owned(), String::new())];
    while let Some((folder, path)) = waiting.pop() {
        // Paths are short; a link in a circle is not followed for ever.
        if path.len() > LONGEST_PATH || !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let stem = name.strip_suffix(".conf");
            if let Some(stem) = stem.filter(|_| entry.path().is_file()) {
                let path = format!("{path}/{stem}");
                if let Ok(known) = path.parse() {
                    found.push((known, format!("{PATHS}{path}.conf")));
                }
            } else if entry.path().is_dir() {
                waiting.push((entry.path(), format!("{path}/{name}")));
            }
        }
    }
    Ok(found)
}

/// The directives of an override file, those of the files that it includes in their place: mech gives
/// way to these too.
fn with_included(path: &Path, machine: &Machine, contents: &mut Contents) -> Vec<Directive> {
    let folder = machine.nginx.as_ref().map(Nginx::conf_folder);
    let folder = folder.unwrap_or_else(|| PathBuf::from("/etc/nginx"));
    let mut directives = Vec::new();
    let Ok(tree) = ConfigTree::read(path, &folder, &[]) else {
        return directives;
    };
    for file in tree.files().iter().skip(1) {
        contents.push((file.path.clone(), file.text.clone()));
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

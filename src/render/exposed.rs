//! Folders that would show the world what is nobody's business.

use std::path::{Component, Path, PathBuf};

use super::{Facts, Refusal};
use crate::model::{Registry, SiteOption};

/// Refuses to serve the folder of the password files, or what it lies in: the workers have to be able to read
/// them, so nothing else would keep them from who asks by their path.
pub(super) fn check(registry: &Registry, facts: &Facts) -> Result<(), Refusal> {
    if registry.sites.iter().all(|site| site.auth.is_empty()) {
        return Ok(());
    }
    let passwords = resolved(&facts.places.passwords);
    for site in &registry.sites {
        let whole = site.static_root.iter();
        let whole = whole.map(|folder| (SiteOption::Static, folder));
        let paths = site.static_paths.iter();
        let paths = paths.map(|own| (SiteOption::StaticPath, &own.folder));
        let pages = site.error_pages.iter();
        let pages = pages.map(|own| (SiteOption::ErrorPage, own.page()));
        for (option, folder) in whole.chain(paths).chain(pages) {
            let served = resolved(folder.as_path());
            let holds = option != SiteOption::ErrorPage && passwords.starts_with(&served);
            if holds || served.starts_with(&passwords) {
                return Err(Refusal::ShowsPasswords {
                    site: site.name.clone(),
                    option,
                    folder: folder.as_path().to_owned(),
                    passwords: facts.places.passwords.clone(),
                });
            }
        }
    }
    Ok(())
}

/// A path without `.` and `..`, as it is written: links are followed by nobody here.
fn resolved(path: &Path) -> PathBuf {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                let _ = parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts
}

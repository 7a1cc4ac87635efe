//! Certificates: those that sites show, and those by which backends are verified.

use std::io;
use std::path::{Path, PathBuf};

use fs_err as fs;

use super::{FactError, Purpose};
use crate::model::{Registry, Site, Verify};
use crate::system::machine::Machine;
use crate::system::state::Digests;

/// Where systems keep the certificates that they trust as one PEM file: Debian and Alpine, RHEL, others
/// of both and the BSDs, SUSE.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
];

/// Looks at the certificate and the key of each site that serves TLS.
pub(super) fn certificates(
    registry: &Registry,
    machine: &Machine,
    purpose: Purpose,
    digests: &mut Digests,
) -> Result<(), FactError> {
    for site in registry.sites.iter().filter(|site| site.is_https()) {
        for (what, end) in [("certificate", "cer"), ("key", "key")] {
            let path = machine.places.certs.join(format!("{}.{end}", site.name));
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                Err(error) if purpose.hides(&error) => continue,
                Err(error) => {
                    let site = site.name.clone();
                    return Err(FactError::Certificate { site, what, error });
                }
            };
            if !has(&bytes, b"-----BEGIN") {
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

/// Looks at the certificates by which backends are verified; gives those that this machine trusts, where a
/// site wants them.
pub(super) fn ca_bundle(
    registry: &Registry,
    purpose: Purpose,
    digests: &mut Digests,
) -> Result<Option<PathBuf>, FactError> {
    let mut system: Option<PathBuf> = None;
    for site in &registry.sites {
        match &site.verify_upstream {
            None => {}
            Some(Verify::File(path)) => trusted_file(site, path.as_path(), purpose, digests)?,
            Some(Verify::System) if system.is_some() => {}
            Some(Verify::System) => {
                let none = || FactError::NoCaBundle {
                    site: site.name.clone(),
                    tried: &BUNDLES,
                };
                let bundle = first_file(&BUNDLES).ok_or_else(none)?;
                trusted_file(site, bundle, purpose, digests)?;
                system = Some(bundle.to_owned());
            }
        }
    }
    Ok(system)
}

fn first_file<'a>(paths: &'a [&'a str]) -> Option<&'a Path> {
    paths.iter().map(Path::new).find(|path| path.is_file())
}

fn trusted_file(
    site: &Site,
    path: &Path,
    purpose: Purpose,
    digests: &mut Digests,
) -> Result<(), FactError> {
    let read = || match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::read(path),
        Ok(_) => {
            let what = format!("`{}` is no regular file", path.display());
            Err(io::Error::other(what))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let what = format!("`{}` is not there", path.display());
            Err(io::Error::new(io::ErrorKind::NotFound, what))
        }
        Err(error) => Err(error),
    };
    let bytes = match read() {
        Ok(bytes) => bytes,
        Err(error) if purpose.hides(&error) => return Ok(()),
        Err(error) => {
            let site = site.name.clone();
            return Err(FactError::Verify { site, error });
        }
    };
    if !has(&bytes, b"-----BEGIN CERTIFICATE") {
        return Err(FactError::NoCertificate {
            site: site.name.clone(),
            path: path.to_owned(),
        });
    }
    digests.add(&path.to_string_lossy(), Some(&bytes));
    Ok(())
}

fn has(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

#[cfg(test)]
mod tests {
    use super::first_file;
    use std::path::Path;

    #[test]
    fn the_first_bundle_that_is_there_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = ["one", "two"].map(|name| folder.path().join(name).display().to_string());
        let both = [one.as_str(), two.as_str()];
        assert_eq!(first_file(&both), None);
        fs_err::write(&two, "").unwrap();
        assert_eq!(first_file(&both), Some(Path::new(&two)));
        fs_err::write(&one, "").unwrap();
        assert_eq!(first_file(&both), Some(Path::new(&one)));
    }
}

//! Why the facts could not be had.

use std::io;
use std::path::PathBuf;

use super::backend_files::BackendFileError;
use super::names::NameError;
use super::redirect_map::RedirectMapError;
use super::trusted::TrustFileError;
use crate::model::SiteName;
use crate::render::TEMPLATES;

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
    /// The host name of a backend, or of a service that is asked.
    #[error(
        "the site `{site}` sends requests to `{name}`, and that name does not resolve: {error}"
    )]
    Name {
        /// The site.
        site: SiteName,
        /// The name.
        name: String,
        /// Why it does not.
        error: NameError,
    },
    /// A redirect map.
    #[error("the `redirect-map` of the site `{site}`: {error}")]
    RedirectMap {
        /// The site.
        site: SiteName,
        /// What is wrong with it.
        error: RedirectMapError,
    },
    /// A file of trusted networks.
    #[error("the setting `trust` names a file: {0}")]
    Trust(#[from] TrustFileError),
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
    /// The certificates by which backends are verified.
    #[error(
        "the site `{site}` verifies its backends, but the file of `https-upstream-verify`: {error}"
    )]
    Verify {
        /// The site.
        site: SiteName,
        /// The path and the reason.
        error: io::Error,
    },
    /// A file without a certificate to verify backends by.
    #[error("the site `{site}` verifies its backends, but `{}` holds no certificate (it has no line `-----BEGIN CERTIFICATE`)", path.display())]
    NoCertificate {
        /// The site.
        site: SiteName,
        /// The file.
        path: PathBuf,
    },
    /// A machine without certificates that it trusts.
    #[error("the site `{site}` verifies its backends, but this machine has no file of the certificates that it trusts: none of {}", tried.join(", "))]
    NoCaBundle {
        /// The site.
        site: SiteName,
        /// Where it was looked for.
        tried: &'static [&'static str],
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

//! What a person should know and that stops nothing.

use std::path::PathBuf;

use super::error_files;
use crate::model::{Site, SiteName, Sticky};
use crate::render::Capabilities;

/// Something that a person should know and that stops nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// How clients stay with a backend where nginx has no `sticky` of its own.
    StickyByHash(SiteName),
    /// A rule for rotating the logs was made, because none was there.
    RotatesLogs(PathBuf),
    /// From now on names that no site has are refused.
    RefusesUnknown,
    /// A site without a host.
    NoHost(SiteName),
    /// A folder of files that is not there (yet).
    NoStaticFolder(SiteName, PathBuf),
    /// `redirect-to-https` without `https`.
    IdleRedirect(SiteName),
    /// `localhost` answers on `[::1]` alone.
    Ipv6Localhost(u16),
    /// Passwords are asked for, and nobody has one (yet).
    NoUsers(SiteName),
    /// Users of a site that asks for no passwords.
    IdleUsers(SiteName),
    /// A folder that keeps nginx's workers from the files of users.
    HiddenUsers {
        /// The folder.
        folder: PathBuf,
        /// As whom the workers run.
        user: String,
    },
    /// A page for errors that is no file (yet).
    NoErrorPage {
        /// The site.
        site: SiteName,
        /// The page.
        page: String,
        /// Whether the backends are asked for it.
        asked: bool,
    },
    /// Redirects that lead to one another.
    RedirectChain {
        /// The site.
        site: SiteName,
        /// The first such way.
        way: String,
        /// How many redirects lead to another one.
        count: usize,
    },
    /// An `@FILE` is broken and its last good content was used.
    StaleFile {
        /// The site.
        site: SiteName,
        /// The file and what is wrong with it.
        error: String,
    },
    /// A redirect map is broken and its last good content was used.
    StaleRedirects {
        /// The site.
        site: SiteName,
        /// The file and what is wrong with it.
        error: String,
    },
    /// A file of trusted networks is broken and its last good content was used.
    StaleTrust {
        /// The file and what is wrong with it.
        error: String,
    },
    /// A backend's name does not resolve any more and its last good addresses were used.
    StaleAddresses {
        /// The site.
        site: SiteName,
        /// The name.
        name: String,
        /// Why it does not.
        error: String,
    },
}

impl Remark {
    /// Whether something is wrong, rather than only worth knowing.
    #[must_use]
    pub fn is_warning(&self) -> bool {
        match self {
            Self::StaleFile { .. }
            | Self::HiddenUsers { .. }
            | Self::StaleRedirects { .. }
            | Self::StaleTrust { .. }
            | Self::StaleAddresses { .. } => true,
            Self::StickyByHash(_)
            | Self::RotatesLogs(_)
            | Self::RefusesUnknown
            | Self::NoHost(_)
            | Self::NoStaticFolder(..)
            | Self::IdleRedirect(_)
            | Self::Ipv6Localhost(_)
            | Self::NoUsers(_)
            | Self::IdleUsers(_)
            | Self::NoErrorPage { .. }
            | Self::RedirectChain { .. } => false,
        }
    }
}

/// What is to be said of a site that changes.
pub(super) fn site_remarks(site: &Site, nginx: &Capabilities, remarks: &mut Vec<Remark>) {
    let name = || site.name.clone();
    if matches!(site.sticky, Some(Sticky::Cookie(_))) && !nginx.sticky() {
        remarks.push(Remark::StickyByHash(name()));
    }
    if site.host.is_none() {
        remarks.push(Remark::NoHost(name()));
    }
    let root = site.static_root.iter();
    let folders = root.chain(site.static_paths.iter().map(|mapped| &mapped.folder));
    for folder in folders.filter(|folder| !folder.as_path().is_dir()) {
        let folder = folder.as_path().to_owned();
        remarks.push(Remark::NoStaticFolder(name(), folder));
    }
    if site.redirect_to_https == Some(true) && !site.is_https() {
        remarks.push(Remark::IdleRedirect(name()));
    }
    remarks.extend(error_files::missing(site));
}

//! What is refused because of the machine: valid in the registry, impossible on this nginx.

use std::path::PathBuf;

use super::{Facts, NginxVersion};
use crate::model::{Registry, Site, SiteName, SiteOption};
use crate::syntax::QuoteError;

/// Why a registry cannot be rendered for this machine.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refusal {
    /// A file of the user's owns `default_server` on the port.
    #[error("the site `{site}` cannot be the default: `{}` line {line} makes its own server block the default of port {port} (`listen {address} default_server`)", file.display())]
    DefaultTaken {
        /// The site.
        site: SiteName,
        /// The port.
        port: u16,
        /// The user's listen address.
        address: String,
        /// The user's file.
        file: PathBuf,
        /// The line in it.
        line: u32,
    },
    /// Sites that differ in HTTP/2 where it belongs to the socket.
    #[error(
        "the sites `{on}` and `{off}` differ in `http2`, and with nginx {version} it belongs to the socket that all https sites share (from 1.25.1 each site has its own)"
    )]
    Http2Socket {
        /// A site with HTTP/2.
        on: SiteName,
        /// A site without.
        off: SiteName,
        /// The nginx found.
        version: NginxVersion,
    },
    /// A long name does not fit the user's table of names.
    #[error("the host name `{host}` of the site `{site}` is too long for `server_names_hash_bucket_size {size}` in `{}` line {line}: {needed} is needed", file.display())]
    NamesHash {
        /// The site.
        site: SiteName,
        /// The name.
        host: String,
        /// The user's size in bytes.
        size: u32,
        /// The size needed in bytes.
        needed: u32,
        /// The user's file.
        file: PathBuf,
        /// The line in it.
        line: u32,
    },
    /// A page for those who are refused, which they are refused as well.
    #[error(
        "the site `{site}` has `{page}` as its `error-page` for {code}, but whoever is refused is refused that page too: let it be a file of this machine"
    )]
    KeptBack {
        /// The site.
        site: SiteName,
        /// The page.
        page: String,
        /// The status.
        code: u16,
    },
    /// A folder or file in which everybody could read who has which password.
    #[error(
        "the site `{site}` cannot serve `{}` by `{}`: the passwords of sites, in `{}`, would be seen", folder.display(), option.name(), passwords.display()
    )]
    ShowsPasswords {
        /// The site.
        site: SiteName,
        /// The option that names it.
        option: SiteOption,
        /// The folder or file.
        folder: PathBuf,
        /// That of the password files.
        passwords: PathBuf,
    },
    /// An `@FILE` of a site has not been read.
    #[error("the site `{site}` takes its backends from `{file}`, which holds none")]
    NoBackends {
        /// The site.
        site: SiteName,
        /// The file.
        file: String,
    },
    /// A folder of logs or certificates with a `$`.
    #[error(
        "the setting `{setting}`, `{folder}`, holds a `$`: nginx would open the files in it with each request, as an unprivileged user"
    )]
    Dollar {
        /// The setting.
        setting: &'static str,
        /// The folder.
        folder: String,
    },
    /// What this nginx cannot do.
    #[error("{}`{option}` needs {need}, and {found}", of(site.as_ref()))]
    Lacks {
        /// The site; none for a setting.
        site: Option<SiteName>,
        /// The option or setting.
        option: &'static str,
        /// What it needs.
        need: &'static str,
        /// What was found instead.
        found: String,
    },
    /// A value that nginx text cannot carry.
    #[error("`{value}` cannot be written as nginx text: {error}")]
    Quote {
        /// The value.
        value: String,
        /// Why not.
        error: QuoteError,
    },
}

fn of(site: Option<&SiteName>) -> String {
    site.map(|site| format!("the site `{site}`: "))
        .unwrap_or_default()
}

/// Finds the first thing that cannot work on this machine.
pub(super) fn check(registry: &Registry, facts: &Facts) -> Result<(), Refusal> {
    check_default(registry, facts)?;
    check_http2(registry, facts)?;
    check_pages(registry, facts)?;
    super::exposed::check(registry, facts)?;
    super::lacks::check(registry, facts)?;
    if let (Some((site, host, needed)), Some(user)) =
        (longest_name(registry), &facts.user.names_hash)
        && needed > user.size
    {
        let (size, file, line) = (user.size, user.file.clone(), user.line);
        return Err(Refusal::NamesHash {
            site: site.clone(),
            host,
            size,
            needed,
            file,
            line,
        });
    }
    Ok(())
}

fn check_default(registry: &Registry, facts: &Facts) -> Result<(), Refusal> {
    let Some(site) = registry.sites.iter().find(|site| site.is_default()) else {
        return Ok(());
    };
    let settings = &registry.settings;
    let ports = [
        Some(settings.http_port()),
        site.is_https().then(|| settings.https_port()),
    ];
    for user in &facts.user.defaults {
        if ports.contains(&Some(user.port)) {
            return Err(Refusal::DefaultTaken {
                site: site.name.clone(),
                port: user.port,
                address: user.address.clone(),
                file: user.file.clone(),
                line: user.line,
            });
        }
    }
    Ok(())
}

fn check_pages(registry: &Registry, facts: &Facts) -> Result<(), Refusal> {
    for site in &registry.sites {
        for page in &site.error_pages {
            let path = page.page().as_str();
            if facts.error_files.contains(path) {
                continue;
            }
            for code in page.codes() {
                if super::view::keeps_back(site, path, *code, facts)? {
                    return Err(Refusal::KeptBack {
                        site: site.name.clone(),
                        page: path.to_owned(),
                        code: *code,
                    });
                }
            }
        }
    }
    Ok(())
}

fn check_http2(registry: &Registry, facts: &Facts) -> Result<(), Refusal> {
    if facts.nginx.http2_directive() {
        return Ok(());
    }
    let fallback = registry.settings.http2.unwrap_or(false);
    let tls = || registry.sites.iter().filter(|site| site.is_https());
    let with = tls().find(|site| site.http2.unwrap_or(fallback));
    let without = tls().find(|site| !site.http2.unwrap_or(fallback));
    match (with, without) {
        (Some(on), Some(off)) => Err(Refusal::Http2Socket {
            on: on.name.clone(),
            off: off.name.clone(),
            version: facts.nginx.version,
        }),
        _ => Ok(()),
    }
}

/// The size of nginx's table of names that the longest one needs, where the default of 64 bytes is
/// too small (measured: 64 takes 46 bytes, 128 takes 110, 256 takes 238).
pub(super) fn longest_name(registry: &Registry) -> Option<(&SiteName, String, u32)> {
    let names = |site: &Site| site.names().collect::<Vec<_>>();
    let longest = registry
        .sites
        .iter()
        .flat_map(|site| {
            let prelaunch = registry
                .settings
                .prelaunch_host
                .as_ref()
                .map(|p| p.of(&site.name));
            names(site)
                .into_iter()
                .chain(prelaunch)
                .map(move |name| (&site.name, name))
        })
        .max_by_key(|(_, name)| name.len())?;
    let needed = match longest.1.len() {
        0..=46 => return None,
        47..=110 => 128,
        111..=238 => 256,
        _ => 512,
    };
    Some((longest.0, longest.1, needed))
}

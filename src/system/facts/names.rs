//! What the host names of backends resolve to.
//!
//! An nginx that meets a name which does not resolve does not start. So mech asks, and keeps what was last
//! good.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use super::resolvers::LocalNames;
use super::{FactError, Purpose, Remark};
use crate::model::{Backend, BackendHost, ForwardAuth, Registry, Scoped, Site, Target};
use crate::system::state::Digests;

/// The most that all names together may take; a name server that does not answer takes half a minute a
/// name.
const LIMIT: Duration = Duration::from_secs(10);
/// How many names are asked at once.
const AT_ONCE: usize = 32;

/// Why a name gave no address.
#[derive(Debug, thiserror::Error)]
pub enum NameError {
    /// The resolver's own reason.
    #[error("{}", reason(.0))]
    Resolver(#[from] io::Error),
    /// No answer in time.
    #[error("no answer within {} s", .0.as_secs())]
    Late(Duration),
    /// Addresses that cannot be reached.
    #[error("it has IPv6 addresses alone, and this machine has no IPv6")]
    Ipv6Alone,
}

/// The resolver's words without what Rust says before them.
fn reason(error: &io::Error) -> String {
    let words = error.to_string();
    let own = words.split_once("address information: ");
    own.map_or_else(|| words.clone(), |(_, reason)| reason.to_owned())
}

/// What to ask for, and what is known.
pub(super) struct Names<'a> {
    /// The registry.
    pub(super) registry: &'a Registry,
    /// The backends that each `@FILE` holds.
    pub(super) files: &'a BTreeMap<String, Vec<Backend>>,
    /// What was last applied.
    pub(super) known: Option<&'a BTreeMap<String, Vec<IpAddr>>>,
    /// The folded names of the sites that change.
    pub(super) touched: &'a HashSet<String>,
    /// What the addresses are for.
    pub(super) purpose: Purpose,
    /// The names that an nginx which looks names up by itself would not find; none where it does not.
    /// Of those that it finds mech only sees to it that new ones are there.
    pub(super) by_nginx: Option<LocalNames>,
    /// Whether IPv6 addresses are of any use.
    pub(super) ipv6: bool,
}

/// What was found.
#[derive(Default)]
pub(super) struct Addresses {
    /// Those of the names that mech resolves in nginx's place.
    pub(super) rendered: BTreeMap<String, Vec<IpAddr>>,
    /// Those of all names, to fall back on.
    pub(super) known: BTreeMap<String, Vec<IpAddr>>,
}

/// The addresses of each name, as the system's resolver has them.
pub(super) fn addresses(
    names: &Names,
    remarks: &mut Vec<Remark>,
    digests: &mut Digests,
) -> Result<Addresses, FactError> {
    addresses_by(look_up, names, remarks, digests)
}

fn addresses_by(
    look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Clone + Send + 'static,
    names: &Names,
    remarks: &mut Vec<Remark>,
    digests: &mut Digests,
) -> Result<Addresses, FactError> {
    let used = names.used();
    let asked = used.iter().filter(|(name, sites)| names.asks(name, sites));
    let asked = asked.map(|(name, _)| name.clone()).collect();
    let mut answers = resolve(asked, LIMIT, look_up);
    let mut all = Addresses::default();
    for (name, sites) in used {
        let name = name.as_str();
        let known = names.known(name);
        let found = match answers.remove(name) {
            None => known,
            Some(answer) => match answer.and_then(|found| usable(found, names.ipv6)) {
                Ok(found) => Some(found),
                Err(error) => {
                    let touched = sites.iter().find(|site| names.touches(site));
                    match (touched, known, sites.first()) {
                        (Some(site), ..) | (None, None, Some(site))
                            if touched.is_some() || names.purpose != Purpose::Look =>
                        {
                            let (site, name) = (site.name.clone(), name.to_owned());
                            return Err(FactError::Name { site, name, error });
                        }
                        (_, Some(known), Some(site)) => {
                            remarks.push(Remark::StaleAddresses {
                                site: site.name.clone(),
                                name: name.to_owned(),
                                error: error.to_string(),
                            });
                            Some(known)
                        }
                        _ => None,
                    }
                }
            },
        };
        let Some(found) = found else { continue };
        if !names.is_nginx_s(name) {
            let words: Vec<String> = found.iter().map(IpAddr::to_string).collect();
            digests.add(name, Some(words.join(" ").as_bytes()));
            all.rendered.insert(name.to_owned(), found.clone());
        }
        all.known.insert(name.to_owned(), found);
    }
    Ok(all)
}

impl<'a> Names<'a> {
    /// Each name with the sites that have it.
    fn used(&self) -> BTreeMap<String, Vec<&'a Site>> {
        let mut used: BTreeMap<String, Vec<&Site>> = BTreeMap::new();
        for site in &self.registry.sites {
            let files = site.backend_files();
            let listed = files.filter_map(|file| self.files.get(file.as_str()));
            let backends = site.backends.iter().chain(listed.flatten());
            let names = backends.filter_map(|backend| match &backend.target {
                Target::Ports(BackendHost::Name(name), _) => Some(name.as_str().to_owned()),
                _ => None,
            });
            for name in names.chain(site.forward_auth.iter().filter_map(asked_name)) {
                used.entry(name).or_default().push(site);
            }
        }
        used
    }

    /// Whether nginx itself asks for this name.
    fn is_nginx_s(&self, name: &str) -> bool {
        self.by_nginx.as_ref().is_some_and(|local| !local.has(name))
    }

    fn known(&self, name: &str) -> Option<Vec<IpAddr>> {
        let known = self.known?.get(name)?.clone();
        usable(known, self.ipv6).ok()
    }

    fn touches(&self, site: &Site) -> bool {
        self.touched.contains(&site.name.folded())
    }

    fn asks(&self, name: &str, sites: &[&Site]) -> bool {
        let known = self.known(name).is_some();
        let touched = sites.iter().any(|site| self.touches(site));
        let own = !self.is_nginx_s(name);
        match self.purpose {
            Purpose::Look => !known && (touched || own),
            Purpose::Change => touched || (!known && own),
            Purpose::Refresh => touched || own,
        }
    }
}

/// The host of a service that is asked whether requests may pass, where it is a name.
fn asked_name(asked: &Scoped<ForwardAuth>) -> Option<String> {
    let host = asked.value.url.host();
    match format!("{host}:1").parse::<Backend>().ok()?.target {
        Target::Ports(BackendHost::Name(name), _) => Some(name.as_str().to_owned()),
        _ => None,
    }
}

/// Sorted, each once, and only those that can be reached.
fn usable(mut addresses: Vec<IpAddr>, ipv6: bool) -> Result<Vec<IpAddr>, NameError> {
    addresses.retain(|address| ipv6 || address.is_ipv4());
    addresses.sort_unstable();
    addresses.dedup();
    if addresses.is_empty() {
        return Err(NameError::Ipv6Alone);
    }
    Ok(addresses)
}

fn look_up(name: &str) -> io::Result<Vec<IpAddr>> {
    let found = (name, 0).to_socket_addrs()?;
    Ok(found.map(|address| address.ip()).collect())
}

/// Asks for all names beside each other. The system's resolver cannot be interrupted: who has not answered
/// in time is left to end with the program.
fn resolve(
    names: Vec<String>,
    limit: Duration,
    look_up: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Clone + Send + 'static,
) -> BTreeMap<String, Result<Vec<IpAddr>, NameError>> {
    let deadline = Instant::now() + limit;
    let mut answers: BTreeMap<_, _> = names
        .iter()
        .map(|name| (name.clone(), Err(NameError::Late(limit))))
        .collect();
    let (sender, answered) = channel();
    let threads = names.len().min(AT_ONCE);
    let queue = Arc::new(Mutex::new(names.into_iter()));
    for _ in 0..threads {
        let (queue, sender, look_up) = (Arc::clone(&queue), sender.clone(), look_up.clone());
        let ask = move || {
            loop {
                let next = queue.lock().ok().and_then(|mut queue| queue.next());
                let Some(name) = next else { return };
                let found = look_up(&name);
                if sender.send((name, found)).is_err() {
                    return;
                }
            }
        };
        // Where no more threads are to be had, those that there are ask for the rest.
        let _ = thread::Builder::new().spawn(ask);
    }
    drop(sender);
    while let Ok((name, found)) =
        answered.recv_timeout(deadline.saturating_duration_since(Instant::now()))
    {
        answers.insert(name, found.map_err(NameError::from));
    }
    answers
}

#[cfg(test)]
mod tests;

//! Addresses that no reload can move.
//!
//! A master keeps its old sockets until the new ones are bound. `*:80` and `192.0.2.1:80` cannot be
//! bound at once, so going from one to the other fails in the master, which keeps the old
//! configuration, although `nginx -t` is content (measured).

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::model::{Bind, Registry, Site};
use crate::system::machine::Machine;

/// The first port on which the change moves between all addresses and some of them.
pub(super) fn stuck_port(
    before: &Registry,
    after: &Registry,
    machine: &Machine,
    ipv6: bool,
) -> Option<u16> {
    if before.sites.is_empty() || after.sites.is_empty() {
        return None;
    }
    let (old, new) = (sockets(before, ipv6), sockets(after, ipv6));
    if old == new {
        return None;
    }
    let users = users(machine);
    let (old, new): (BTreeSet<_>, BTreeSet<_>) = (&old | &users, &new | &users);
    let ports: BTreeSet<u16> = old.iter().chain(&new).map(|(_, port)| *port).collect();
    ports.into_iter().find(|port| {
        [true, false].into_iter().any(|v4| {
            let on = |set: &BTreeSet<(IpAddr, u16)>| -> Vec<IpAddr> {
                set.iter()
                    .filter(|(a, p)| p == port && a.is_ipv4() == v4)
                    .map(|(a, _)| *a)
                    .collect()
            };
            let (was, is) = (on(&old), on(&new));
            let any = |list: &[IpAddr]| list.iter().any(IpAddr::is_unspecified);
            !was.is_empty() && !is.is_empty() && any(&was) != any(&is)
        })
    })
}

fn sockets(registry: &Registry, ipv6: bool) -> BTreeSet<(IpAddr, u16)> {
    let settings = &registry.settings;
    let addresses: Vec<IpAddr> = match settings.bind.clone().unwrap_or_default() {
        Bind::Any if ipv6 => vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
        Bind::Any => vec![Ipv4Addr::UNSPECIFIED.into()],
        Bind::Addresses(list) => list,
    };
    let tls = registry
        .sites
        .iter()
        .any(Site::is_https)
        .then(|| settings.https_port());
    let ports = [Some(settings.http_port()), tls].into_iter().flatten();
    ports
        .flat_map(|port| addresses.iter().map(move |address| (*address, port)))
        .collect()
}

fn users(machine: &Machine) -> BTreeSet<(IpAddr, u16)> {
    let listens = machine
        .tree
        .as_ref()
        .map(|tree| tree.listens(80))
        .unwrap_or_default();
    listens
        .into_iter()
        .filter(|listen| !listen.unix && listen.name.is_none())
        .map(|listen| {
            (
                listen.host.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
                listen.port,
            )
        })
        .collect()
}

//! Limits of a site: the zones in which nginx counts, and what holds below a path.

use crate::model::{Scoped, Site};

/// How much memory the counters of one limit get: about 16,000 clients a megabyte (nginx docs,
/// `ngx_http_limit_req_module`).
const ZONE: &str = "1m";

/// The zones of a site, as whole directives.
pub(super) fn zones(site: &Site) -> Vec<String> {
    let rates = site.rate.iter().enumerate().map(|(index, rate)| {
        let zone = rate_zone(site, index);
        let speed = rate.value.speed();
        format!("limit_req_zone $binary_remote_addr zone={zone}:{ZONE} rate={speed}")
    });
    let connections = (0..site.max_connections.len()).map(|index| {
        let zone = connection_zone(site, index);
        format!("limit_conn_zone $binary_remote_addr zone={zone}:{ZONE}")
    });
    rates.chain(connections).collect()
}

/// A zone's name never comes to mean another kind of zone: nginx refuses that at a reload.
fn rate_zone(site: &Site, index: usize) -> String {
    format!("{}.mech_rate.{}", site.name, index + 1)
}

fn connection_zone(site: &Site, index: usize) -> String {
    format!("{}.mech_connections.{}", site.name, index + 1)
}

/// The limits below a path: all that are said of it and of what is around it.
pub(super) fn limits(site: &Site, path: &str) -> Vec<(&'static str, String)> {
    fn covering<'a, T>(
        all: &'a [Scoped<T>],
        path: &'a str,
    ) -> impl Iterator<Item = (usize, &'a T)> {
        let all = all.iter().enumerate();
        all.filter(move |(_, scoped)| scoped.scope.covers(path))
            .map(|(index, scoped)| (index, &scoped.value))
    }
    let mut lines = Vec::new();
    for (index, rate) in covering(&site.rate, path) {
        let zone = rate_zone(site, index);
        let burst = match rate.burst {
            0 => String::new(),
            burst => format!(" burst={burst} nodelay"),
        };
        lines.push(("limit_req", format!("zone={zone}{burst}")));
    }
    if !lines.is_empty() {
        lines.push(("limit_req_status", "429".to_owned()));
    }
    let before = lines.len();
    for (index, count) in covering(&site.max_connections, path) {
        let zone = connection_zone(site, index);
        lines.push(("limit_conn", format!("{zone} {count}")));
    }
    if lines.len() > before {
        lines.push(("limit_conn_status", "429".to_owned()));
    }
    lines
}

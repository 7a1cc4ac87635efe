//! Where redirects lead: loops and chains among those of one map.

use std::collections::HashMap;

use super::row::decoded;
use crate::model::{RedirectUrl, Registry, Site};
use crate::render::MapRedirect;

/// Which redirect each redirect of a map leads to.
pub(super) struct Ways<'a> {
    redirects: &'a [MapRedirect],
    next: Vec<Option<usize>>,
}

impl<'a> Ways<'a> {
    /// Follows each redirect of a site's map one step.
    pub(super) fn of(redirects: &'a [MapRedirect], site: &Site, registry: &Registry) -> Self {
        let froms: HashMap<&[u8], usize> = redirects
            .iter()
            .enumerate()
            .map(|(at, redirect)| (redirect.from.as_bytes(), at))
            .collect();
        let next = redirects.iter().map(|redirect| {
            let path = own_path(&redirect.to, site, registry)?;
            froms.get(path.as_slice()).copied()
        });
        Self {
            next: next.collect(),
            redirects,
        }
    }

    /// The first way that comes back to where it begins: the number of its first redirect, and its paths.
    pub(super) fn comes_back(&self) -> Option<(usize, Vec<String>)> {
        // By which walk each redirect was met, so that each is met once.
        let mut walks = vec![usize::MAX; self.next.len()];
        for start in 0..self.next.len() {
            let mut at = Some(start);
            while let Some(here) = at {
                match walks.get_mut(here) {
                    Some(walk) if *walk == usize::MAX => *walk = start,
                    Some(walk) if *walk == start => return Some((here, self.way(here))),
                    _ => break,
                }
                at = self.step(here);
            }
        }
        None
    }

    /// A way of more than one redirect, from its beginning to where it ends, and how many redirects lead to
    /// another one. Only where no way comes back.
    pub(super) fn chained(&self) -> Option<(Vec<String>, usize)> {
        let mut reached = vec![false; self.next.len()];
        for at in self.next.iter().flatten() {
            if let Some(reached) = reached.get_mut(*at) {
                *reached = true;
            }
        }
        let chained = self.next.iter().flatten().count();
        let begins = |at: &usize| self.step(*at).is_some() && reached.get(*at) == Some(&false);
        let start = (0..self.next.len()).find(begins)?;
        Some((self.way(start), chained))
    }

    fn step(&self, at: usize) -> Option<usize> {
        self.next.get(at).copied().flatten()
    }

    /// The paths of a way, up to its end or its beginning.
    fn way(&self, start: usize) -> Vec<String> {
        let mut way = Vec::new();
        let mut at = start;
        while let Some(redirect) = self.redirects.get(at) {
            way.push(redirect.from.clone());
            match self.step(at) {
                Some(next) if next != start => at = next,
                _ => {
                    way.push(redirect.to.clone());
                    break;
                }
            }
        }
        way
    }
}

/// The path of this very site to which a redirect leads, decoded.
fn own_path(to: &str, site: &Site, registry: &Registry) -> Option<Vec<u8>> {
    let path = if to.starts_with('/') {
        to
    } else {
        let url: RedirectUrl = to.parse().ok()?;
        if !is_own(&url, site, registry) {
            return None;
        }
        let after = to.split_once("://")?.1;
        after.find(['/', '?', '#']).map_or("/", |at| &after[at..])
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    decoded(path).map(|bytes| resolved(&bytes))
}

/// Whether a URL comes to this site.
fn is_own(url: &RedirectUrl, site: &Site, registry: &Registry) -> bool {
    let settings = &registry.settings;
    let port = if url.is_https() {
        settings.https_port()
    } else {
        settings.http_port()
    };
    let prelaunch = settings.prelaunch_host.as_ref();
    let answers = |name: String| match name.strip_prefix('*') {
        Some(end) => url.host().ends_with(end),
        None => url.host() == name,
    };
    let served = site.is_https() || !url.is_https();
    let mut names = site.names().chain(prelaunch.map(|p| p.of(&site.name)));
    served && url.port() == port && names.any(answers)
}

/// A path without empty, `.` and `..` segments, as nginx compares it.
fn resolved(path: &[u8]) -> Vec<u8> {
    let mut segments: Vec<&[u8]> = Vec::new();
    let mut open = false;
    for segment in path.split(|byte| *byte == b'/').skip(1) {
        open = matches!(segment, b"" | b"." | b"..");
        match segment {
            b"" | b"." => {}
            b".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut whole = Vec::with_capacity(path.len());
    for segment in &segments {
        whole.push(b'/');
        whole.extend_from_slice(segment);
    }
    if open {
        whole.push(b'/');
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::Ways;
    use crate::model::{OptionValue, Registry, Site, SiteOption};
    use crate::render::MapRedirect;

    fn site() -> Site {
        let mut site = Site::new("s".parse().unwrap());
        let host = OptionValue::Text("s.example".into());
        site.assign(SiteOption::Host, host).unwrap();
        let names = vec!["*.t.example".into()];
        site.assign(SiteOption::Aliases, OptionValue::List(names))
            .unwrap();
        site
    }

    fn map(rows: &[(&str, &str)]) -> Vec<MapRedirect> {
        let row = |(from, to): &(&str, &str)| MapRedirect {
            from: (*from).to_owned(),
            to: (*to).to_owned(),
            code: None,
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn ways_that_come_back_are_found() {
        let registry = Registry::default();
        for (rows, way) in [
            (&[("/a", "/a")][..], &["/a", "/a"][..]),
            (&[("/a", "/a?x=1")], &["/a", "/a?x=1"]),
            (
                &[("/x", "/a"), ("/a", "/b"), ("/b", "/a")],
                &["/a", "/b", "/a"],
            ),
            (&[("/a b", "/a%20b")], &["/a b", "/a%20b"]),
            (&[("/a", "/x/../a")], &["/a", "/x/../a"]),
            (
                &[("/a", "http://s.example/a")],
                &["/a", "http://s.example/a"],
            ),
            (
                &[("/a", "http://x.t.example:80/a")],
                &["/a", "http://x.t.example:80/a"],
            ),
            (&[("/", "http://s.example")], &["/", "http://s.example"]),
            (&[("/", "http://s.example?x")], &["/", "http://s.example?x"]),
        ] {
            let redirects = map(rows);
            let found = Ways::of(&redirects, &site(), &registry).comes_back();
            assert_eq!(found.unwrap().1, way);
        }
        for rows in [
            &[("/a", "/b")][..],
            &[("/a", "/b"), ("/b", "/c")],
            &[("/a", "/a/")],
            &[("/a", "/A")],
            &[("/a", "https://s.example/a")],
            &[("/a", "http://s.example:8080/a")],
            &[("/a", "http://other.example/a")],
            &[("/a", "http://t.example/a")],
        ] {
            let redirects = map(rows);
            assert!(
                Ways::of(&redirects, &site(), &registry)
                    .comes_back()
                    .is_none()
            );
        }
    }

    #[test]
    fn chains_are_told_from_their_beginning() {
        let registry = Registry::default();
        let redirects = map(&[("/b", "/c"), ("/z", "/y"), ("/a", "/b"), ("/c", "/d?x")]);
        let ways = Ways::of(&redirects, &site(), &registry);
        let way = ["/a", "/b", "/c", "/d?x"].map(str::to_owned);
        assert_eq!(ways.chained(), Some((way.into(), 2)));
        let redirects = map(&[("/a", "/b"), ("/c", "/b")]);
        assert_eq!(Ways::of(&redirects, &site(), &registry).chained(), None);
    }

    #[test]
    fn ten_thousand_redirects_in_one_way_are_followed_once() {
        let rows: Vec<MapRedirect> = (0..10_000)
            .map(|n| MapRedirect {
                from: format!("/{n}"),
                to: format!("/{}", n + 1),
                code: None,
            })
            .collect();
        let ways = Ways::of(&rows, &site(), &Registry::default());
        assert_eq!(ways.comes_back(), None);
        assert_eq!(ways.chained().map(|(way, _)| way.len()), Some(10_001));
    }
}

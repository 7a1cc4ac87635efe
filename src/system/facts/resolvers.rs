//! How this machine looks names up, as far as an nginx that does so by itself must know.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use fs_err as fs;

/// The names that only this machine's own resolver finds: nginx asks name servers, for the name as it is.
#[derive(Debug, Default)]
pub(super) struct LocalNames {
    hosts: HashSet<String>,
    search: bool,
}

impl LocalNames {
    /// Reads what `/etc/hosts` and `/etc/resolv.conf` say.
    pub(super) fn read(hosts: &Path, resolv: &Path) -> Self {
        let text = |file| {
            let bytes = fs::read(file).unwrap_or_default();
            String::from_utf8_lossy(&bytes).to_ascii_lowercase()
        };
        let names = |line: &str| {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            words.into_iter().skip(1)
        };
        let begins =
            |line: &str| matches!(line.split_whitespace().next(), Some("search" | "domain"));
        Self {
            hosts: text(hosts).lines().flat_map(names).collect(),
            search: text(resolv).lines().any(begins),
        }
    }

    /// Whether nginx would not find this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.hosts.contains(name) || (self.search && !name.contains('.'))
    }
}

/// The name servers that `file` lists, such as `/etc/resolv.conf`; without one it is this machine itself
/// (resolv.conf(5)).
pub(super) fn resolvers(file: &Path) -> Vec<IpAddr> {
    let text = fs::read(file).unwrap_or_default();
    let listed = listed(&String::from_utf8_lossy(&text));
    if listed.is_empty() {
        return vec![Ipv4Addr::LOCALHOST.into()];
    }
    listed
}

fn listed(text: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        if words.next() != Some("nameserver") {
            continue;
        }
        // nginx has no way to write a zone, as in `fe80::1%eth0`.
        let address = words.next().and_then(|word| word.parse().ok());
        found.extend(address.filter(|address| !found.contains(address)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{LocalNames, listed, resolvers};
    use std::path::Path;

    #[test]
    fn name_servers_are_read_as_the_system_reads_them() {
        let text = "# nameserver 1.1.1.1\nsearch example.com\nnameserver 9.9.9.9\n\
                    nameserver\tfe80::1%eth0\nnameserver 2620:fe::fe # Quad9\nnameserver 9.9.9.9\n\
                    ;nameserver 8.8.8.8\nnameservers 8.8.4.4\nnameserver\n";
        let shown: Vec<String> = listed(text).iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["9.9.9.9", "2620:fe::fe"]);
        let none = resolvers(Path::new("/nowhere/resolv.conf"));
        assert_eq!(none, ["127.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
    }

    #[test]
    fn names_that_no_name_server_has_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let none = LocalNames::read(&at("hosts"), &at("resolv.conf"));
        assert!(!none.has("app") && !none.has("app.lan"));
        fs_err::write(
            at("hosts"),
            "127.0.0.1 localhost\n10.0.0.1\tApp.lan app2.lan # old.lan\n#10.0.0.2 gone.lan\n",
        )
        .unwrap();
        fs_err::write(at("resolv.conf"), "nameserver 9.9.9.9\n").unwrap();
        let some = LocalNames::read(&at("hosts"), &at("resolv.conf"));
        assert!(some.has("app.lan") && some.has("app2.lan"));
        for name in ["10.0.0.1", "old.lan", "gone.lan", "app"] {
            assert!(!some.has(name), "{name}");
        }
        fs_err::write(at("resolv.conf"), "search example.com\n").unwrap();
        let search = LocalNames::read(&at("hosts"), &at("resolv.conf"));
        assert!(search.has("app") && !search.has("app.example.com"));
    }
}

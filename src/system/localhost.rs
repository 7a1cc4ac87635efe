//! On which of 127.0.0.1 and `[::1]` this machine's own apps answer.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use fs_err as fs;

/// The kernel's number of the state LISTEN in `/proc/net/tcp` (proc(5)).
const LISTEN: &str = "0A";
/// `::1` and `::` as `/proc/net/tcp6` writes them.
const LOOPBACK: &str = "00000000000000000000000001000000";
const ANY: &str = "00000000000000000000000000000000";

/// Those of the ports on which `[::1]` alone accepts. A port on which nothing listens now stays what
/// it was `before`, so that an app that is down does not change the configuration.
pub(super) fn ipv6_only(ports: &BTreeSet<u16>, before: &BTreeSet<u16>) -> BTreeSet<u16> {
    let stays = |port: &&u16| before.contains(port);
    let (Some(v4), Some(v6)) = (listening("/proc/net/tcp"), listening("/proc/net/tcp6")) else {
        return ports.iter().filter(stays).copied().collect();
    };
    let any_v4: BTreeSet<u16> = v4
        .iter()
        .filter(|(address, _)| address == "00000000" || address.ends_with("7F"))
        .map(|(_, port)| *port)
        .collect();
    let own_v6 = |wanted: &str| -> BTreeSet<u16> {
        v6.iter()
            .filter(|(address, _)| address == wanted)
            .map(|(_, port)| *port)
            .collect()
    };
    let (loopback, any_v6) = (own_v6(LOOPBACK), own_v6(ANY));
    ports
        .iter()
        .filter(|port| {
            if any_v4.contains(port) {
                false
            } else if any_v6.contains(port) {
                // `::` takes IPv4 too unless the app said otherwise, which only a connection tells.
                !accepts_v4(**port)
            } else {
                loopback.contains(port) || stays(port)
            }
        })
        .copied()
        .collect()
}

fn accepts_v4(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

/// The addresses and ports of listening sockets.
fn listening(file: &str) -> Option<Vec<(String, u16)>> {
    let text = fs::read_to_string(file).ok()?;
    let lines = text.lines().skip(1).filter_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (address, port) = fields.nth(1)?.split_once(':')?;
        let state = fields.nth(1)?;
        (state == LISTEN).then(|| {
            u16::from_str_radix(port, 16)
                .ok()
                .map(|port| (address.to_owned(), port))
        })?
    });
    Some(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::ipv6_only;
    use std::collections::BTreeSet;
    use std::net::TcpListener;

    #[test]
    fn tells_which_of_the_two_answers() {
        let v4 = TcpListener::bind("127.0.0.1:0").unwrap();
        let v6 = TcpListener::bind("[::1]:0").unwrap();
        let both = TcpListener::bind("[::]:0").unwrap();
        let port = |l: &TcpListener| l.local_addr().unwrap().port();
        let ports: BTreeSet<u16> = [port(&v4), port(&v6), port(&both)].into();
        assert_eq!(ipv6_only(&ports, &BTreeSet::new()), [port(&v6)].into());
        let gone = port(&v6);
        drop(v6);
        assert_eq!(
            ipv6_only(&ports, &[gone].into()),
            [gone].into(),
            "an app that is down changes nothing"
        );
        assert_eq!(ipv6_only(&ports, &BTreeSet::new()), BTreeSet::new());
    }
}

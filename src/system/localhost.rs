//! On which of 127.0.0.1 and `[::1]` this machine's own apps answer.
//!
//! Only a connection tells: an app that listens on `[::]` takes IPv4 too unless it said otherwise, and
//! the kernel's lists of sockets take milliseconds to read on a busy server.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The most that one connection may take: on the loopback it is accepted or refused at once, unless
/// the app's queue is full.
const EACH: Duration = Duration::from_millis(200);
/// The most that all of them may take.
const ALL: Duration = Duration::from_secs(2);

/// Those of the ports on which `[::1]` alone accepts. Only those in `asked` are tried; the others, and
/// those on which nothing listens now, stay what they were `before`, so that an app that is down does
/// not change the configuration.
pub(super) fn ipv6_only(
    ports: &BTreeSet<u16>,
    asked: &BTreeSet<u16>,
    before: &BTreeSet<u16>,
) -> BTreeSet<u16> {
    let start = Instant::now();
    ports
        .iter()
        .filter(|port| {
            if !asked.contains(port) || start.elapsed() > ALL {
                return before.contains(port);
            }
            let accepts = |address: IpAddr| {
                TcpStream::connect_timeout(&SocketAddr::new(address, **port), EACH).is_ok()
            };
            if accepts(Ipv4Addr::LOCALHOST.into()) {
                return false;
            }
            accepts(Ipv6Addr::LOCALHOST.into()) || before.contains(port)
        })
        .copied()
        .collect()
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
        let none = BTreeSet::new();
        assert_eq!(ipv6_only(&ports, &ports, &none), [port(&v6)].into());
        assert_eq!(
            ipv6_only(&ports, &none, &none),
            none,
            "not asked, not tried"
        );
        let gone = port(&v6);
        drop(v6);
        assert_eq!(
            ipv6_only(&ports, &ports, &[gone].into()),
            [gone].into(),
            "an app that is down changes nothing"
        );
        assert_eq!(ipv6_only(&ports, &ports, &none), none);
    }
}

//! The parameters of `listen`.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;

/// nginx's port for a `listen` that names an address alone.
const DEFAULT_PORT: u16 = 80;

/// What one `listen` directive opens.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent word of nginx's directive"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenSocket {
    /// The first parameter as written.
    pub address: String,
    /// The address; `None` for every IPv4 address (`80`, `*:80`, `0.0.0.0:80`), for a `name` and for `unix`.
    pub host: Option<IpAddr>,
    /// A host name other than `localhost`, which only a resolver could turn into addresses.
    pub name: Option<String>,
    /// The ports, a single one but for `listen 8000-8010`. `0..=0` for `unix`.
    pub ports: RangeInclusive<u16>,
    /// Whether this is a socket in the file system.
    pub unix: bool,
    /// Whether the server answers requests that match no name on this socket.
    pub default_server: bool,
    /// Whether connections are TLS.
    pub ssl: bool,
    /// Whether this is a UDP socket for HTTP/3.
    pub quic: bool,
}

impl ListenSocket {
    /// Reads the parameters of a `listen` directive in http; `None` if nginx would refuse the address.
    #[must_use]
    pub fn from_args(args: &[String]) -> Option<Self> {
        let (address, options) = args.split_first()?;
        let has = |wanted: &str| options.iter().any(|option| option == wanted);
        let mut socket = Self {
            address: address.clone(),
            default_server: has("default_server") || has("default"),
            ssl: has("ssl"),
            quic: has("quic"),
            ..Self::implicit(DEFAULT_PORT)
        };
        if let Some(path) = address.strip_prefix("unix:") {
            socket.unix = true;
            socket.ports = 0..=0;
            return (!path.is_empty()).then_some(socket);
        }
        let (host, ports) = split(address)?;
        if let Some(ports) = ports {
            socket.ports = ports;
        }
        match host {
            None | Some("*") => {}
            Some("localhost") => socket.host = Some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            Some(host) => match host.parse::<IpAddr>() {
                Ok(ip) => {
                    socket.host = Some(ip).filter(|ip| *ip != IpAddr::V4(Ipv4Addr::UNSPECIFIED));
                }
                Err(_) => socket.name = Some(host.to_owned()),
            },
        }
        Some(socket)
    }

    /// The socket of a server without any `listen`: `*:80`, or `*:8000` if nginx was not started by root.
    #[must_use]
    pub fn implicit(port: u16) -> Self {
        Self {
            address: format!("*:{port}"),
            host: None,
            name: None,
            ports: port..=port,
            unix: false,
            default_server: false,
            ssl: false,
            quic: false,
        }
    }
}

type Split<'a> = (Option<&'a str>, Option<RangeInclusive<u16>>);

/// The host without brackets and the ports, each if given.
fn split(address: &str) -> Option<Split<'_>> {
    if let Some(rest) = address.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.parse::<std::net::Ipv6Addr>().ok()?;
        let range = match after.strip_prefix(':') {
            Some(text) => Some(ports(text)?),
            None if after.is_empty() => None,
            None => return None,
        };
        return Some((Some(host), range));
    }
    match address.split_once(':') {
        Some((host, text)) if !host.is_empty() => Some((Some(host), Some(ports(text)?))),
        Some(_) => None,
        None => Some(match ports(address) {
            Some(range) => (None, Some(range)),
            // A number that is no port is refused instead of being taken for a host.
            None if address
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'-') =>
            {
                return None;
            }
            None => (Some(address), None),
        }),
    }
}

fn ports(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let port = |text: &str| -> Option<u16> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|port| digits && *port > 0)
    };
    let range = port(first)?..=port(last)?;
    (!range.is_empty()).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn socket(text: &str) -> Option<ListenSocket> {
        let args: Vec<String> = text.split(' ').map(str::to_owned).collect();
        ListenSocket::from_args(&args)
    }

    #[test]
    fn reads_every_form_of_address() {
        for (text, host, name, ports) in [
            ("80", None, None, 80..=80),
            ("*:81", None, None, 81..=81),
            ("*", None, None, 80..=80),
            ("0.0.0.0:80", None, None, 80..=80),
            ("1.2.3.4", Some("1.2.3.4"), None, 80..=80),
            ("1.2.3.4:8080", Some("1.2.3.4"), None, 8080..=8080),
            ("[::]:80", Some("::"), None, 80..=80),
            ("[::1]", Some("::1"), None, 80..=80),
            ("localhost:80", Some("127.0.0.1"), None, 80..=80),
            ("localhost", Some("127.0.0.1"), None, 80..=80),
            ("web.example:80", None, Some("web.example"), 80..=80),
            ("8000-8010", None, None, 8000..=8010),
            ("127.0.0.1:8000-8001", Some("127.0.0.1"), None, 8000..=8001),
        ] {
            let socket = socket(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                socket.host,
                host.map(|ip: &str| ip.parse().unwrap()),
                "{text}"
            );
            assert_eq!(socket.name.as_deref(), name, "{text}");
            assert_eq!(socket.ports, ports, "{text}");
            assert_eq!(socket.address, text);
            assert!(!socket.unix && !socket.default_server && !socket.ssl && !socket.quic);
        }
    }

    #[test]
    fn reads_unix_sockets_and_options() {
        let unix = socket("unix:/run/x.sock").unwrap();
        assert!(unix.unix && unix.host.is_none() && unix.ports == (0..=0));
        let tls = socket("443 ssl http2 default_server").unwrap();
        assert!(tls.ssl && tls.default_server && !tls.quic);
        assert!(socket("80 default").unwrap().default_server);
        assert!(socket("[::]:443 quic reuseport").unwrap().quic);
    }

    #[test]
    fn refuses_what_is_no_address() {
        for text in [
            "0",
            "65536",
            "*:0",
            ":80",
            "1.2.3.4:x",
            "[::1",
            "[::1]x",
            "[x]:80",
            "unix:",
            "20-10",
        ] {
            assert_eq!(socket(text), None, "{text}");
        }
        assert_eq!(ListenSocket::from_args(&[]), None);
    }
}

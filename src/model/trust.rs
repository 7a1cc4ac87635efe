//! Whose word on a client's address is believed.

use std::fmt;
use std::str::FromStr;

use super::{AbsolutePath, AbsolutePathError, Cidr, shown};

/// The proxies in front of this nginx; entries between commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust(Vec<Trusted>);

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trusted {
    /// A network.
    Network(Cidr),
    /// Cloudflare's networks, as mech knows them.
    Cloudflare,
    /// The networks that a file lists, read anew at each change.
    File(AbsolutePath),
    /// Whoever connects, in the PROXY protocol, which then is the only one spoken.
    ProxyProtocol,
}

/// Why an entry was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TrustError {
    /// None of the kinds.
    #[error("`{}` is no network, and neither cloudflare, proxy-protocol nor @/FILE", shown(.0))]
    Entry(String),
    /// The path of a file.
    #[error("{0}")]
    File(#[from] AbsolutePathError),
    /// An entry twice.
    #[error("`{0}` is listed twice")]
    Twice(String),
    /// The whole world.
    #[error("`{0}` is everybody: then each client could claim any address")]
    Everybody(String),
}

impl Trust {
    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[Trusted] {
        &self.0
    }

    /// Whether clients are announced in the PROXY protocol.
    #[must_use]
    pub fn is_proxy_protocol(&self) -> bool {
        self.0.contains(&Trusted::ProxyProtocol)
    }

    /// The files that list networks.
    pub fn files(&self) -> impl Iterator<Item = &AbsolutePath> {
        self.0.iter().filter_map(|entry| match entry {
            Trusted::File(path) => Some(path),
            Trusted::Network(_) | Trusted::Cloudflare | Trusted::ProxyProtocol => None,
        })
    }
}

impl FromStr for Trust {
    type Err = TrustError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut entries = Vec::new();
        for word in text.split(',').map(str::trim) {
            let entry = match word {
                "cloudflare" => Trusted::Cloudflare,
                "proxy-protocol" => Trusted::ProxyProtocol,
                _ => match word.strip_prefix('@') {
                    Some(path) => Trusted::File(path.parse()?),
                    None => match word.parse::<Cidr>() {
                        Ok(network) if network.is_everything() => {
                            return Err(TrustError::Everybody(word.to_owned()));
                        }
                        Ok(network) => Trusted::Network(network),
                        Err(_) => return Err(TrustError::Entry(word.to_owned())),
                    },
                },
            };
            if entries.contains(&entry) {
                return Err(TrustError::Twice(word.to_owned()));
            }
            entries.push(entry);
        }
        Ok(Self(entries))
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.0.iter().map(Trusted::to_string).collect();
        f.write_str(&words.join(","))
    }
}

impl fmt::Display for Trusted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Network(network) => network.fmt(f),
            Self::Cloudflare => f.write_str("cloudflare"),
            Self::File(path) => write!(f, "@{path}"),
            Self::ProxyProtocol => f.write_str("proxy-protocol"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Trust, TrustError};

    #[test]
    fn nobody_trusts_everybody() {
        for text in ["0.0.0.0/0", "10.0.0.0/8,::/0"] {
            assert!(matches!(
                text.parse::<Trust>(),
                Err(TrustError::Everybody(_))
            ));
        }
        let text = "cloudflare,10.0.0.0/8,@/etc/proxies";
        assert_eq!(text.parse::<Trust>().unwrap().to_string(), text);
        assert!("".parse::<Trust>().is_err());
        assert!("@relative".parse::<Trust>().is_err());
    }
}

//! Addresses and ports on which nginx listens.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::shown;

/// The addresses on which nginx listens for all sites.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Bind {
    /// `*`: every address of the machine, IPv4 and IPv6.
    #[default]
    Any,
    /// These addresses only, without repetition.
    Addresses(Vec<IpAddr>),
}

/// Why a bind address was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BindError {
    /// Not an IP address.
    #[error("`{}` is no IP address: `*`, or one or more of this machine's addresses, such as 192.0.2.1,2001:db8::1", shown(.0))]
    Address(String),
}

impl FromStr for Bind {
    type Err = BindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let mut addresses = Vec::new();
        for word in text.split(',').map(str::trim) {
            let bare = word.strip_prefix('[').and_then(|w| w.strip_suffix(']'));
            let address = bare
                .unwrap_or(word)
                .parse()
                .map_err(|_| BindError::Address(word.to_owned()))?;
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        Ok(Self::Addresses(addresses))
    }
}

impl fmt::Display for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Addresses(addresses) => {
                for (i, address) in addresses.iter().enumerate() {
                    if i > 0 {
                        f.write_str(",")?;
                    }
                    write!(f, "{address}")?;
                }
                Ok(())
            }
        }
    }
}

/// Text that is no port.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a port is a number from 1 to 65535")]
pub struct PortError;

/// Reads a port: 1 to 65535, digits only.
pub fn parse_port(text: &str) -> Result<u16, PortError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(PortError);
    }
    match text.parse() {
        Ok(0) | Err(_) => Err(PortError),
        Ok(port) => Ok(port),
    }
}

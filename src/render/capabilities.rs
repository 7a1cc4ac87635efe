//! What an nginx can do, as far as the templates care.

use std::fmt;
use std::str::FromStr;

/// A version of nginx, such as 1.22.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NginxVersion(pub u32, pub u32, pub u32);

/// Text that is no version.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("no nginx version, such as 1.22.1")]
pub struct VersionError;

/// What the nginx found can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Its version.
    pub version: NginxVersion,
    /// The modules that it has.
    pub modules: Modules,
}

/// Modules that an nginx may have been built without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "one for each module, there or not"
)]
pub struct Modules {
    /// `gzip_static`.
    pub gzip_static: bool,
    /// `brotli_static`, which is loaded into nginx.
    pub brotli_static: bool,
    /// `set_real_ip_from`.
    pub realip: bool,
    /// `auth_request`.
    pub auth_request: bool,
    /// HTTP/2.
    pub http2: bool,
    /// HTTP/3.
    pub http3: bool,
}

impl Capabilities {
    /// What may be counted on where no nginx is found yet: 1.18 without modules.
    pub const UNKNOWN: Self = Self {
        version: NginxVersion(1, 18, 0),
        modules: Modules {
            gzip_static: false,
            brotli_static: false,
            realip: false,
            auth_request: false,
            http2: false,
            http3: false,
        },
    };

    /// `http2 on;` stands by itself, per server block; before it belongs to the socket
    /// (nginx CHANGES 1.25.1).
    #[must_use]
    pub fn http2_directive(&self) -> bool {
        self.version >= NginxVersion(1, 25, 1)
    }

    /// `ssl_reject_handshake` (nginx CHANGES 1.19.4).
    #[must_use]
    pub fn reject_handshake(&self) -> bool {
        self.version >= NginxVersion(1, 19, 4)
    }

    /// `keepalive_min_timeout`, which keeps idle connections through a reload (CHANGES 1.27.4).
    #[must_use]
    pub fn keepalive_min_timeout(&self) -> bool {
        self.version >= NginxVersion(1, 27, 4)
    }

    /// `server NAME resolve` without a licence (CHANGES 1.27.3).
    #[must_use]
    pub fn resolve(&self) -> bool {
        self.version >= Self::RESOLVE
    }

    /// `sticky` without a licence (CHANGES 1.29.6).
    #[must_use]
    pub fn sticky(&self) -> bool {
        self.version >= NginxVersion(1, 29, 6)
    }

    /// HTTP/2 to backends (CHANGES 1.29.4).
    #[must_use]
    pub fn http2_upstream(&self) -> bool {
        self.version >= Self::HTTP2_UPSTREAM
    }

    /// The first version with `resolve`.
    const RESOLVE: NginxVersion = NginxVersion(1, 27, 3);

    /// The first version that speaks HTTP/2 to backends.
    pub const HTTP2_UPSTREAM: NginxVersion = NginxVersion(1, 29, 4);
}

impl FromStr for NginxVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text
            .split('.')
            .map(|part| part.parse().map_err(|_| VersionError));
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(a), Some(b), Some(c), None) => Ok(Self(a?, b?, c?)),
            _ => Err(VersionError),
        }
    }
}

impl fmt::Display for NginxVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

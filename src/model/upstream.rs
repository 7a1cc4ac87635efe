//! How nginx speaks with backends.

use std::fmt;
use std::str::FromStr;

use super::{AbsolutePath, AbsolutePathError};

/// The protocol between nginx and the backends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackendProtocol {
    /// HTTP/1.1.
    Http1,
    /// HTTP/2 without TLS, known beforehand; with `https-upstream` with TLS.
    H2c,
    /// gRPC.
    Grpc,
}

/// Another protocol.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("expected http1, h2c or grpc")]
pub struct BackendProtocolError;

/// Against which certificates those of the backends are verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verify {
    /// Those that this machine trusts.
    System,
    /// Those of a PEM file.
    File(AbsolutePath),
}

/// Neither yes nor a file.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum VerifyError {
    /// Neither.
    #[error("expected true, or a PEM file with the certificates to trust")]
    Word,
    /// The path.
    #[error("{0}")]
    Path(#[from] AbsolutePathError),
}

impl FromStr for BackendProtocol {
    type Err = BackendProtocolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "http1" | "http/1.1" => Ok(Self::Http1),
            "h2c" | "http2" => Ok(Self::H2c),
            "grpc" => Ok(Self::Grpc),
            _ => Err(BackendProtocolError),
        }
    }
}

impl fmt::Display for BackendProtocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http1 => "http1",
            Self::H2c => "h2c",
            Self::Grpc => "grpc",
        })
    }
}

impl FromStr for Verify {
    type Err = VerifyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') {
            return Ok(Self::File(text.parse()?));
        }
        match super::parse_switch(text) {
            Ok(true) => Ok(Self::System),
            _ => Err(VerifyError::Word),
        }
    }
}

impl fmt::Display for Verify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("true"),
            Self::File(path) => path.fmt(f),
        }
    }
}

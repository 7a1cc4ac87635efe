//! What the integration tests stand on: a private nginx, real backends, a byte-exact client, steady load, the `mech`
//! program in a clean environment, and pictures of folders.
//!
//! Every thing here ends what it started when it is dropped, by process id. Nothing reads or writes the machine's own
//! nginx. Missing programs are a failed test that names the package, never a test that is skipped.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "test code stops at the first surprise, starts programs, and shows nginx's log when a test fails"
)]

mod backend;
mod certs;
mod connection;
mod curl;
mod disk;
mod echo;
mod http;
mod load;
mod mech;
mod nginx;
mod nginx_files;
mod own_tests;
mod ports;
mod processes;
mod ran;
mod snapshot;
mod tls_backend;
mod versions;
mod wait;
mod wire;
mod world;
mod world_files;

pub(crate) use backend::Backend;
pub(crate) use certs::Cert;
pub(crate) use connection::{Connection, Failure};
pub(crate) use curl::Curl;
pub(crate) use disk::SmallDisk;
pub(crate) use http::{Request, Response};
pub(crate) use load::{Load, Summary};
pub(crate) use mech::Mech;
pub(crate) use nginx::Nginx;
pub(crate) use ports::free_port;
pub(crate) use ran::Ran;
pub(crate) use snapshot::{Snapshot, no_stray_files};
pub(crate) use tls_backend::TlsBackend;
pub(crate) use versions::{Version, versions};
pub(crate) use wait::{poll, until};
pub(crate) use world::World;
pub(crate) use world_files::{folder, write, write_override};

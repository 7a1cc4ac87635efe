//! Disks that are full, folders that cannot be written, files that cannot be read: nothing is lost, the message says
//! what is true, and the next run goes on as if nothing had been.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, looks at files, and shows what it measured"
)]

mod full_disk;
mod nobody;
mod permission;
mod read_only;
mod staged_test;

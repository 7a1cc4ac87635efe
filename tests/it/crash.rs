//! A run of mech may end at any instant, by `kill -9` or by the power going out. Whatever the instant: nginx accepts
//! what lies on the disk, the registry can be read, and the next change finds the state before or the state after.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test code stops at the first surprise, looks at files, and shows what it measured"
)]

mod any_moment;
mod before_the_journal;
mod claims;
pub(crate) mod mechanic;
mod named_steps;
pub(crate) mod scene;
mod view;

//! Users and their passwords: who gets in, what is kept, what a change that is cut short leaves, and what is refused.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and reads and writes files"
)]

mod crash;
mod guarded;
mod hash;
mod history;
mod hostile;
mod machine;
mod stranger;
mod told;
mod users;

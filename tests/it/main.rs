//! The integration tests: the real binary, a real nginx, real requests.

mod config_tree;
mod harness;
mod harness_itself;
mod syntax;

//! The integration tests: the real binary, a real nginx, real requests.

mod config_tree;
mod syntax;

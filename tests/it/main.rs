//! The integration tests: the real binary, a real nginx, real requests.

mod command_line;
mod config_tree;
mod generated;
mod harness;
mod harness_itself;
mod scale;
mod site_options;
mod syntax;

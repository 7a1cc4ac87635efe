//! Second floor: the only code that touches the machine.

pub mod config_tree;
pub mod environment;
pub mod error_log;
pub mod files;
pub mod found;
pub mod journal;
pub mod lock;
pub mod master;
mod master_title;
pub mod nginx;
pub mod outcome;
mod proc_fs;
pub mod proof;
pub mod restart;
mod succession;
#[cfg(test)]
mod test_nginx;
pub mod workers;

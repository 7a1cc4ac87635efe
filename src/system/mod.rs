//! Second floor: the only code that touches the machine.

pub mod archive;
pub mod ask_password;
pub mod build;
pub mod config_tree;
pub mod diagnostics;
pub mod environment;
pub mod error_log;
pub mod facts;
pub mod files;
pub mod found;
pub mod journal;
mod localhost;
pub mod lock;
pub mod logrotate;
pub mod machine;
pub mod master;
mod master_title;
pub mod nginx;
pub mod outcome;
pub mod passwords;
mod proc_fs;
pub mod proof;
pub mod restart;
pub mod staged_test;
pub mod state;
mod succession;
#[cfg(test)]
mod test_nginx;
pub mod worker_user;
pub mod workers;

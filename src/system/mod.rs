//! Second floor: the only code that touches the machine.

pub mod config_tree;
pub mod environment;
pub mod files;
pub mod journal;
pub mod lock;

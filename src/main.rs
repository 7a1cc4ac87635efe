//! The `mech` command: everything it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    mech::run(std::env::args_os())
}

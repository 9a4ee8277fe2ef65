//! `forms`: see the library of this crate.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    ExitCode::from(switchback_forms::program::main(&arguments))
}

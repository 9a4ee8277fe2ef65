//! `cargo bench`: every scenario on every backend, with what they are compared with.

use std::process::ExitCode;

use switchback_scenarios::{matrix, suite};

fn main() -> ExitCode {
    suite::main(&matrix::measured(), switchback_scenarios::compiled!())
}

//! `cargo bench`: every scenario, with what the backends are compared with.

use std::process::ExitCode;

use switchback_scenarios::{matrix, suite};

fn main() -> ExitCode {
    suite::main(&matrix::measured(), switchback_scenarios::compiled!())
}

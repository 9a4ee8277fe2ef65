//! `cargo bench`: every scenario on every backend, with what they are compared with.

use std::process::ExitCode;

use switchback_scenarios::matrix::{Ours, backends};
use switchback_scenarios::suite;

fn main() -> ExitCode {
    suite::main(&backends::<Ours>(), switchback_scenarios::compiled!())
}

//! `cargo bench`: every scenario on every backend, with what they are compared with.

use std::path::Path;
use std::process::ExitCode;

use switchback_scenarios::matrix::{Ours, backends};
use switchback_scenarios::suite;

fn main() -> ExitCode {
    suite::main(&backends::<Ours>(), report, switchback_scenarios::compiled!())
}

fn report(results: &Path, html: &Path) -> Result<(), String> {
    switchback_report::render_file(results, html).map(drop).map_err(|error| error.to_string())
}

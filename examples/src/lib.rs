//! Small programs in `examples/`, each with its output at its head, which a test compares. What they
//! share is here: files that are whole, names that can be shown, and lines that no reader has to wait
//! for.
#![forbid(unsafe_code)]

pub mod files;
pub mod output;

use std::io::{self, Write as _};

/// Prints a line, or ends the process with the reason and exit code 2. Unlike with `println!`, a
/// reader that has left is no error, and nothing panics.
pub fn say(line: impl AsRef<str>) {
    if let Err(cause) = output::print(&format!("{}\n", line.as_ref())) {
        let _ = writeln!(io::stderr(), "{cause}");
        std::process::exit(2);
    }
}

/// The programs in README.md of the repository, compiled and run with the tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

//! Freezes computations at every suspension point and thaws them elsewhere: in another scheduler
//! of the process, in another process, in another build of this program.
//!
//! ```text
//! $ freeze_thaw grid debug=target/debug/freeze_thaw release=target/release/freeze_thaw
//! ```
//!
//! Each program named is started twice as a worker. For each pair (freezer, thawer) the first
//! worker walks every journey step by step; from every point the second goes on to the end. The
//! results go to the file that `--output` names, else to standard output, as JSON: see
//! scenarios/README.md.
//!
//! Exit code 0 if every cell passes, 1 if one fails, 2 for wrong arguments.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use switchback_scenarios::freeze_thaw::{grid, worker};

const USAGE: &str = "\
usage: freeze_thaw grid NAME=PROGRAM... [--output FILE]
       freeze_thaw worker      speaks a line for a line";

const FAILED: u8 = 1;
const WRONG_ARGUMENTS: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let (file, rest) = match arguments.iter().position(|argument| argument == "--output") {
        Some(at) if at + 1 < arguments.len() => {
            (Some(arguments[at + 1].clone()), [&arguments[..at], &arguments[at + 2..]].concat())
        }
        Some(_) => return wrong_arguments("--output needs a file"),
        None => (None, arguments),
    };
    // Only the name of a file may be anything.
    let rest: Result<Vec<String>, _> = rest.into_iter().map(OsString::into_string).collect();
    let rest = match rest {
        Ok(rest) => rest,
        Err(argument) => return wrong_arguments(&format!("{argument:?} is not UTF-8")),
    };
    match rest.split_first() {
        Some((command, [])) if command == "worker" => outcome(worker::serve().map(|()| true)),
        Some((command, peers)) if command == "grid" && !peers.is_empty() => {
            let peers: Option<Vec<_>> = peers.iter().map(|peer| peer.split_once('=')).collect();
            let Some(peers) = peers else { return wrong_arguments("NAME=PROGRAM is needed") };
            outcome(grid::fill(&peers).and_then(|grid| {
                let text = format!("{}\n", grid.to_json());
                match file {
                    // A reader that left has seen enough; the exit code is the same.
                    None => match io::stdout().write_all(text.as_bytes()) {
                        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                            return Err(format!("the results cannot be printed: {error}"));
                        }
                        _ => {}
                    },
                    Some(file) => fs::write(&file, text)
                        .map_err(|error| format!("{}: {error}", file.display()))?,
                }
                let _ = write!(io::stderr(), "{grid}");
                Ok(grid.passes())
            }))
        }
        _ => wrong_arguments("a command is needed"),
    }
}

fn outcome(result: Result<bool, String>) -> ExitCode {
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(why) => {
            let _ = writeln!(io::stderr(), "freeze_thaw: {why}");
            ExitCode::from(FAILED)
        }
    }
}

fn wrong_arguments(why: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "freeze_thaw: {why}\n{USAGE}");
    ExitCode::from(WRONG_ARGUMENTS)
}

//! A window loads documents while it handles other events. With tasklets its handler is a straight
//! function that waits in its middle; without, it is a state machine. Both have the same story.
//!
//! Their code is side by side in `scenarios/src/sharing/dispatcher.rs`.
//!
//! ```text
//! -- straight functions
//! click: load document 17 in tab 0
//! - tab 0: loading document 17
//! click: load document 4 in tab 1
//! - tab 1: loading document 4
//! an answer for tab 0
//! - tab 0: 0 of 1 parts
//! an answer for tab 1
//! - tab 1: 0 of 3 parts
//! repaint
//! - painted, 2 loading
//! click: cancel tab 1
//! - tab 1: cancelled
//! an answer for tab 0
//! - tab 0: all parts are there, their hash begins with d833
//! an answer for tab 1: ignored, nothing is loaded there
//! an answer for tab 0: ignored, nothing is loaded there
//! closed, the workers have answered 4 questions
//! -- a state machine: the same log, line by line
//! ```
#![forbid(unsafe_code)]

#[path = "../../examples/src/output.rs"]
mod output;

use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use switchback_scenarios::sharing::dispatcher::{Event, Line, Machine, Shows, What, with_tasklets};
use switchback_soft::Soft;

use output::print;

const USAGE: &str = "usage: dispatcher";

/// Two documents are loaded at the same time, and one of the loads is cancelled.
const SCRIPT: [(u64, What); 9] = [
    (0, What::Load(17)),
    (1, What::Load(4)),
    (0, What::Answer),
    (1, What::Answer),
    (0, What::Repaint),
    (1, What::Cancel),
    (0, What::Answer),
    (1, What::Answer),
    (0, What::Answer),
];

/// The line of a log that has this one after it.
fn tell(line: Line, next: Option<&Line>) -> String {
    match line {
        // What a handler is there for is shown by its tab.
        Line::Came(Event { what: What::Answer, .. }) if !matches!(next, Some(Line::Tab(..))) => {
            format!("{line}: ignored, nothing is loaded there\n")
        }
        // A text is a number here: the hash of its parts.
        Line::Tab(tab, Shows::Text(text)) => {
            format!("- tab {tab}: all parts are there, their hash begins with {:04x}\n", text >> 48)
        }
        Line::Closed(answers) => {
            format!("closed, the workers have answered {answers} questions\n")
        }
        _ => format!("{line}\n"),
    }
}

fn tell_all(log: &[Line]) -> String {
    (1..).zip(log).map(|(next, line)| tell(*line, log.get(next))).collect()
}

fn both(arguments: &[OsString]) -> Result<(), String> {
    match arguments {
        [] => (),
        [help] if help == "--help" => return print(&format!("{USAGE}\n")),
        [first, ..] => {
            return Err(format!("{USAGE}: expected no arguments, found {first:?}"));
        }
    }
    let script: Vec<Event> = SCRIPT.map(|(tab, what)| Event { tab, what }).to_vec();
    let machine = Machine::run(&script);
    let log = with_tasklets::<Soft>(script).map_err(|error| error.to_string())?;
    let same = machine.log() == log;
    let by_hand = if same {
        "-- a state machine: the same log, line by line\n".to_owned()
    } else {
        format!("-- a state machine: another log\n{}", tell_all(machine.log()))
    };
    print(&format!("-- straight functions\n{}{by_hand}", tell_all(&log)))?;
    if same { Ok(()) } else { Err("expected two equal logs, found two that differ".to_owned()) }
}

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match both(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

//! A window loads documents while it handles other events. With tasklets its handler is a straight
//! function that waits in its middle; without, it is a state machine. Both have the same story.
//!
//! Their code is side by side in `scenarios/src/society/dispatcher.rs`.
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
//! - tab 0: text d833
//! an answer for tab 1
//! an answer for tab 0
//! closed after 4 answers
//! -- a state machine
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
//! - tab 0: text d833
//! an answer for tab 1
//! an answer for tab 0
//! closed after 4 answers
//! ```
#![forbid(unsafe_code)]

use std::env;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use switchback_scenarios::society::dispatcher::{Event, Line, Machine, What, with_tasklets};
use switchback_soft::Soft;

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

fn tell(title: &str, log: &[Line]) -> String {
    log.iter().fold(format!("{title}\n"), |mut text, line| {
        // A text takes all that is written to it.
        let _ = writeln!(text, "{line}");
        text
    })
}

fn both() -> Result<(), String> {
    if let Some(argument) = env::args_os().nth(1) {
        return Err(format!("usage: dispatcher: expected no arguments, found {argument:?}"));
    }
    let script: Vec<Event> = SCRIPT.map(|(tab, what)| Event { tab, what }).to_vec();
    let machine = Machine::run(&script);
    let log = with_tasklets::<Soft>(script).map_err(|error| error.to_string())?;
    let text = tell("-- straight functions", &log) + &tell("-- a state machine", machine.log());
    let written = io::stdout().write_all(text.as_bytes());
    written.map_err(|error| format!("standard output: {error}"))
}

fn main() -> ExitCode {
    match both() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::from(2)
        }
    }
}

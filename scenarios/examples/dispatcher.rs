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

use switchback::Error;
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

fn tell(title: &str, log: &[Line]) {
    println!("{title}");
    log.iter().for_each(|line| println!("{line}"));
}

fn main() -> Result<(), Error> {
    let script: Vec<Event> = SCRIPT.map(|(tab, what)| Event { tab, what }).to_vec();
    let machine = Machine::run(&script);
    tell("-- straight functions", &with_tasklets::<Soft>(script)?);
    tell("-- a state machine", machine.log());
    Ok(())
}

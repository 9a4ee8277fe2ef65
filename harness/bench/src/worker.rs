//! The child's side of a measurement: one fresh process, one block.
//!
//! A backend may crash, abort or hang, so it never runs in the process that keeps the results.
//! The child says on its standard output which cell it is about to run, and at the end what it
//! found; whatever else a backend prints is passed over.

use std::{
    env,
    io::{self, Write},
    process::{self, ExitCode},
};

use serde::{Deserialize, Serialize};

use crate::{
    clock::SystemClocks,
    interrupt, lines,
    paired::{self, BlockSamples, Settings},
    suite::Suite,
};

/// The variable that makes a process a child and holds its [`Request`].
pub const VARIABLE: &str = "SWITCHBACK_WORKER";

/// What precedes the child's own lines.
pub const MARK: &str = "switchback-worker:";

/// What a child shall measure.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Name of the scenario.
    pub scenario: String,
    /// Size of the scenario.
    pub size: u64,
    /// Backends to run.
    pub backends: Vec<String>,
    /// How.
    pub settings: Settings,
}

/// What a child says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// The next thing to run is this backend.
    Begins(String),
    /// All is done.
    Ends(Box<BlockSamples>),
}

/// Acts as a child if this process is one.
#[must_use]
pub fn serve(suite: &mut Suite) -> Option<ExitCode> {
    child(VARIABLE, |request| answer(suite, request))
}

/// Whether this process was started to measure or to probe: what its parent has found out holds here.
#[must_use]
pub fn is_worker() -> bool {
    env::var_os(VARIABLE).is_some() || env::var_os(crate::capacity::VARIABLE).is_some()
}

/// Acts as a child if `variable` makes this process one: `answer` gets what it holds.
pub fn child(variable: &str, answer: impl FnOnce(&str) -> io::Result<()>) -> Option<ExitCode> {
    let request = env::var_os(variable)?;
    interrupt::end_with_the_parent();
    let answered = match request.to_str() {
        Some(request) => answer(request),
        None => Err(io::Error::other(format!("expected JSON, found {request:?}"))),
    };
    Some(match answered {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            lines::complain(format_args!("{variable}: {error}"));
            ExitCode::FAILURE
        }
    })
}

fn answer(suite: &mut Suite, request: &str) -> io::Result<()> {
    let request: Request = serde_json::from_str(request)?;
    let block = suite
        .blocks
        .iter_mut()
        .find(|b| b.scenario == request.scenario && b.size == request.size)
        .ok_or_else(|| io::Error::other("the block asked for is not in the suite"))?;
    let selected = |backend: &str| request.backends.iter().any(|name| name == backend);
    let samples =
        paired::measure(block, &selected, &request.settings, &SystemClocks::new(), &mut |name| {
            tell(&Event::Begins(name.to_owned()));
        });
    // What cells keep, such as processes, ends before the parent may end this process.
    suite.blocks.clear();
    tell(&Event::Ends(Box::new(samples)));
    Ok(())
}

/// Writes an event, or ends this process if the pipe is closed: then the parent is gone.
pub fn tell<E: Serialize>(event: &E) {
    if say(event).is_err() {
        process::exit(1);
    }
}

/// Straight to the parent: what stays in a buffer dies with the process.
fn say<E: Serialize>(event: &E) -> io::Result<()> {
    let line = format!("\n{MARK}{}\n", serde_json::to_string(event)?);
    let mut out = io::stdout().lock();
    out.write_all(line.as_bytes())?;
    out.flush()
}

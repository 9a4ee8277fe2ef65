//! What a worker process says to the process that judges.
//!
//! ```text
//! judge  -- stdin:  id of a case and what leaks, a line each ----->  worker
//!        -- stdin:  `?`: what has the case done so far  ---------->
//!        <- stdout: MARK, the word of this worker, an event  -----
//!        <- stdout: whatever the backend prints  -----------------
//! ```

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::Failure;

/// Variable that makes a process a worker: the name of the backend whose cases it runs.
pub(super) const WORKER: &str = "SWITCHBACK_CONFORMANCE_WORKER";
/// Variable with the word that tells events from what a backend prints.
pub(super) const WORD: &str = "SWITCHBACK_CONFORMANCE_WORD";
/// Begins the lines that are events.
const MARK: &str = "switchback-conformance ";

/// The line that asks what the case that runs has done so far.
pub(super) const ASK: &str = "?";

/// What a worker says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Event {
    /// It waits for the first case.
    Ready,
    /// What to set if the case that runs does not come back.
    Replay(Vec<(String, String)>),
    /// Something to say about a case that holds.
    Remark(String),
    /// The case is over: nothing, or its failure.
    Done { failed: Option<Failure>, seconds: f64 },
    /// There is no such case.
    Unknown,
    /// What the case that runs has done so far, if that is known; the answer to [`ASK`].
    Doing(Option<String>),
}

impl Event {
    pub(super) fn done(result: Result<(), Failure>, seconds: f64) -> Self {
        Self::Done { failed: result.err(), seconds }
    }

    /// The event in a line of output; `None` if the line is something else.
    pub(super) fn read(line: &str, word: &str) -> Option<Self> {
        let rest = line.strip_prefix(MARK)?.strip_prefix(word)?;
        serde_json::from_str(rest.trim()).ok()
    }
}

/// The line that asks for a case. `leaks`: what earlier cases were found to leak.
pub(super) fn request(id: &str, leaks: &BTreeSet<String>) -> String {
    let leaks: Vec<&str> = leaks.iter().map(String::as_str).collect();
    format!("{id} {}", leaks.join(","))
}

/// The case that a line asks for, and what is known to leak. Ids have no blanks.
pub(super) fn requested(line: &str) -> (&str, BTreeSet<String>) {
    let (id, leaks) = line.split_once(' ').unwrap_or((line, ""));
    (id, leaks.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
}

/// The word of this process, if it is a worker.
static WORD_HERE: OnceLock<String> = OnceLock::new();

/// Makes this process a worker with that word.
pub(super) fn open(word: String) {
    let _ = WORD_HERE.set(word);
}

/// Says it, if this process is a worker; gives whether it is.
pub(super) fn say(event: &Event) -> bool {
    let Some(word) = WORD_HERE.get() else { return false };
    let Ok(text) = serde_json::to_string(event) else { return true };
    // The line before may lack its end. The reader of requests notices when the judge is gone.
    let mut out = std::io::stdout().lock();
    let _ = write!(out, "\n{MARK}{word} {text}\n").and_then(|()| out.flush());
    true
}

/// Says something about the case that runs here, wherever that is.
pub(super) fn remark(text: String) {
    if !say(&Event::Remark(text.clone())) {
        let _ = writeln!(std::io::stdout(), "{text}");
    }
}

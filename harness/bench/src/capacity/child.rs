//! The process that a probe has to itself.

use std::{
    io,
    process::ExitCode,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use super::memory::{self, Taken};
use crate::{
    suite::Suite,
    worker::{self, tell},
};

/// Counts at which memory is looked at.
const MARKS: [u64; 3] = [10_000, 100_000, 1_000_000];

/// The variable that makes a process a child of this kind and holds its [`Request`].
pub const VARIABLE: &str = "SWITCHBACK_PROBE";

/// What a child shall ask for.
#[derive(Debug, Serialize, Deserialize)]
pub struct Request {
    /// Id of the probe.
    pub id: String,
    /// How many.
    pub most: u64,
    /// Bytes of resident memory at which it is enough.
    pub memory: Option<u64>,
}

/// What a child says.
#[derive(Debug, Serialize, Deserialize)]
pub enum Event {
    /// So many there are now.
    Grown(u64),
    /// Bytes that each takes, resident and in page tables.
    Mark(u64, f64, f64),
    /// The memory allowed is taken: the backend was not asked for more.
    Enough(u64),
    /// All came to their end.
    Ends { count: u64, refused: Option<String>, digest: u64, expected: u64 },
    /// The run gave an error.
    Failed(String),
}

/// Between the request and the function that watches, which cannot carry anything.
struct Watching {
    limit: Option<u64>,
    /// At the first look: what all have in common is taken by then.
    first: Option<(u64, Taken)>,
    /// The last mark told: a backend that refuses right after a mark is looked at there again.
    marked: u64,
    /// The process that is looked at, if it is another one.
    process: Option<u32>,
}

static WATCHING: Mutex<Watching> =
    Mutex::new(Watching { limit: None, first: None, marked: 0, process: None });

/// Says that another process holds what is counted: its memory is looked at.
pub fn watch_process(process: u32) {
    WATCHING.lock().unwrap_or_else(PoisonError::into_inner).process = Some(process);
}

/// Acts as a child if this process is one.
#[must_use]
pub fn serve(suite: &Suite) -> Option<ExitCode> {
    worker::child(VARIABLE, |request| answer(suite, request))
}

fn answer(suite: &Suite, request: &str) -> io::Result<()> {
    let Request { id, most, memory } = serde_json::from_str(request)?;
    let unknown = || io::Error::other("the probe asked for is not in the suite");
    let probe = suite.capacity.iter().find(|probe| probe.id() == id).ok_or_else(unknown)?;
    *WATCHING.lock().unwrap_or_else(PoisonError::into_inner) =
        Watching { limit: memory, first: None, marked: 0, process: None };
    tell(&Event::Grown(0));
    tell(&match (probe.run)(most, watch) {
        Ok(reached) => Event::Ends {
            count: reached.count,
            refused: reached.refused,
            digest: reached.digest,
            expected: reached.expected,
        },
        Err(why) => Event::Failed(why),
    });
    Ok(())
}

/// Looks at the memory of the process and says how many there are.
fn watch(count: u64) -> bool {
    let mut watching = WATCHING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(now) = memory::taken(watching.process) {
        let (few, first) = *watching.first.get_or_insert((count, now));
        if MARKS.contains(&count) && count > few.max(watching.marked) {
            watching.marked = count;
            let each =
                |now: u64, first: u64| now.saturating_sub(first) as f64 / (count - few) as f64;
            tell(&Event::Mark(
                count,
                each(now.resident, first.resident),
                each(now.tables, first.tables),
            ));
        }
        if watching.limit.is_some_and(|limit| now.resident >= limit) {
            tell(&Event::Enough(now.resident));
            return false;
        }
    }
    tell(&Event::Grown(count));
    true
}

//! What a case leaves behind in its process.
//!
//! A backend may keep a thread or a stack for the next run, so one that grows once is no leak.
//! A case after which something is left is run again, and is found guilty of what each run adds.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use crate::living::{self, TASKLETS, VALUES};
use crate::{Failure, suite};

/// Further runs of a case that left something.
const AGAIN: u32 = 2;
/// How long threads may take to end after a run, and after the last one; before scaling.
const SETTLE: Duration = Duration::from_millis(100);
const SETTLE_LAST: Duration = Duration::from_secs(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(1);

type Census = BTreeMap<&'static str, i64>;

/// What there is in this process now. Threads and descriptors on Linux only.
fn census() -> Census {
    let mut census = Census::from([
        ("tasklets", living::count(TASKLETS)),
        ("values", living::count(VALUES)),
    ]);
    for (what, folder) in [("threads", "/proc/self/task"), ("descriptors", "/proc/self/fd")] {
        if let Ok(entries) = std::fs::read_dir(folder) {
            census.insert(what, i64::try_from(entries.count()).unwrap_or(i64::MAX));
        }
    }
    census
}

/// What there is more than before, after waiting for that to go.
fn grown(before: &Census, patience: Duration) -> Census {
    let deadline = Instant::now() + patience.mul_f64(suite::scale().unwrap_or(1.0));
    loop {
        let mut now = census();
        now.retain(|what, count| {
            *count -= before.get(what).copied().unwrap_or(*count);
            *count > 0
        });
        if now.is_empty() || Instant::now() > deadline {
            return now;
        }
        thread::sleep(PAUSE);
    }
}

/// Runs the case; if it holds, looks for what it leaves behind.
pub(super) fn watched(case: impl Fn() -> Result<(), Failure>) -> Result<(), Failure> {
    let before = census();
    case()?;
    let mut leaked = grown(&before, SETTLE);
    for again in 1..=AGAIN {
        if leaked.is_empty() {
            return Ok(());
        }
        let before = census();
        case()?;
        let more = grown(&before, if again == AGAIN { SETTLE_LAST } else { SETTLE });
        leaked.retain(|what, _| more.contains_key(what));
        for (what, count) in &mut leaked {
            *count = (*count).min(more[what]);
        }
    }
    if leaked.is_empty() {
        return Ok(());
    }
    let named: Vec<String> = leaked.iter().map(|(what, count)| format!("{count} {what}")).collect();
    Err(format!(
        "leaked: each run leaves {} behind\n\nmust hold\n  what a run of the scheduler makes is \
         gone after it: tasklets, values, channels, stacks, threads, descriptors",
        named.join(", ")
    )
    .into())
}

//! What runs leave behind, for tests that look for leaks.
//!
//! When a run has ended and everything still alive is killed, no tasklet and no channel should be
//! in use but those of which code outside the run holds a handle. Nothing is counted unless it was
//! asked for, since that is a walk over all blocks of the run.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Kernel;

static WATCHED: AtomicBool = AtomicBool::new(false);
static TASKLETS: AtomicU64 = AtomicU64::new(0);
static CHANNELS: AtomicU64 = AtomicU64::new(0);

/// Counts the ends of all runs of this process from now on.
pub fn watch() {
    WATCHED.store(true, Ordering::Relaxed);
}

/// Tasklets that were in use at the ends of runs, main not included.
#[must_use]
pub fn tasklets() -> u64 {
    TASKLETS.load(Ordering::SeqCst)
}

/// Channels that were in use at the ends of runs.
#[must_use]
pub fn channels() -> u64 {
    CHANNELS.load(Ordering::SeqCst)
}

/// Counts what is in use in a kernel whose run has ended.
#[inline]
pub(super) fn look(kernel: &Kernel) {
    if WATCHED.load(Ordering::Relaxed) {
        count(kernel);
    }
}

#[cold]
fn count(kernel: &Kernel) {
    let add = |counter: &AtomicU64, blocks: usize| {
        counter.fetch_add(u64::try_from(blocks).unwrap_or(u64::MAX), Ordering::SeqCst);
    };
    add(&TASKLETS, kernel.tasklets.in_use().saturating_sub(1));
    add(&CHANNELS, kernel.channels.in_use());
}

//! Whether two tasklets run at the same moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use switchback::{Backend, Channel, Error, Message, tasklet};

use super::claim::{named, works_undeclared};
use crate::Case;

/// How long each waits for the other: long where they must meet, short where they should not.
const MUST: Duration = Duration::from_secs(10);
const MAY: Duration = Duration::from_millis(50);

/// Each of two tasklets says that it runs and waits, without a suspension, to hear it from the
/// other. Only if both run at once do both hear it, so that a meeting is never a false one.
pub(super) fn case<B: Backend>() -> Case {
    named("parallel", || {
        let declared = B::CAPABILITIES.parallel;
        let meeting = Meeting::open(if declared { MUST } else { MAY });
        let met = B::run(both::<B>(meeting))?;
        match (declared, met) {
            (true, 2) | (false, 0 | 1) => Ok(()),
            (true, _) => Err(format!(
                "declared, but does not work: parallel\n\nfound\n  two tasklets that wait for \
                 each other without suspending did not meet within {} s",
                MUST.as_secs()
            )
            .into()),
            (false, _) => Err(works_undeclared("parallel")),
        }
    })
}

#[tasklet]
async fn both<B: Backend>(meeting: Meeting) -> Result<u64, Error> {
    let done: B::Channel<u64> = B::channel();
    B::spawn(one(meeting, done.clone()));
    B::spawn(one(meeting, done.clone()));
    let first: u64 = done.receive().await?;
    let second: u64 = done.receive().await?;
    Ok(first + second)
}

#[tasklet]
async fn one<B: Backend>(meeting: Meeting, done: B::Channel<u64>) -> Result<(), Error> {
    let met: bool = meeting.wait();
    done.send(u64::from(met)).await
}

/// Number of a meeting in [`MEETINGS`]: tasklets keep plain data only.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Meeting(usize);

impl Message for Meeting {}

type Seat = (Arc<AtomicU32>, Duration);

static MEETINGS: Mutex<Vec<Seat>> = Mutex::new(Vec::new());

impl Meeting {
    fn open(patience: Duration) -> Self {
        let mut meetings = MEETINGS.lock().unwrap_or_else(PoisonError::into_inner);
        meetings.push((Arc::default(), patience));
        Self(meetings.len() - 1)
    }

    /// Whether another tasklet comes while this one waits.
    fn wait(self) -> bool {
        let meetings = MEETINGS.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((present, patience)) = meetings.get(self.0).cloned() else { return false };
        drop(meetings);
        let deadline = Instant::now() + patience;
        present.fetch_add(1, Ordering::SeqCst);
        // One that waits in vain leaves again, so that the next one does not meet it.
        while present.load(Ordering::SeqCst) < 2 {
            if Instant::now() > deadline {
                let leave = present.compare_exchange(1, 0, Ordering::SeqCst, Ordering::SeqCst);
                return leave.is_err();
            }
            std::thread::yield_now();
        }
        true
    }
}

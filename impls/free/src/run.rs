//! One `run`: which of its tasklets can still go on, and which have to be told.
//!
//! ```text
//!   awake = tasklets that do not wait for a peer + alarms not heard yet
//!
//!     a tasklet begins to wait          -1   at 0 no tasklet can ever meet it: deadlock
//!     a tasklet meets a waiting peer    +1   on behalf of that peer, before the value moves
//!     an alarm is raised                +1   the tasklet told wakes from it, or takes the 1 back
//!     a tasklet is spawned, ends        +1, -1
//! ```
//!
//! Because a tasklet that meets a peer counts that peer before the value moves, `awake` is 0 only
//! if every tasklet waits and nothing is under way: a deadlock is noticed exactly, never by a
//! timeout.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::task::{Poll, Waker};

use slab::Slab;
use switchback::{Counts, Error, Kind};

use crate::bell::{Alarm, Bell};
use crate::member::Member;
use crate::sync::{self, AtomicBool, AtomicU64, AtomicUsize, Mutex, lock};

/// What the tasklets of one run share.
pub struct Run {
    /// Tells runs apart; never 0.
    number: u64,
    /// See the picture above.
    awake: AtomicUsize,
    /// Main is inside `run_others`: it waits for [`Alarm::NobodyRuns`], which is then no deadlock.
    collecting: AtomicBool,
    /// Main has returned: the operations of the others fail with the exit.
    over: AtomicBool,
    main: Arc<Bell>,
    roster: Mutex<Roster>,
    live: AtomicUsize,
    peak: AtomicUsize,
    tasklets: AtomicU64,
    messages: AtomicU64,
}

struct Roster {
    /// The tasklets that have not ended, without main.
    bells: Slab<Arc<Bell>>,
    /// Main has returned: no tasklet is added any more.
    over: bool,
    /// Main, waiting for the last of the others.
    last: Option<Waker>,
}

impl Run {
    /// A run that consists of its main tasklet. For implementations of [`Runtime`](crate::Runtime).
    #[must_use]
    pub fn start() -> Member {
        let roster = Roster { bells: Slab::new(), over: false, last: None };
        let run = Self {
            number: sync::number(),
            awake: AtomicUsize::new(1),
            collecting: AtomicBool::new(false),
            over: AtomicBool::new(false),
            main: Arc::new(Bell::new()),
            roster: Mutex::new(roster),
            live: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            tasklets: AtomicU64::new(0),
            messages: AtomicU64::new(0),
        };
        Arc::new(run).main()
    }

    /// The main tasklet.
    pub(crate) fn main(self: &Arc<Self>) -> Member {
        Member::new(Arc::clone(self), Arc::clone(&self.main), 0, None)
    }

    /// A tasklet on the roster, to be started; `Err` with one that will never live after main's
    /// return or if `most` are alive, of which main is told.
    pub(crate) fn enrol(self: &Arc<Self>, most: usize) -> Result<Member, Member> {
        let number = self.tasklets.fetch_add(1, SeqCst) + 1;
        let bell = Arc::new(Bell::new());
        let key = {
            let mut roster = lock(&self.roster);
            if roster.over || roster.bells.len() >= most {
                let full = !roster.over;
                drop(roster);
                if full {
                    let cause = format!("{most} tasklets are alive");
                    self.tell_main(Alarm::Thrown(Error::with_detail(Kind::Exhausted, cause)));
                }
                return Err(Member::never(Arc::clone(self), number));
            }
            self.peak.fetch_max(roster.bells.len() + 1, SeqCst);
            self.live.fetch_add(1, SeqCst);
            self.wake();
            roster.bells.insert(Arc::clone(&bell))
        };
        Ok(Member::new(Arc::clone(self), bell, number, Some(key)))
    }

    /// The end of a tasklet: an uncaught error goes to main, the exit goes nowhere (N20, N21).
    pub(crate) fn retire(&self, key: usize, uncaught: impl IntoIterator<Item = Error>) {
        for error in uncaught.into_iter().filter(|error| !error.is_exit()) {
            self.tell_main(Alarm::Thrown(error));
        }
        lock(&self.roster).bells.remove(key);
        self.falls_asleep_for_good();
        if self.live.fetch_sub(1, SeqCst) == 1
            && let Some(main) = lock(&self.roster).last.take()
        {
            main.wake();
        }
    }

    fn falls_asleep_for_good(&self) {
        if self.awake.fetch_sub(1, SeqCst) == 1 {
            self.tell_main(Alarm::NobodyRuns);
        }
    }

    /// Main has returned: operations of the others fail with the exit from now on.
    pub(crate) fn finish(&self) {
        self.over.store(true, SeqCst);
        let bells: Vec<_> = {
            let mut roster = lock(&self.roster);
            roster.over = true;
            roster.bells.iter().map(|(_, bell)| Arc::clone(bell)).collect()
        };
        bells.iter().for_each(|bell| bell.wake());
    }

    /// Ready once all that were spawned have ended.
    pub(crate) fn poll_ended(&self, waker: &Waker) -> Poll<()> {
        if self.live.load(SeqCst) > 0 {
            lock(&self.roster).last = Some(waker.clone());
        }
        // Asked again: the last one may have ended before the waker was there.
        if self.live.load(SeqCst) > 0 { Poll::Pending } else { Poll::Ready(()) }
    }

    /// Work done so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            tasklets: Some(self.tasklets.load(SeqCst)),
            peak_alive: Some(self.peak.load(SeqCst) as u64),
            messages: Some(self.messages.load(SeqCst)),
            // Known to the runtime only.
            switches: None,
        }
    }

    /// Tells runs apart; never 0.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over.load(SeqCst)
    }

    /// Tells main, which hears of it in its operation under way or its next one.
    fn tell_main(&self, alarm: Alarm) {
        // Main never ends before the others, so it can always be told.
        let _ = self.main.raise(alarm, || self.wake());
    }

    /// A tasklet heard an alarm while it was awake anyway.
    pub(crate) fn silence(&self) {
        self.awake.fetch_sub(1, SeqCst);
    }

    #[cfg(test)]
    pub(crate) fn awake(&self) -> usize {
        self.awake.load(SeqCst)
    }

    /// One more tasklet is awake.
    pub(crate) fn wake(&self) {
        self.awake.fetch_add(1, SeqCst);
    }

    /// The caller has met a waiting peer.
    pub fn meet(&self) {
        self.wake();
    }

    /// A value has passed.
    pub fn count_message(&self) {
        self.messages.fetch_add(1, Relaxed);
    }

    /// A tasklet is about to wait for a peer.
    pub(crate) fn fall_asleep(&self) -> Result<(), Error> {
        if self.awake.fetch_sub(1, SeqCst) > 1 {
            return Ok(());
        }
        if self.collecting.load(SeqCst) {
            self.tell_main(Alarm::NobodyRuns);
            return Ok(());
        }
        self.wake();
        Err(Kind::Deadlock.into())
    }

    /// Main waits for [`Alarm::NobodyRuns`] from now on; false if only main is awake.
    pub(crate) fn collect(&self) -> bool {
        self.collecting.store(true, SeqCst);
        let others = self.awake.fetch_sub(1, SeqCst) > 1;
        if !others {
            self.wake();
            self.collecting.store(false, SeqCst);
        }
        others
    }

    pub(crate) fn collected(&self) {
        self.collecting.store(false, SeqCst);
    }
}

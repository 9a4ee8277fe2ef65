//! One `run`: its threads, who of them can still go on, and how main hears of the others.
//!
//! ```text
//!   awake = threads that do not wait for a peer + alarms main has not heard yet
//!
//!     a thread begins to wait          -1   at 0 nobody can ever meet it: deadlock
//!     a thread meets a waiting peer    +1   on behalf of that peer, before the value moves
//!     an alarm is raised               +1   main will wake from it, or take the 1 back
//!     a tasklet is spawned, ends       +1, -1
//! ```
//!
//! Because the peer is counted by the one who meets it, `awake` is 0 only if every thread
//! waits and nothing is under way: a deadlock is noticed exactly, never by a timeout.

use std::any::Any;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, unbounded};
use switchback::{Counts, Error, Kind};

use crate::{Handle, context::Context};

/// Most tasklets of one `run` that may be alive at one time, main not counted. On Linux a thread
/// has four memory mappings (two stacks, two guards), and a process 65,530 of them unless the
/// system is told otherwise; a quarter of the threads may have ended without being joined yet.
pub const MAX_LIVE: usize = 10_000;

/// Threads at which ended ones are looked for the first time.
const FIRST_SWEEP: usize = 64;

/// What main is told.
pub(crate) enum Alarm {
    /// A tasklet ended with this error.
    Failed(Error),
    /// Everybody waits, main too.
    NobodyRuns,
}

/// What the threads of one run share.
pub(crate) struct Run {
    /// Tells runs apart; never 0.
    number: u64,
    /// See the picture above.
    awake: AtomicUsize,
    /// Main is inside `run_others`: "nobody runs" is what it waits for, and no deadlock.
    collecting: AtomicBool,
    alarms: Sender<Alarm>,
    threads: Mutex<Threads>,
    live: AtomicUsize,
    peak: AtomicUsize,
    tasklets: AtomicU64,
    messages: AtomicU64,
}

struct Threads {
    /// Those not joined yet. Ended ones are joined in passing, since each keeps its stack until then.
    started: Vec<Thread>,
    /// Length of `started` at which ended ones are looked for next.
    sweep_at: usize,
    /// Main has returned.
    over: bool,
}

struct Thread {
    join: JoinHandle<()>,
    /// Never sent to: its drop is the exit.
    _alive: Sender<Alarm>,
}

impl Run {
    /// Runs `main` on this thread, then ends and joins all it has spawned.
    pub(crate) fn run_main<T>(
        main: impl FnOnce() -> Result<T, Error>,
    ) -> Result<(T, Counts), Error> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let (alarms, heard) = unbounded();
        let threads = Threads { started: Vec::new(), sweep_at: FIRST_SWEEP, over: false };
        let run = Arc::new(Self {
            number: NUMBERS.fetch_add(1, SeqCst),
            awake: AtomicUsize::new(1),
            collecting: AtomicBool::new(false),
            alarms,
            threads: Mutex::new(threads),
            live: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            tasklets: AtomicU64::new(0),
            messages: AtomicU64::new(0),
        });
        let context = Context::enter(&run, true, heard);
        let outcome = contain(main);
        run.finish();
        let value = outcome?;
        context.check()?;
        Ok((value, run.counts()))
    }

    /// Starts a thread for a tasklet. What hinders it is told to main.
    pub(crate) fn spawn(
        self: &Arc<Self>,
        body: impl FnOnce() -> Result<(), Error> + Send + 'static,
    ) -> Handle {
        let mut threads = self.threads();
        let handle = Handle::new(self.tasklets.fetch_add(1, SeqCst) + 1, !threads.over);
        if threads.over {
            return handle;
        }
        threads.join_ended();
        let live = self.live.fetch_add(1, SeqCst) + 1;
        self.wake();
        match self.start(live, handle.clone(), body) {
            Ok(thread) => {
                self.peak.fetch_max(live, SeqCst);
                threads.started.push(thread);
            }
            Err(cause) => {
                self.end(&handle, Err(Error::with_detail(Kind::Exhausted, cause)));
            }
        }
        handle
    }

    fn start(
        self: &Arc<Self>,
        live: usize,
        handle: Handle,
        body: impl FnOnce() -> Result<(), Error> + Send + 'static,
    ) -> Result<Thread, String> {
        if live > MAX_LIVE {
            return Err(format!("{MAX_LIVE} tasklets are alive"));
        }
        let run = Arc::clone(self);
        let (alive, exit) = unbounded();
        let join = thread::Builder::new()
            .spawn(move || {
                let _context = Context::enter(&run, false, exit);
                run.end(&handle, contain(body));
            })
            .map_err(|error| error.to_string())?;
        Ok(Thread { join, _alive: alive })
    }

    /// The end of a tasklet: an uncaught error goes to main, the exit goes nowhere (N20, N21).
    fn end(&self, handle: &Handle, outcome: Result<(), Error>) {
        handle.end();
        match outcome {
            Err(error) if !error.is_exit() => self.alarm(Alarm::Failed(error)),
            _ => {}
        }
        self.live.fetch_sub(1, SeqCst);
        if self.awake.fetch_sub(1, SeqCst) == 1 {
            self.alarm(Alarm::NobodyRuns);
        }
    }

    /// Main has returned: operations of the others fail with the exit from now on. Joins them.
    fn finish(&self) {
        let started = {
            let mut threads = self.threads();
            threads.over = true;
            mem::take(&mut threads.started)
        };
        let (joins, alive): (Vec<_>, Vec<_>) =
            started.into_iter().map(|thread| (thread.join, thread._alive)).unzip();
        drop(alive);
        joins.into_iter().for_each(join);
    }

    fn threads(&self) -> MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> Counts {
        Counts {
            tasklets: Some(self.tasklets.load(SeqCst)),
            peak_alive: Some(self.peak.load(SeqCst) as u64),
            messages: Some(self.messages.load(SeqCst)),
            // Known to the operating system only.
            switches: None,
        }
    }

    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Tells main, which hears of it in its operation under way or its next one.
    pub(crate) fn alarm(&self, alarm: Alarm) {
        self.wake();
        // Fails only if main's context is gone, and then nobody is left to be told.
        let _ = self.alarms.send(alarm);
    }

    /// Main heard an alarm while it was awake anyway.
    pub(crate) fn silence(&self) {
        self.awake.fetch_sub(1, SeqCst);
    }

    /// One more thread is awake.
    pub(crate) fn wake(&self) {
        self.awake.fetch_add(1, SeqCst);
    }

    /// The caller has met a waiting peer.
    pub(crate) fn meet(&self) {
        self.messages.fetch_add(1, SeqCst);
        self.wake();
    }

    /// The caller is about to wait for a peer.
    ///
    /// # Errors
    /// `Deadlock` if nobody is left to meet it (C080, C084); the caller is then still awake.
    pub(crate) fn wait_for_peer(&self) -> Result<(), Error> {
        if self.awake.fetch_sub(1, SeqCst) > 1 {
            return Ok(());
        }
        if self.collecting.load(SeqCst) {
            self.alarm(Alarm::NobodyRuns);
            return Ok(());
        }
        self.wake();
        Err(Kind::Deadlock.into())
    }

    /// Main waits in `hear` for the next alarm, at the latest until nobody else is awake.
    pub(crate) fn collect(&self, hear: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.collecting.store(true, SeqCst);
        let outcome = if self.awake.fetch_sub(1, SeqCst) > 1 {
            hear()
        } else {
            self.wake();
            Ok(())
        };
        self.collecting.store(false, SeqCst);
        outcome
    }
}

impl Threads {
    /// Joins what has ended, at a constant cost per spawned thread.
    fn join_ended(&mut self) {
        if self.started.len() < self.sweep_at {
            return;
        }
        let (ended, running) =
            mem::take(&mut self.started).into_iter().partition(|thread| thread.join.is_finished());
        self.started = running;
        self.sweep_at = self.started.len() + FIRST_SWEEP.max(self.started.len() / 4);
        let ended: Vec<Thread> = ended;
        ended.into_iter().for_each(|thread| join(thread.join));
    }
}

fn join(thread: JoinHandle<()>) {
    // The body is contained: there is no panic to pass on.
    let _ = thread.join();
}

/// A panic of a tasklet as its error, so that no thread dies without a word.
fn contain<T>(body: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|payload| Err(panicked(&*payload)))
}

fn panicked(payload: &(dyn Any + Send)) -> Error {
    let text = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or_default();
    Error::with_detail(Kind::Panicked, text)
}

//! One tasklet of a run: its identity, and how it hears of the others.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::task::{Context, Poll, Waker};

use switchback::{Error, Kind, contain, give_up, panicked};

use crate::bell::{Alarm, Bell};
use crate::run::Run;

/// A tasklet of a run, main included; clones are the same tasklet.
#[derive(Clone)]
pub struct Member(Arc<Record>);

struct Record {
    run: Arc<Run>,
    bell: Arc<Bell>,
    /// 0 is main.
    number: u64,
    /// Place on the roster of the run; `None` for main and for one that never lives.
    key: Option<usize>,
}

impl Member {
    pub(crate) fn new(run: Arc<Run>, bell: Arc<Bell>, number: u64, key: Option<usize>) -> Self {
        Self(Arc::new(Record { run, bell, number, key }))
    }

    /// A tasklet that is not started: it is not alive and hears nothing.
    pub(crate) fn never(run: Arc<Run>, number: u64) -> Self {
        let member = Self::new(run, Arc::new(Bell::new()), number, None);
        member.0.bell.end();
        member
    }

    /// Its run.
    #[must_use]
    pub fn run(&self) -> &Arc<Run> {
        &self.0.run
    }

    /// 0 is main, the others count from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.0.number
    }

    /// False once it has ended, and for one that could not be started.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.0.bell.alive.load(SeqCst)
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.0.bell.blocked.load(SeqCst)
    }

    pub(crate) fn is_main(&self) -> bool {
        self.0.number == 0
    }

    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0.bell, &other.0.bell)
    }

    // ---- for runtimes

    /// Runs the body of a tasklet in the blocking form, from its start to its end.
    pub fn live(&self, name: &str, body: impl FnOnce() -> Result<(), Error>) {
        // Killed before it ran: then it does not.
        let outcome = match self.check() {
            Ok(()) => contain(name, body),
            Err(thrown) => give_up(thrown, || drop(body)),
        };
        self.end(outcome);
    }

    /// As [`live`](Self::live), for the future form.
    pub async fn live_through(&self, name: &str, body: impl Future<Output = Result<(), Error>>) {
        let outcome = match self.check() {
            Ok(()) => contain_future(name, body).await,
            Err(thrown) => give_up(thrown, || drop(body)),
        };
        self.end(outcome);
    }

    /// The end of a tasklet that was enrolled, also of one that could not be started.
    pub fn end(&self, outcome: Result<(), Error>) {
        let unheard = self.0.bell.end();
        let mut uncaught: Vec<Error> = outcome.err().into_iter().collect();
        for alarm in unheard {
            self.run().silence();
            // The end is the last point where it can be raised (N19).
            if let Alarm::Thrown(error) = alarm {
                uncaught.push(error);
            }
        }
        if let Some(key) = self.0.key {
            self.run().retire(key, uncaught);
        }
    }

    /// Main has returned: the operations of the others fail with the exit from now on.
    pub fn finish(&self) {
        self.run().finish();
    }

    /// Completes once all others have ended, after [`finish`](Self::finish).
    pub async fn others_ended(&self) {
        poll_fn(|context| self.run().poll_ended(context.waker())).await;
    }

    /// What main has not heard yet, raised after its end.
    ///
    /// # Errors
    /// The first uncaught error of another tasklet.
    pub fn last_word(&self) -> Result<(), Error> {
        let errors = self.0.bell.end().into_iter().filter_map(|alarm| match alarm {
            Alarm::Thrown(error) => Some(Err(error)),
            Alarm::NobodyRuns => None,
        });
        errors.into_iter().next().unwrap_or(Ok(()))
    }

    // ---- for channels

    /// To be called before every operation.
    ///
    /// # Errors
    /// What was thrown, for main also the uncaught error of another tasklet; the exit if main
    /// has returned.
    pub fn check(&self) -> Result<(), Error> {
        if self.exits() {
            return Err(Kind::Exit.into());
        }
        while let Some(alarm) = self.0.bell.hear() {
            self.run().silence();
            if let Alarm::Thrown(error) = alarm {
                return Err(error);
            }
        }
        Ok(())
    }

    /// To be called before waiting for a peer.
    ///
    /// # Errors
    /// `Deadlock` if no tasklet is left to meet it (C080, C084); the caller is then still awake.
    /// `Unsupported` if another operation of it waits already.
    pub fn fall_asleep(&self) -> Result<(), Error> {
        // Before it is counted: at quiescence every waiter is seen as blocked.
        if self.0.bell.blocked.swap(true, SeqCst) {
            return Err(Error::with_detail(
                Kind::Unsupported,
                "the tasklet waits in another operation already: await one operation of the \
                 scheduler at a time",
            ));
        }
        self.run().fall_asleep().inspect_err(|_| self.0.bell.blocked.store(false, Relaxed))
    }

    /// To be called after waiting, whether a peer or an alarm ended it.
    pub fn woke(&self) {
        self.0.bell.blocked.store(false, SeqCst);
    }

    /// Sets what wakes it from waiting, for peers and alarms alike.
    pub fn listen(&self, waker: &Waker) {
        self.0.bell.listen(waker);
    }

    /// Wakes it if it waits.
    pub fn wake(&self) {
        self.0.bell.wake();
    }

    /// True if an error, the exit or a deadlock waits to be heard.
    #[must_use]
    pub fn is_called(&self) -> bool {
        self.0.bell.rings() || self.exits()
    }

    /// The error with which a waiter that [is called](Self::is_called) leaves its channel;
    /// `stuck` if no tasklet could ever meet it. Being awake again is counted by the alarm.
    pub fn called_away(&self, stuck: impl Into<Error>) -> Error {
        match self.0.bell.hear() {
            Some(Alarm::Thrown(error)) => error,
            Some(Alarm::NobodyRuns) => stuck.into(),
            None => {
                self.run().wake();
                Kind::Exit.into()
            }
        }
    }

    fn exits(&self) -> bool {
        !self.is_main() && self.run().is_over()
    }

    /// Ready with true once `met`, with false if it is called away first.
    pub(crate) fn poll_until(
        &self,
        context: &Context<'_>,
        met: impl FnOnce() -> bool,
    ) -> Poll<bool> {
        self.listen(context.waker());
        match (met(), self.is_called()) {
            (true, _) => Poll::Ready(true),
            (false, true) => Poll::Ready(false),
            (false, false) => Poll::Pending,
        }
    }

    // ---- for the backend

    /// Main waits until no other tasklet runs (C050, N14).
    pub(crate) async fn run_others(&self) -> Result<(), Error> {
        if !self.is_main() {
            return Err(Error::with_detail(Kind::Unsupported, "run_others outside main"));
        }
        self.check()?;
        if !self.run().collect() {
            return Ok(());
        }
        let mut collecting = Collecting { run: self.run(), over: false };
        poll_fn(|context| self.poll_until(context, || false)).await;
        collecting.over = true;
        self.run().collected();
        match self.0.bell.hear() {
            Some(Alarm::Thrown(error)) => Err(error),
            _ => Ok(()),
        }
    }

    /// Raises `error` in this tasklet, which hears it in its operation under way or its next one.
    ///
    /// # Errors
    /// The error itself if the caller is this tasklet (C145); `ThrowDead`, but not for the exit
    /// (C143); `WrongScheduler` if they are not of one run.
    pub(crate) fn throw(&self, caller: Option<&Self>, error: Error) -> Result<(), Error> {
        let caller = caller.filter(|caller| Arc::ptr_eq(caller.run(), self.run()));
        let Some(caller) = caller else { return Err(Kind::WrongScheduler.into()) };
        if caller.is(self) {
            return Err(error);
        }
        match self.0.bell.raise(Alarm::Thrown(error), || self.run().wake()) {
            Err(Alarm::Thrown(error)) if !error.is_exit() => Err(Kind::ThrowDead.into()),
            _ => Ok(()),
        }
    }
}

/// The time in which main waits for the others. The future may be dropped before it is over.
struct Collecting<'a> {
    run: &'a Run,
    over: bool,
}

impl Drop for Collecting<'_> {
    fn drop(&mut self) {
        if !self.over {
            self.run.collected();
            self.run.wake();
        }
    }
}

/// As [`contain`], for the future form.
///
/// # Errors
/// As [`contain`].
pub async fn contain_future<T>(
    name: &str,
    body: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let mut body = pin!(body);
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| body.as_mut().poll(context)));
        polled.unwrap_or_else(|payload| Poll::Ready(Err(panicked(name, payload))))
    })
    .await
}

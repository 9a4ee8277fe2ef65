//! What a thread knows about the run it belongs to.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use crossbeam_channel::{Receiver, TryRecvError};
use switchback::{Error, Kind};

use crate::run::{Alarm, Run};

/// The run of this thread, and where it hears of the others.
pub(crate) struct Context {
    run: Arc<Run>,
    is_main: bool,
    /// Main's alarms. For the others never a message: the disconnection is their exit.
    alarms: Receiver<Alarm>,
    /// An alarm main heard in the middle of an operation that could not be taken back.
    postponed: RefCell<Option<Alarm>>,
}

thread_local! {
    /// Innermost last: a tasklet may call `run` itself.
    static CONTEXTS: RefCell<Vec<Rc<Context>>> = const { RefCell::new(Vec::new()) };
}

/// The context of this thread for as long as this lives; then the one before it is back.
pub(crate) struct Entered(Rc<Context>);

impl Deref for Entered {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.0
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CONTEXTS.with_borrow_mut(Vec::pop);
    }
}

impl Context {
    pub(crate) fn enter(run: &Arc<Run>, is_main: bool, alarms: Receiver<Alarm>) -> Entered {
        let (run, postponed) = (Arc::clone(run), RefCell::new(None));
        let context = Rc::new(Self { run, is_main, alarms, postponed });
        CONTEXTS.with_borrow_mut(|contexts| contexts.push(Rc::clone(&context)));
        Entered(context)
    }

    pub(crate) fn current() -> Option<Rc<Self>> {
        CONTEXTS.with_borrow(|contexts| contexts.last().cloned())
    }

    /// The context, or the error of an operation outside `run`.
    pub(crate) fn of_this_thread() -> Result<Rc<Self>, Error> {
        Self::current().ok_or_else(|| Kind::WrongScheduler.into())
    }

    pub(crate) fn run(&self) -> &Arc<Run> {
        &self.run
    }

    pub(crate) fn alarms(&self) -> &Receiver<Alarm> {
        &self.alarms
    }

    /// To be called before every operation.
    ///
    /// # Errors
    /// An uncaught error of another tasklet if this is main, the exit if main has returned.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let alarm = match self.postponed.take() {
            Some(alarm) => alarm,
            None => match self.alarms.try_recv() {
                Ok(alarm) => alarm,
                Err(TryRecvError::Empty) => return Ok(()),
                Err(TryRecvError::Disconnected) => return Err(Kind::Exit.into()),
            },
        };
        self.run.silence();
        match alarm {
            Alarm::Failed(error) => Err(error),
            Alarm::NobodyRuns => Ok(()),
        }
    }

    /// Keeps what main heard in an operation that was completed all the same.
    pub(crate) fn postpone(&self, alarm: Option<Alarm>) {
        self.postponed.replace(alarm);
    }

    /// The error with which a waiter leaves its channel; `stuck` if nobody could ever meet it.
    /// Being awake again is already counted: by the alarm for main, here for the others.
    pub(crate) fn interrupted(&self, alarm: Option<Alarm>, stuck: Kind) -> Error {
        match alarm {
            Some(Alarm::Failed(error)) => error,
            Some(Alarm::NobodyRuns) => stuck.into(),
            None => {
                self.run.wake();
                Kind::Exit.into()
            }
        }
    }

    /// Main waits until nobody runs (C050, N14).
    pub(crate) fn run_others(&self) -> Result<(), Error> {
        if !self.is_main {
            return Err(Error::with_detail(Kind::Unsupported, "run_others outside main"));
        }
        self.check()?;
        self.run.collect(|| match self.alarms.recv() {
            Ok(Alarm::Failed(error)) => Err(error),
            Ok(Alarm::NobodyRuns) => Ok(()),
            Err(_) => Err(Kind::Exit.into()),
        })
    }
}

//! Tasklets as others see them.

use serde::{Deserialize, Serialize};

use crate::{
    Backend, Error, Message, Operation, Value,
    operation::{Refused, unsupported},
};

/// State of a tasklet as the model names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The computation exists.
    pub alive: bool,
    /// In the run queue or in a channel queue.
    pub scheduled: bool,
    /// In a channel queue.
    pub blocked: bool,
    /// It is the running one.
    pub current: bool,
    /// It is the main tasklet.
    pub main: bool,
    /// The whole suspended state is portable data (C231).
    pub restorable: bool,
}

impl Status {
    /// Alive and not linked anywhere.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.alive && !self.scheduled
    }
}

/// What can be done to a tasklet from outside (SPEC sections 4, 8 and 9).
pub trait Control<B: Backend>: Message + Sync + PartialEq + std::fmt::Debug {
    /// Its state.
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::Kind), [`Kind::WrongScheduler`](crate::Kind).
    fn status(&self) -> Result<Status, Error> {
        Err(unsupported::<B>("status"))
    }

    /// The tasklet that follows it: in the run queue, where the last one is followed by the first,
    /// or in the queue of the channel where it is blocked, which has an end; `None` elsewhere
    /// (C043).
    ///
    /// # Errors
    /// As [`status`](Self::status).
    fn next(&self) -> Result<Option<Self>, Error> {
        Err(unsupported::<B>("next"))
    }

    /// The tasklet that it follows, as [`next`](Self::next).
    ///
    /// # Errors
    /// As [`status`](Self::status).
    fn prev(&self) -> Result<Option<Self>, Error> {
        Err(unsupported::<B>("prev"))
    }

    /// How many calls of tasklets deep it is: 1 in its own body, 0 before it starts and after its
    /// end (C017, C018). `None` where calls are on a native stack: they are not counted.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    fn recursion_depth(&self) -> Result<Option<u64>, Error> {
        Err(unsupported::<B>("recursion_depth"))
    }

    /// Appends it to the run queue; nothing if it is there (C029).
    ///
    /// # Errors
    /// `RunBlocked`, `RunDead`.
    fn insert(&self) -> Result<(), Error> {
        Err(unsupported::<B>("insert"))
    }

    /// Takes it out of the run queue; nothing if it is not there (C032).
    ///
    /// # Errors
    /// `RemoveBlocked`, `RemoveCurrent`.
    fn remove(&self) -> Result<(), Error> {
        Err(unsupported::<B>("remove"))
    }

    /// Makes it run now; gives the caller's slot (C035, C036).
    fn run(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Refused::new("run of a tasklet")
    }

    /// As `run`, and pauses the caller (C039).
    fn switch(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Refused::new("switch")
    }

    /// Raises `error` in it now (C140).
    fn throw(&self, _error: Error) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Refused::new("throw")
    }

    /// Raises a fresh error of that name in it now (C148).
    fn raise(
        &self,
        name: &str,
        detail: &str,
    ) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        self.throw(Error::new(name, detail))
    }

    /// Stores `error`, to be raised when it next runs (C141).
    ///
    /// # Errors
    /// The error itself if the target is current (C145), `ThrowDead`; `Panicked` if the destructor of
    /// what was in the slot panics: it is thrown nevertheless (D03).
    fn throw_pending(&self, _error: Error) -> Result<(), Error> {
        Err(unsupported::<B>("throw_pending"))
    }

    /// Throws the exit (C146).
    fn kill(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        self.throw(crate::Kind::Exit.into())
    }

    /// Throws the exit when it next runs.
    ///
    /// # Errors
    /// As [`throw_pending`](Self::throw_pending).
    fn kill_pending(&self) -> Result<(), Error> {
        self.throw_pending(crate::Kind::Exit.into())
    }

    /// Starts a tasklet made by `spawn_unbound` (C006).
    ///
    /// # Errors
    /// `SetupAlive`; `NotBound` without a function, also after [`set_slot`](Self::set_slot)
    /// replaced it.
    fn setup(&self) -> Result<(), Error> {
        Err(unsupported::<B>("setup"))
    }

    /// Discards its computation (C011).
    ///
    /// # Errors
    /// `BindCurrent`, `BindScheduled`, `NativeState`, `UnbindMain`; `Panicked` if a destructor panics:
    /// it is unbound nevertheless (D03).
    fn unbind(&self) -> Result<(), Error> {
        Err(unsupported::<B>("unbind"))
    }

    /// A copy of its transfer slot (C025).
    ///
    /// # Errors
    /// As [`status`](Self::status); `Panicked` if the clone panics.
    fn slot(&self) -> Result<Value<B>, Error> {
        Err(unsupported::<B>("slot"))
    }

    /// Replaces its transfer slot. Before `setup` that is where its function is, which is dropped.
    ///
    /// # Errors
    /// As [`status`](Self::status); `Panicked` if the destructor of what was there panics: it is
    /// replaced nevertheless (D03).
    fn set_slot(&self, _: Value<B>) -> Result<(), Error> {
        Err(unsupported::<B>("set_slot"))
    }

    /// A number that names the tasklet in callbacks and messages; 0 is main.
    fn number(&self) -> u64 {
        0
    }
}

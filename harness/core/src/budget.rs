//! Budgets of `run_for` and atomic sections: what a watchdog may interrupt, and what not.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};

use crate::{Backend, Error, Message};

/// How much the tasklets under [`Backend::run_for`] may do before they are interrupted.
///
/// A step is one operation in its own right, one [`Backend::checkpoint`] or the end of a
/// tasklet. Code between two steps is never interrupted (C061).
///
/// ```
/// use switchback::Budget;
/// let budget = Budget::steps(1_000).total();
/// assert_eq!(budget, Budget { steps: 1_000, soft: false, total: true });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Budget {
    /// Steps that may be taken; the one after them is interrupted.
    pub steps: u64,
    /// No tasklet is taken out of the run queue: the run ends at the next ordinary switch (C065).
    pub soft: bool,
    /// The budget covers the whole run (C064), instead of starting again at every switch (C063).
    pub total: bool,
}

impl Budget {
    /// `steps` steps between two switches.
    #[must_use]
    pub fn steps(steps: u64) -> Self {
        Self { steps, ..Self::default() }
    }

    /// The same, ending at an ordinary switch only.
    #[must_use]
    pub fn soft(self) -> Self {
        Self { soft: true, ..self }
    }

    /// The same, for the whole run.
    #[must_use]
    pub fn total(self) -> Self {
        Self { total: true, ..self }
    }
}

impl Message for Budget {}

/// An atomic section of the running tasklet; dropping it restores what was before (C186).
///
/// It belongs to the tasklet that made it and is no [`Message`]: in a `#[tasklet]` it may not
/// be kept over an `.await`; use [`Backend::set_atomic`] there. Plain functions of a
/// [`Blocking`](crate::Blocking) backend may hold it over any operation.
///
/// ```no_run
/// # use switchback::{AtomicSection, Blocking, Error};
/// fn flush<B: Blocking>(log: &[String]) -> Result<(), Error> {
///     let _section = AtomicSection::<B>::enter()?;
///     for _line in log {
///         B::wait(B::checkpoint())?; // not interrupted here
///     }
///     Ok(())
/// }
/// ```
#[derive(Debug)]
#[must_use = "the section ends when this is dropped"]
pub struct AtomicSection<B: Backend> {
    before: bool,
    /// Neither `Send` nor `Sync`: the flag is that of the running tasklet.
    here: PhantomData<(B, *const ())>,
}

impl<B: Backend> AtomicSection<B> {
    /// Makes the running tasklet atomic.
    ///
    /// # Errors
    /// As [`Backend::set_atomic`].
    pub fn enter() -> Result<Self, Error> {
        Ok(Self { before: B::set_atomic(true)?, here: PhantomData })
    }
}

impl<B: Backend> Drop for AtomicSection<B> {
    fn drop(&mut self) {
        // Fails only after the end of the scheduler, together with the flag.
        let _ = B::set_atomic(self.before);
    }
}

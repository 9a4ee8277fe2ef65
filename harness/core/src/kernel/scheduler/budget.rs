//! Budgets: SPEC sections 5.2 and 5.3, and the atomic flag of section 11.
//!
//! ```text
//! operation     count ---> complete path ---> due?  no   as ever
//!               one step                       yes  the result stays in the slot of its tasklet,
//!                                                   the caller of run_for goes on
//! ```
//!
//! A step is counted before its operation and judged after it. So an interrupted tasklet is
//! suspended like after any other operation, with the result in its slot, and no driver needs to
//! know of interrupts; in the frame form the tasklet stays portable (C072).
//!
//! While a budget is armed the special bit `BUDGET` keeps every operation on its complete path.

use std::cell::Cell;

use crate::kernel::{
    BUDGET, Driver, Handle, Here, IN_CALLBACK, Kernel, Later, Waits,
    driver::here::Place,
    driver::operations::{Step, Switch, Turn, begin_completely, settled},
    kernel_here, kernel_of_thread,
    tasklet::block::{ATOMIC, PARKED, PENDING, Tasklet},
    tasklet::destructors::take_nothing,
    tasklet::slot::Slot,
};
use crate::{
    Begun, Budget, Error,
    contain::{dispose, first},
};

/// The one budget that may be armed in a scheduler (C068).
#[derive(Default)]
pub(crate) struct Watch {
    /// The tasklet that called run_for; none while no budget is armed.
    caller: Cell<Option<Tasklet>>,
    budget: Cell<Budget>,
    /// Steps that may still be taken.
    left: Cell<u64>,
    /// The operation under way is one step too many.
    over: Cell<bool>,
    /// Some tasklet may carry `PENDING`.
    marked: Cell<bool>,
    /// Taken out of the ring when `caller` executes.
    interrupted: Cell<Option<Tasklet>>,
}

impl Watch {
    fn restart(&self) {
        self.left.set(self.budget.get().steps);
        self.over.set(false);
    }

    fn mark(&self, t: Tasklet) {
        t.put(PENDING, true);
        self.marked.set(true);
    }
}

impl Kernel {
    /// Parks the caller as run() does, with a budget unless one is armed.
    fn run_for(&self, budget: Budget) -> Result<(), Error> {
        let watch = &self.watch;
        if self.is_special(BUDGET) {
            return self.run_others();
        }
        watch.budget.set(budget);
        watch.restart();
        watch.caller.set(Some(self.here()));
        self.set_special(BUDGET, true);
        let result = self.run_others();
        if result.is_err() {
            self.disarm();
        }
        result
    }

    fn disarm(&self) -> Option<Tasklet> {
        self.set_special(BUDGET, false);
        self.watch.caller.set(None);
        if self.watch.marked.take() {
            // A mark left over would interrupt its tasklet under a later budget.
            self.tasklets.each(|t| {
                t.put(PENDING, false);
            });
        }
        self.watch.interrupted.take()
    }

    /// What a run_for() caller does when it executes again: gives the tasklet that the budget
    /// stopped.
    fn return_from_run_for(&self, me: Tasklet) -> Option<Tasklet> {
        self.return_from_run();
        if self.watch.caller.get() != Some(me) {
            return None;
        }
        // An error on its way to the caller comes first; then no tasklet may leave the ring.
        let interrupted = self.disarm().filter(|_| !me.slot.is_bomb())?;
        self.unlink(interrupted);
        Some(interrupted)
    }

    /// `t` waits in run() or run_for() no more: it has ended, or has given up the future of it and
    /// begins something else.
    #[cold]
    pub(crate) fn leave_runs(&self, t: Tasklet) {
        t.put(PARKED, false);
        if self.watch.caller.get() == Some(t) {
            self.disarm();
        }
        let before = self.runs.borrow().len();
        self.runs.borrow_mut().retain(|parked| *parked != t);
        for _ in self.runs.borrow().len()..before {
            self.unpin(t);
        }
    }

    /// Counts the step that the running tasklet is about to take.
    pub(crate) fn count_step(&self) {
        let watch = &self.watch;
        if !self.is_special(BUDGET) {
            return;
        }
        match watch.left.get().checked_sub(1) {
            Some(left) => watch.left.set(left),
            None if watch.budget.get().soft => {
                watch.restart();
                watch.mark(self.here());
            }
            None => watch.over.set(true),
        }
    }

    /// Whether the current tasklet has to stop after a step; notes it if that must wait (C066).
    pub(crate) fn is_due(&self) -> bool {
        let (watch, t) = (&self.watch, self.here());
        if !watch.over.take() || watch.caller.get() == Some(t) || t.slot.is_bomb() {
            return false;
        }
        if t.is(ATOMIC) || self.is_special(IN_CALLBACK) || self.is_trapped() {
            watch.restart();
            watch.mark(t);
            return false;
        }
        t.put(PENDING, false);
        true
    }

    /// Stops the current tasklet; the caller of run_for goes on.
    pub(crate) fn interrupt(&self) {
        let t = self.here();
        if let Some(caller) = self.watch.caller.get() {
            self.watch.interrupted.set(Some(t));
            self.go(t, caller);
        }
    }

    /// A real switch: the budget starts again unless it is a total one.
    pub(crate) fn renew(&self) {
        if !self.watch.budget.get().total {
            self.watch.restart();
        }
    }

    /// Soft interrupts (SPEC 5.3): gives the tasklet that goes on if `prev` switches to `next`,
    /// which is in the ring.
    pub(crate) fn divert(&self, prev: Tasklet, next: Tasklet, by_preference: bool) -> Tasklet {
        let watch = &self.watch;
        if !watch.budget.get().soft || !prev.put(PENDING, false) {
            return next;
        }
        let Some(caller) = watch.caller.get().filter(|c| !self.linked(*c)) else { return next };
        if by_preference || self.is_trapped() {
            watch.mark(next);
            return next;
        }
        // The caller goes directly before `next`; the first of the ring stays the first.
        let first = self.here();
        self.rotate_to(next);
        self.append(caller);
        self.rotate_to(first);
        caller
    }

    /// set_atomic of the running tasklet; gives the old value (C185).
    pub(crate) fn set_atomic(&self, on: bool) -> bool {
        let t = self.me();
        let old = t.put(ATOMIC, on);
        let hard = self.is_special(BUDGET) && !self.watch.budget.get().soft;
        if !on && hard && t.put(PENDING, false) {
            self.watch.left.set(0);
        }
        old
    }
}

/// The complete path of `step`, which counts against the budget.
///
/// A step reaches the kernel of its own driver only, and only for the tasklet that executes it.
pub(crate) fn start<B: Driver, S: Step>(step: S) -> Turn<S::Output> {
    let kernel = match kernel_here::<B>().and_then(|kernel| kernel.may_begin().map(|()| kernel)) {
        Ok(kernel) => kernel,
        Err(refusal) => return Turn::Done(first(Err(refusal), dispose(step))),
    };
    if let Some(me) = kernel.current() {
        if me.is(PARKED) {
            kernel.leave_runs(me);
        }
        me.slot.forget_itself();
        kernel.drop_held();
    }
    if !kernel.is_special(BUDGET) {
        return step.start();
    }
    kernel.count_step();
    let from = kernel.here();
    let output = match step.start() {
        Turn::Done(Err(error)) => return Turn::Done(Err(error)),
        turn if !kernel.is_due() => return turn,
        Turn::Done(Ok(output)) => Some(output),
        Turn::Away(_) => None,
    };
    if let Some(output) = output {
        S::keep(&kernel.here().slot, output);
    }
    kernel.interrupt();
    Turn::Away(Switch { from, to: kernel.here() })
}

pub(crate) struct RunFor<B> {
    pub(crate) budget: Budget,
    pub(crate) backend: std::marker::PhantomData<fn() -> B>,
}

impl<B: Driver> Step for RunFor<B> {
    type Output = Option<Handle<B>>;

    fn start(self) -> Turn<Self::Output> {
        match kernel_of_thread() {
            Ok(kernel) => settled::<Self>(kernel, kernel.here(), kernel.run_for(self.budget)),
            Err(error) => Turn::Done(Err(error)),
        }
    }

    fn waits() -> Waits {
        Waits::Others
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Self::Output, Error> {
        // A handle before any destructor runs: it is in no queue any more.
        let interrupted = kernel.return_from_run_for(me).map(|t| Handle::of(kernel, t));
        take_nothing(me)?;
        Ok(interrupted)
    }

    /// An operation done at once has run no other tasklet, so it has interrupted none.
    fn keep(_: &Slot, _: Self::Output) {}
}

pub(crate) struct Checkpoint;

impl Step for Checkpoint {
    type Output = ();

    #[inline(always)]
    fn try_start<'k>(self, place: impl Place<'k>) -> Result<Turn<()>, Self> {
        if place.plain().is_some() { Ok(Turn::Done(Ok(()))) } else { Err(self) }
    }

    #[inline(always)]
    fn leave<D: Driver>(self, here: Here<'_>) -> Begun<'_, Result<(), Error>> {
        Later::leave(here, |here, _| begin_completely::<D, _>(Self, here), [0; 2])
    }

    #[inline(always)]
    fn finish_short(_: &Kernel, me: Tasklet) -> Option<()> {
        me.slot.is_empty().then_some(())
    }

    fn start(self) -> Turn<()> {
        Turn::Done(kernel_of_thread().map(|_| ()))
    }

    /// Takes what was put into the slot meanwhile: an error is raised, and nothing else is delivered
    /// by a checkpoint.
    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<(), Error> {
        take_nothing(me)
    }

    #[inline(always)]
    fn keep(_: &Slot, (): ()) {}
}

//! The operations: a short path while nothing special is set, and the complete one.
//!
//! A step starts, and either is done or has moved control away; in that case `finish` runs when
//! its tasklet executes again and takes the result from the slot.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    Driver, Here, Kernel, Waits,
    blocks::Tasklet,
    budget,
    here::{OfThread, Place},
    kernel_here,
    slot::Slot,
};
use crate::{Begun, Error, Operation, Request};

pub(crate) enum Turn<T> {
    Done(Result<T, Error>),
    /// Control moved away, to this tasklet.
    Away(Tasklet),
}

pub(crate) trait Step: Sized {
    type Output;

    /// The short path; gives the step back if it does not apply.
    #[inline(always)]
    fn try_start<'k>(self, _: impl Place<'k>) -> Result<Turn<Self::Output>, Self> {
        Err(self)
    }

    /// The complete path.
    fn start(self) -> Turn<Self::Output>;

    /// The frame form of the complete path: at once, or left for later.
    fn leave(self, here: Here<'_>) -> Begun<'_, Result<Self::Output, Error>> {
        match begin_completely(self, here) {
            Ok(result) => Begun::Done(result),
            Err(request) => Begun::Asks(request),
        }
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Self::Output, Error>;

    /// As `finish`, if the output is there and nothing else; if not, nothing has changed.
    #[inline(always)]
    fn finish_short(kernel: &Kernel, me: Tasklet) -> Option<Self::Output> {
        let _ = (kernel, me);
        None
    }

    /// What its tasklet waits for while it is suspended.
    fn waits() -> Waits {
        Waits::Turn
    }

    /// Puts an early result where `finish` will look: its tasklet is interrupted (C061).
    fn keep(slot: &Slot, output: Self::Output);
}

/// A step as an operation of kernel backend `B`, in all three forms.
pub(crate) struct Op<B, S>(S, PhantomData<fn() -> B>);

impl<B, S> Op<B, S> {
    #[inline(always)]
    pub(crate) fn new(step: S) -> Self {
        Self(step, PhantomData)
    }
}

impl<B: Driver, S: Step + Send> Operation<B> for Op<B, S> {
    type Output = Result<S::Output, Error>;

    #[inline(always)]
    fn wait(self) -> Self::Output {
        match self.0.try_start(OfThread) {
            Ok(Turn::Done(result)) => result,
            Ok(Turn::Away(next)) => {
                B::suspend(next.body.get());
                // Found anew rather than kept: whatever is kept over a switch lies in one more
                // cache line of every suspended stack.
                let kernel = kernel_here()?;
                S::finish(kernel, kernel.here())
            }
            Err(step) => wait_completely::<B, S>(step),
        }
    }

    #[inline(always)]
    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        Waiting::Start(self.0)
    }

    #[inline(always)]
    fn begin(self, here: Here<'_>) -> Begun<'_, Self::Output> {
        match self.0.try_start(here) {
            Ok(Turn::Done(result)) => Begun::Done(result),
            Ok(Turn::Away(next)) => here.go_on(next),
            Err(step) => step.leave(here),
        }
    }

    #[inline(always)]
    fn finish(here: Here<'_>) -> Self::Output {
        let (kernel, me) = here.found()?;
        S::finish(kernel, me)
    }

    #[inline(always)]
    fn finish_short(here: Here<'_>) -> Option<Self::Output> {
        let (kernel, me) = here.found().ok()?;
        S::finish_short(kernel, me).map(Ok)
    }

    fn waits() -> Waits {
        S::waits()
    }
}

#[cold]
#[inline(never)]
fn wait_completely<B: Driver, S: Step>(step: S) -> Result<S::Output, Error> {
    match budget::start(step) {
        Turn::Done(result) => result,
        Turn::Away(next) => {
            B::suspend(next.body.get());
            let kernel = kernel_here()?;
            S::finish(kernel, kernel.here())
        }
    }
}

#[cold]
#[inline(never)]
pub(crate) fn begin_completely<S: Step>(
    step: S,
    here: Here<'_>,
) -> Result<Result<S::Output, Error>, Request<'_>> {
    match budget::start(step) {
        Turn::Done(result) => Ok(result),
        Turn::Away(_) => Err(here.current()),
    }
}

/// A step as a future. It needs no waker: the kernel decides when its tasklet is polled.
enum Waiting<S> {
    Start(S),
    Away,
    Over,
}

// The fields are never pinned.
impl<S> Unpin for Waiting<S> {}

impl<S: Step> Future for Waiting<S> {
    type Output = Result<S::Output, Error>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut *self, Self::Over) {
            Self::Start(step) => match step.try_start(OfThread).unwrap_or_else(budget::start) {
                Turn::Done(result) => Poll::Ready(result),
                Turn::Away(_) => {
                    *self = Self::Away;
                    Poll::Pending
                }
            },
            Self::Away => Poll::Ready(kernel_here().and_then(|k| S::finish(k, k.here()))),
            Self::Over => unreachable!("a future is not polled after its end"),
        }
    }
}

/// Turns the outcome of a complete path into a turn: done if the caller is still current.
pub(crate) fn settled<S: Step>(
    kernel: &Kernel,
    me: Tasklet,
    result: Result<(), Error>,
) -> Turn<S::Output> {
    match result {
        Err(error) => Turn::Done(Err(error)),
        Ok(()) if kernel.here() == me => Turn::Done(S::finish(kernel, me)),
        Ok(()) => Turn::Away(kernel.here()),
    }
}

/// Moves control to `next`.
#[inline(always)]
pub(super) fn away<T>(kernel: &Kernel, next: Tasklet) -> Turn<T> {
    kernel.set_current(next);
    Turn::Away(next)
}

/// The value, or the error as the end of the step.
macro_rules! or_done {
    ($e:expr) => {
        match $e {
            Ok(found) => found,
            Err(error) => return Turn::Done(Err(error)),
        }
    };
}
pub(super) use or_done;

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

use crate::kernel::{
    Driver, Form, Here, Kernel, Waits,
    driver::here::{OfThread, Place},
    driver::polled,
    kernel_here, kernel_of_thread, own_kernel,
    scheduler::budget,
    tasklet::block::Tasklet,
    tasklet::slot::Slot,
};
use crate::{
    Begun, Error, Kind, Operation, Request,
    contain::{dispose, first},
};

pub(crate) enum Turn<T> {
    Done(Result<T, Error>),
    /// Control moved away.
    Away(Switch),
}

/// From the tasklet that executes, to the one that is current now.
#[derive(Clone, Copy)]
pub(crate) struct Switch {
    pub(crate) from: Tasklet,
    pub(crate) to: Tasklet,
}

impl Switch {
    /// Suspends the computation that executes, which is that of `from`.
    ///
    /// # Safety
    /// As [`Driver::suspend`].
    #[inline(always)]
    unsafe fn suspend<B: Driver>(self) {
        // SAFETY: promised by the caller. A tasklet has its block until it has ended.
        unsafe { B::suspend(&self.from.body, self.to.body.get()) }
    }
}

pub(crate) trait Step: Sized {
    type Output: Send;

    /// The short path; gives the step back if it does not apply.
    #[inline(always)]
    fn try_start<'k>(self, _: impl Place<'k>) -> Result<Turn<Self::Output>, Self> {
        Err(self)
    }

    /// The complete path.
    fn start(self) -> Turn<Self::Output>;

    /// The frame form of the complete path: at once, or left for later.
    fn leave<D: Driver>(self, here: Here<'_>) -> Begun<'_, Result<Self::Output, Error>> {
        match begin_completely::<D, Self>(self, here) {
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
        if const { !matches!(B::FORM, Form::Blocking) } {
            return other_form::<B, S>(self.0);
        }
        match self.0.try_start(OfThread::<B>::new()) {
            Ok(Turn::Done(result)) => result,
            Ok(Turn::Away(switch)) => {
                // SAFETY: a kernel of this driver was found, so what executes this is the
                // computation of its running tasklet, and it has just chosen the next one.
                unsafe { switch.suspend::<B>() };
                // Found anew rather than kept: whatever is kept over a switch lies in one more
                // cache line of every suspended stack.
                let kernel = kernel_of_thread()?;
                S::finish(kernel, kernel.here())
            }
            Err(step) => wait_completely::<B, S>(step),
        }
    }

    #[inline(always)]
    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        Waiting::<B, S>::Start(self.0, PhantomData)
    }

    #[inline(always)]
    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        self.into_future()
    }

    #[inline(always)]
    unsafe fn begin(self, here: Here<'_>) -> Begun<'_, Self::Output> {
        if const { !matches!(B::FORM, Form::Stepped) } {
            return Begun::Done(other_form::<B, S>(self.0));
        }
        match self.0.try_start(here) {
            Ok(Turn::Done(result)) => Begun::Done(result),
            Ok(Turn::Away(switch)) => here.go_on(switch.to),
            Err(step) => step.leave::<B>(here),
        }
    }

    #[inline(always)]
    unsafe fn finish(here: Here<'_>) -> Self::Output {
        let (kernel, me) = here.found()?;
        S::finish(kernel, me)
    }

    #[inline(always)]
    unsafe fn finish_short(here: Here<'_>) -> Option<Self::Output> {
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
    match budget::start::<B, S>(step) {
        Turn::Done(result) => result,
        Turn::Away(switch) => {
            // SAFETY: as in `wait`; the complete path begins in a kernel of this driver only.
            unsafe { switch.suspend::<B>() };
            let kernel = kernel_of_thread()?;
            S::finish(kernel, kernel.here())
        }
    }
}

#[cold]
#[inline(never)]
pub(crate) fn begin_completely<B: Driver, S: Step>(
    step: S,
    here: Here<'_>,
) -> Result<Result<S::Output, Error>, Request<'_>> {
    if let Err(nowhere) = here.found() {
        return Ok(first(Err(nowhere), dispose(step)));
    }
    match budget::start::<B, S>(step) {
        Turn::Done(result) => Ok(result),
        Turn::Away(_) => Err(here.current()),
    }
}

/// What an operation says in a form that the driver does not run: nothing has happened.
#[cold]
fn other_form<B: Driver, S: Step>(step: S) -> Result<S::Output, Error> {
    let cause = format!("{} runs tasklets in another form: write `.await`", B::NAME);
    first(Err(Error::with_detail(Kind::Unsupported, cause)), dispose(step))
}

/// A step as a future. It needs no waker: the kernel decides when its tasklet is polled.
enum Waiting<B, S> {
    Start(S, PhantomData<fn() -> B>),
    Away,
    /// As `Away`, where a future of user code may poll it too early.
    AwayInFuture(polled::Poller),
    Over,
}

// The fields are never pinned.
impl<B, S> Unpin for Waiting<B, S> {}

impl<B: Driver, S: Step> Future for Waiting<B, S> {
    type Output = Result<S::Output, Error>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        // Not one `match` by value over all states: that moves the poller too, at each poll.
        if matches!(*self, Self::Away) {
            *self = Self::Over;
            // The future may have come to a run of another driver.
            return Poll::Ready(own_kernel::<B>().and_then(|k| S::finish(k, k.here())));
        }
        if !matches!(*self, Self::Start(..)) {
            return self.finish_in_future();
        }
        let Self::Start(step, _) = std::mem::replace(&mut *self, Self::Over) else {
            // Never: a panic here would make the compiler keep the whole state for it.
            return Poll::Pending;
        };
        if const { !matches!(B::FORM, Form::Polled) } {
            return Poll::Ready(other_form::<B, S>(step));
        }
        match step.try_start(OfThread::<B>::new()) {
            Ok(Turn::Done(result)) => Poll::Ready(result),
            Ok(Turn::Away(_)) => {
                *self = Self::Away;
                Poll::Pending
            }
            Err(step) => self.start_completely(step),
        }
    }
}

impl<B: Driver, S: Step> Waiting<B, S> {
    #[cold]
    #[inline(never)]
    fn start_completely(&mut self, step: S) -> Poll<Result<S::Output, Error>> {
        let poller = kernel_of_thread().ok().and_then(Kernel::poller);
        match budget::start::<B, S>(step) {
            Turn::Done(result) => Poll::Ready(result),
            Turn::Away(_) => {
                *self = poller.map_or(Self::Away, Self::AwayInFuture);
                Poll::Pending
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn finish_in_future(&mut self) -> Poll<Result<S::Output, Error>> {
        let Self::AwayInFuture(poller) = std::mem::replace(self, Self::Over) else {
            unreachable!("a future is not polled after its end")
        };
        match kernel_here::<B>().and_then(|kernel| Ok((kernel, kernel.resumed(&poller)?))) {
            Ok((kernel, Some(me))) => Poll::Ready(S::finish(kernel, me)),
            Ok((_, None)) => {
                *self = Self::AwayInFuture(poller);
                Poll::Pending
            }
            Err(error) => Poll::Ready(Err(error)),
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
        Ok(()) => Turn::Away(Switch { from: me, to: kernel.here() }),
    }
}

/// Moves control from `me` to `next`.
#[inline(always)]
pub(in crate::kernel) fn away<T>(kernel: &Kernel, me: Tasklet, next: Tasklet) -> Turn<T> {
    kernel.set_current(next);
    Turn::Away(Switch { from: me, to: next })
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
pub(in crate::kernel) use or_done;

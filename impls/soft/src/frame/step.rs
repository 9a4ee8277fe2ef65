//! The steps of frames: what runs them, and how a result gets out of the last one.
//!
//! ```text
//! first_step --> called_step --> step --> step --> .. --> returned
//!  spawned         called         every later one          its caller reads the result
//! ```

use switchback::{
    Error, Request,
    frame::{Frame, Outcome},
    give_up,
    kernel::{Kernel, Next},
};

use super::{
    Content, FrameBox, FramePtr,
    chain::{self, Left},
    drop_frame,
    signal::{self, Signal},
};
use crate::{Soft, pool};

/// Runs a frame, which is that of the tasklet to run in this kernel, and after it as many others as
/// are left; gives the tasklet to run then. If there is none, it has left a [signal](Signal). Last
/// comes the tasklet that ran before this one.
pub(crate) type StepFn =
    for<'k> unsafe fn(&'k Kernel, Next<'k>, FramePtr, Left, Next<'k>) -> Option<Next<'k>>;

/// The step of a frame that has been suspended. Whatever it calls is the last thing it does, so
/// that it keeps nothing over a call.
///
/// # Safety
/// `this` is an `F`, and `me` is of `kernel`.
pub(super) unsafe fn step<'k, F: Frame<Soft>>(
    kernel: &'k Kernel,
    me: Next<'k>,
    this: FramePtr,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    // SAFETY: promised by the caller.
    unsafe {
        let end = this.running::<F>().step(kernel.step_of(me), Leaving);
        go_on::<F>(kernel, me, this, left, last, end, this.header().parent.get().is_none())
    }
}

/// The first step of a frame.
///
/// # Safety
/// As [`step`].
#[inline]
pub(super) unsafe fn called_step<'k, F: Frame<Soft>>(
    kernel: &'k Kernel,
    me: Next<'k>,
    this: FramePtr,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    // SAFETY: promised by the caller.
    unsafe {
        let end = start::<F>(this, kernel, me);
        go_on::<F>(kernel, me, this, left, last, end, this.header().parent.get().is_none())
    }
}

/// # Safety
/// As [`step`].
#[inline(always)]
unsafe fn start<'k, F: Frame<Soft>>(
    this: FramePtr,
    kernel: &'k Kernel,
    me: Next<'k>,
) -> End<'k, F::Return> {
    this.header().step.set(step::<F>);
    // SAFETY: promised by the caller.
    unsafe { this.running::<F>().start(kernel.step_of(me), Leaving) }
}

/// The first step of the first frame of a tasklet.
///
/// # Safety
/// As [`step`].
pub(super) unsafe fn first_step<'k, F: Frame<Soft>>(
    kernel: &'k Kernel,
    me: Next<'k>,
    this: FramePtr,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    match me.start() {
        Ok(()) => {
            this.header().parent.set(None);
            // SAFETY: promised by the caller.
            unsafe {
                let end = start::<F>(this, kernel, me);
                go_on::<F>(kernel, me, this, left, last, end, true)
            }
        }
        Err(thrown) => {
            // The tasklet has no body from now on: a destructor that panics must not find it.
            me.set_body(0);
            // SAFETY: promised by the caller; the frame has ended, and is not used again.
            let outcome = give_up(thrown, || unsafe { drop_frame::<F>(this) });
            chain::end_otherwise(kernel, outcome)
        }
    }
}

/// The step of a frame that does not run any more.
pub(super) unsafe fn returned<'k>(
    _: &'k Kernel,
    _: Next<'k>,
    _: FramePtr,
    _: Left,
    _: Next<'k>,
) -> Option<Next<'k>> {
    signal::give(Signal::Returned)
}

/// # Safety
/// As [`step`].
#[inline(always)]
unsafe fn go_on<'k, F: Frame<Soft>>(
    kernel: &'k Kernel,
    me: Next<'k>,
    this: FramePtr,
    left: Left,
    last: Next<'k>,
    end: End<'k, F::Return>,
    outermost: bool,
) -> Option<Next<'k>> {
    match end {
        End::Switch(next) => chain::switch(kernel, me, next, left, last),
        End::Signal(Signal::Call) => chain::call(kernel, me, this, left, last),
        End::Signal(signal) => signal::give(signal),
        End::Far(next) => next,
        End::Return(result) => {
            // The state that is left behind is the last one, which holds nothing.
            if outermost {
                // The value first: should that panic, the loop looks for the frame.
                let failure = result.map(drop).err();
                // SAFETY: the frame has ended, and is not used again.
                unsafe { pool::give(this.0.cast::<FrameBox<F>>()) };
                // By value: something to drop after the last call would keep it from being that.
                return match failure {
                    None => chain::end(kernel, me, left, last),
                    Some(error) => chain::end_otherwise(kernel, Err(error)),
                };
            }
            // SAFETY: promised by the caller.
            unsafe { std::ptr::write(this.content::<F>(), Content::Returned(result)) };
            this.header().step.set(returned);
            chain::back(kernel, me, this, left, last)
        }
    }
}

/// As [`go_on`], for a result that comes out of a function of its own.
///
/// # Safety
/// As [`step`].
pub(super) unsafe fn arrive<'k, F: Frame<Soft>>(
    kernel: &'k Kernel,
    me: Next<'k>,
    this: FramePtr,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    // SAFETY: promised by the caller.
    unsafe {
        let outermost = this.header().parent.get().is_none();
        go_on::<F>(kernel, me, this, left, last, End::Return(signal::take()), outermost)
    }
}

/// How a step ended.
enum End<'k, R> {
    Switch(Next<'k>),
    Signal(Signal),
    Return(Result<R, Error>),
    /// As a function of its own has it.
    Far(Option<Next<'k>>),
}

struct Leaving;

impl<'k, R: 'static> Outcome<'k, R> for Leaving {
    type Signal = End<'k, R>;
    type Far = Option<Next<'k>>;

    #[inline(always)]
    fn asks(self, request: Request<'k>) -> End<'k, R> {
        match request {
            Request::Switch(next) => End::Switch(next),
            Request::Call => End::Signal(Signal::Call),
            // Waiting is nothing that an operation of the kernel asks for.
            Request::Again | Request::Wait => End::Signal(Signal::Again),
        }
    }

    #[inline(always)]
    fn returned(self, result: Result<R, Error>) -> End<'k, R> {
        End::Return(result)
    }

    #[inline(always)]
    fn far(end: End<'k, R>) -> Option<Next<'k>> {
        match end {
            End::Switch(next) => Some(next),
            End::Signal(signal) => signal::give(signal),
            End::Far(next) => next,
            End::Return(result) => {
                signal::put(result);
                signal::give(Signal::Left)
            }
        }
    }

    #[inline(always)]
    fn near(next: Option<Next<'k>>) -> End<'k, R> {
        End::Far(next)
    }
}

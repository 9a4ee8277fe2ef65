//! The steps of frames: what the loop calls, and how a result gets out of the last one.
//!
//! ```text
//! first_step --> called_step --> step --> step --> .. --> returned
//!  spawned         called         every later one          its caller reads the result
//! ```

use std::mem::MaybeUninit;

use switchback::{
    Error, Request,
    frame::{Frame, Outcome},
    kernel::{Kernel, Next},
};

use super::{Content, FrameBox, FramePtr, Signal, drop_frame};
use crate::{Soft, pool};

/// Runs a frame, which is that of the tasklet to run in this kernel, to its next signal.
pub(super) type StepFn = for<'k> unsafe fn(FramePtr, &'k Kernel, Next<'k>, &mut Out) -> Signal<'k>;

/// The step of a frame that has been suspended. In one that loops, whatever it calls is the last
/// thing it does, so that it keeps nothing over a call.
///
/// # Safety
/// `this` is an `F`, and `me` is of `kernel`.
pub(super) unsafe fn step<'k, F: Frame<Soft>>(
    this: FramePtr,
    kernel: &'k Kernel,
    me: Next<'k>,
    out: &mut Out,
) -> Signal<'k> {
    // SAFETY: promised by the caller.
    let (frame, here) = unsafe { (this.running::<F>(), kernel.step_of(me)) };
    let signal = frame.step(here, Leaving { kernel, out });
    match signal {
        // SAFETY: promised by the caller.
        Signal::Left if !F::LOOPS => unsafe { arrive::<F>(this, out) },
        signal => signal,
    }
}

/// The first step of a frame.
///
/// # Safety
/// As [`step`].
#[inline]
pub(super) unsafe fn called_step<'k, F: Frame<Soft>>(
    this: FramePtr,
    kernel: &'k Kernel,
    me: Next<'k>,
    out: &mut Out,
) -> Signal<'k> {
    this.header().step.set(step::<F>);
    // SAFETY: promised by the caller.
    let (frame, here) = unsafe { (this.running::<F>(), kernel.step_of(me)) };
    let signal = frame.start(here, Leaving { kernel, out });
    match signal {
        // SAFETY: promised by the caller.
        Signal::Left => unsafe { arrive::<F>(this, out) },
        signal => signal,
    }
}

/// Takes over the result that the last step has left.
///
/// # Safety
/// `this` is an `F`, and its last step has left a result.
#[inline]
pub(super) unsafe fn arrive<F: Frame<Soft>>(this: FramePtr, out: &mut Out) -> Signal<'static> {
    // SAFETY: a frame that is generic over its outcome gets the signal for this from `Leaving`
    // only, which has stored the result then.
    let result = unsafe { out.take::<Result<F::Return, Error>>() };
    // The state that is left behind is the last one, which holds nothing.
    if this.header().parent.get().is_none() {
        let outcome = result.map(drop);
        // SAFETY: the loop forgets a frame that has ended.
        unsafe { pool::give(this.0.cast::<FrameBox<F>>()) };
        return Signal::Ended(outcome);
    }
    // SAFETY: promised by the caller.
    unsafe { std::ptr::write(this.content::<F>(), Content::Returned(result)) };
    this.header().step.set(returned);
    Signal::Returned
}

/// Where a result is between the last step of a frame and the frame.
pub(crate) struct Out(MaybeUninit<[u64; 8]>);

impl Out {
    pub(crate) const fn new() -> Self {
        Self(MaybeUninit::uninit())
    }

    const fn fits<T>() -> bool {
        size_of::<T>() <= size_of::<Self>() && align_of::<T>() <= align_of::<Self>()
    }

    #[inline(always)]
    fn put<T>(&mut self, value: T) {
        let place = self.0.as_mut_ptr();
        if const { Self::fits::<T>() } {
            // SAFETY: size and alignment fit.
            unsafe { place.cast::<T>().write(value) }
        } else {
            // SAFETY: a pointer fits.
            unsafe { place.cast::<*mut T>().write(Box::into_raw(Box::new(value))) }
        }
    }

    /// # Safety
    /// The last that was put in is a `T`, and it has not been taken.
    #[inline(always)]
    unsafe fn take<T>(&mut self) -> T {
        let place = self.0.as_ptr();
        // SAFETY: promised by the caller; `put` has the same cases.
        unsafe {
            if const { Self::fits::<T>() } {
                place.cast::<T>().read()
            } else {
                *Box::from_raw(place.cast::<*mut T>().read())
            }
        }
    }
}

/// Turns the end of a step into a signal.
struct Leaving<'k, 'o> {
    kernel: &'k Kernel,
    out: &'o mut Out,
}

impl<'k, R> Outcome<'k, R> for Leaving<'k, '_> {
    type Signal = Signal<'k>;

    #[inline(always)]
    fn asks(self, request: Request<'k>) -> Signal<'k> {
        match request {
            Request::Switch(next) => Signal::Switch(next),
            Request::Call => Signal::Call,
            // Waiting is nothing that an operation of the kernel asks for.
            Request::Again | Request::Wait => Signal::Switch(self.kernel.next()),
        }
    }

    #[inline(always)]
    fn returned(self, result: Result<R, Error>) -> Signal<'k> {
        self.out.put(result);
        Signal::Left
    }
}

/// The step of a frame that does not run any more.
pub(super) unsafe fn returned<'k>(
    _: FramePtr,
    _: &'k Kernel,
    _: Next<'k>,
    _: &mut Out,
) -> Signal<'k> {
    Signal::Returned
}

/// # Safety
/// As [`step`].
pub(super) unsafe fn first_step<'k, F: Frame<Soft>>(
    this: FramePtr,
    kernel: &'k Kernel,
    me: Next<'k>,
    out: &mut Out,
) -> Signal<'k> {
    match kernel.start() {
        Ok(()) => {
            this.header().parent.set(None);
            // SAFETY: promised by the caller.
            unsafe { called_step::<F>(this, kernel, me, out) }
        }
        Err(thrown) => {
            // SAFETY: promised by the caller; the loop forgets a frame that has ended.
            unsafe { drop_frame::<F>(this) };
            Signal::Ended(Err(thrown))
        }
    }
}

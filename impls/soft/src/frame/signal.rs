//! What a step leaves for the loop.
//!
//! In thread-local places and not among its arguments, because it is seldom needed: what is on its
//! way goes no further than from the end of a step to the loop that called it.

use std::{
    cell::{Cell, UnsafeCell},
    mem::MaybeUninit,
};

/// What a step that gives no tasklet to run asks of the loop.
#[derive(Clone, Copy)]
pub(crate) enum Signal {
    /// To run the callee.
    Call,
    /// To run whom the kernel has chosen.
    Again,
    /// To take the result that is on its way.
    Left,
    /// To run the caller; the result waits in the frame.
    Returned,
}

/// Room for results without an allocation.
type Room = MaybeUninit<[u64; 8]>;

thread_local! {
    static SIGNAL: Cell<Signal> = const { Cell::new(Signal::Again) };
    static RESULT: UnsafeCell<Room> = const { UnsafeCell::new(MaybeUninit::uninit()) };
}

/// Leaves a signal: there is no tasklet to run.
#[inline(always)]
pub(super) fn give<T>(signal: Signal) -> Option<T> {
    SIGNAL.set(signal);
    None
}

/// What the last step without a tasklet to run has left.
#[inline(always)]
pub(crate) fn last() -> Signal {
    SIGNAL.get()
}

const fn fits<T>() -> bool {
    size_of::<T>() <= size_of::<Room>() && align_of::<T>() <= align_of::<Room>()
}

/// Leaves a result, with the signal `Left` to follow.
#[inline(always)]
pub(super) fn put<T>(value: T) {
    RESULT.with(|room| {
        // SAFETY: nothing else has a pointer to it while this runs, and what is written fits.
        unsafe {
            if const { fits::<T>() } {
                room.get().cast::<T>().write(value);
            } else {
                room.get().cast::<*mut T>().write(Box::into_raw(Box::new(value)));
            }
        }
    });
}

/// # Safety
/// The last that was put in is a `T`, and it has not been taken.
#[inline(always)]
pub(super) unsafe fn take<T>() -> T {
    // SAFETY: promised by the caller; `put` has the same cases.
    RESULT.with(|room| unsafe {
        if const { fits::<T>() } {
            room.get().cast::<T>().read()
        } else {
            *Box::from_raw(room.get().cast::<*mut T>().read())
        }
    })
}

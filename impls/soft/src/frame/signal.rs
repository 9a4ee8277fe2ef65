//! What a step leaves for the loop.
//!
//! In thread-local places and not among its arguments, because it is seldom needed: what is on its
//! way goes no further than from the end of a step to the loop that called it.

use std::{
    any::TypeId,
    cell::{Cell, UnsafeCell},
    mem::MaybeUninit,
};

/// What a step that gives no tasklet to run asks of the loop.
#[derive(Clone, Copy)]
pub(crate) enum Signal {
    /// To run the callee.
    Call,
    /// To run the tasklet that the kernel has chosen.
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
    /// The type of the result that is on its way.
    static TYPE: Cell<Option<TypeId>> = const { Cell::new(None) };
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
pub(super) fn put<T: 'static>(value: T) {
    TYPE.set(Some(TypeId::of::<T>()));
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

/// The result that was left, which only the frame that left it may ask for.
#[inline(always)]
pub(super) fn take<T: 'static>() -> T {
    if TYPE.take() != Some(TypeId::of::<T>()) {
        unreachable!("the innermost frame of the running tasklet has left a result of its type")
    }
    // SAFETY: the type was stored with a value of it, once; `put` has the same cases.
    RESULT.with(|room| unsafe {
        if const { fits::<T>() } {
            room.get().cast::<T>().read()
        } else {
            *Box::from_raw(room.get().cast::<*mut T>().read())
        }
    })
}

//! From one frame to the next without the loop.
//!
//! ```text
//! by the loop     loop -> a -> loop -> b -> loop -> a ..      a call, a return and a jump each
//! as a chain      loop -> a -> b -> a -> ..                   a jump each
//! ```
//!
//! The last thing that a step does is to run the frame that is next. Compilers that optimize make
//! a jump of that. Rust does not promise it, so a chain ends after [`LINKS`] and goes on from the
//! loop: however it was compiled, the native stack does not grow with what tasklets do.
//!
//! Two tasklets that meet on a channel alternate, and each finds the other in a word that the other
//! has just stored, at an address that it found in its frame, which it found the same way. That
//! chain of loads is longer than the work. So the previous tasklet is passed in a register, and if
//! it is the one to run next, the register is taken: a processor predicts a comparison and waits
//! for nothing, where it would wait for a pointer.

use std::cell::Cell;

use switchback::{
    Error,
    frame::unlikely,
    kernel::{Kernel, Next},
};

use super::{
    FramePtr,
    signal::{self, Signal},
};

/// Frames a chain may still run.
pub(crate) type Left = usize;

/// Frames in a chain behind the first; few in builds where a call is sure to stay one.
pub(crate) const LINKS: Left = if cfg!(debug_assertions) { 3 } else { 64 };

thread_local! {
    /// A callee on its way to the frame above it.
    pub(crate) static CALLEE: Cell<Option<FramePtr>> = const { Cell::new(None) };
    /// A frame that returned, on its way to its caller.
    pub(crate) static RETURNED: Cell<Option<FramePtr>> = const { Cell::new(None) };
}

/// Goes on with `next`, which the kernel has chosen for after `me`. `last` ran before `me`.
#[inline(always)]
pub(super) fn switch<'k>(
    kernel: &'k Kernel,
    me: Next<'k>,
    next: Next<'k>,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    if left == 0 {
        unlikely();
        return Some(next);
    }
    // Equal, but not known as early: see above.
    if next == last { go(kernel, last, left - 1, me) } else { go(kernel, next, left - 1, me) }
}

#[inline(always)]
fn go<'k>(kernel: &'k Kernel, next: Next<'k>, left: Left, last: Next<'k>) -> Option<Next<'k>> {
    // SAFETY: a body of this driver is the address of a frame, kept until the tasklet ends.
    match unsafe { FramePtr::of_body(next.body()) } {
        Some(frame) => frame.step(kernel, next, left, last),
        None => {
            unlikely();
            Some(next)
        }
    }
}

/// Goes on with `frame`, which is the innermost one of the running tasklet now.
#[inline(always)]
fn run<'k>(
    kernel: &'k Kernel,
    me: Next<'k>,
    frame: FramePtr,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    me.set_body(frame.body());
    if left == 0 { signal::give(Signal::Again) } else { frame.step(kernel, me, left - 1, last) }
}

/// Goes on with the callee of `caller`.
#[inline(never)]
pub(crate) fn call<'k>(
    kernel: &'k Kernel,
    me: Next<'k>,
    caller: FramePtr,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    let Some(callee) = CALLEE.take() else { return signal::give(Signal::Again) };
    callee.set_parent(caller);
    run(kernel, me, callee, left, last)
}

/// Goes on with the caller of `frame`, whose result waits in it.
#[inline(never)]
pub(crate) fn back<'k>(
    kernel: &'k Kernel,
    me: Next<'k>,
    frame: FramePtr,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    // Main's outermost frame is the loop's.
    let Some(caller) = frame.parent() else { return signal::give(Signal::Returned) };
    RETURNED.set(Some(frame));
    run(kernel, me, caller, left, last)
}

/// Goes on after the end of `me`, the running tasklet, whose frames are gone.
#[inline(never)]
pub(crate) fn end<'k>(
    kernel: &'k Kernel,
    me: Next<'k>,
    left: Left,
    last: Next<'k>,
) -> Option<Next<'k>> {
    // SAFETY: steps are called with the tasklet that runs, and this is the end of one.
    match unsafe { kernel.end_short(me) } {
        Some(next) => switch(kernel, me, next, left, last),
        None => end_otherwise(kernel, Ok(())),
    }
}

/// Ends the running tasklet, whose frames are gone, with `outcome`.
#[cold]
#[inline(never)]
pub(crate) fn end_otherwise(kernel: &Kernel, outcome: Result<(), Error>) -> Option<Next<'_>> {
    kernel.end(outcome);
    Some(kernel.next())
}

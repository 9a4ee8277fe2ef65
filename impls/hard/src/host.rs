//! Which stack resumes which: the host loop, and tasklets that stand in for it.
//!
//! ```text
//!   host  resumes  first  resumes  second             two that alternate: one change of stacks a switch
//!   host  resumes  first  resumes  b, c, d, ..        others: first serves them as the host would,
//!                                                     until it is current, or two of them alternate
//! ```

use std::{cell::Cell, ptr};

use corosensei::Yielder;
use switchback::kernel::Kernel;

use crate::fiber::Fiber;

thread_local! {
    /// The fiber that the host loop resumed: its stack is the one next to the host's.
    static FIRST: Cell<*const Fiber> = const { Cell::new(ptr::null()) };
    /// The fiber that the first one resumed last. Kept, with its yielder, while it stays the
    /// same: the wanted fiber is compared with it, which processors predict, and is found here, at
    /// an address known long before. Otherwise every switch would wait for the one before, through
    /// the channel, the tasklet, its body, its fiber and the pointers on its stack.
    static SECOND: Cell<*const Fiber> = const { Cell::new(ptr::null()) };
    /// Where the second suspends.
    static YIELDER: Cell<*const Yielder<(), usize>> = const { Cell::new(ptr::null()) };
    /// True while the second executes, not the first.
    static SECONDED: Cell<bool> = const { Cell::new(false) };
}

/// A fiber goes. Another one may come to lie at its address.
#[cfg(switchback_no_pools)]
pub(crate) fn forget(fiber: &Fiber) {
    if ptr::eq(SECOND.get(), fiber) {
        SECOND.set(ptr::null());
    }
}

/// # Safety
/// `body` is the address of a fiber of this thread.
#[inline(always)]
unsafe fn set_second(body: usize) {
    let fiber = ptr::with_exposed_provenance::<Fiber>(body);
    SECOND.set(fiber);
    // SAFETY: promised by the caller.
    YIELDER.set(unsafe { (*fiber).yielder.get() });
}

/// Runs the second fiber until it suspends; gives the body that is current then.
///
/// # Safety
/// The first fiber executes, and the second is another one.
#[inline(always)]
unsafe fn resume_second() -> usize {
    SECONDED.set(true);
    // SAFETY: it was set to a fiber of this thread; all but the first are suspended.
    let wanted = unsafe { (*SECOND.get()).resume() };
    SECONDED.set(false);
    wanted
}

/// Suspends the first fiber, so that the host resumes `next`.
///
/// # Safety
/// The first fiber executes.
unsafe fn leave_host(next: usize) {
    // SAFETY: a fiber outlives its coroutine, at the bottom of whose stack the yielder lies.
    unsafe { (*(*FIRST.get()).yielder.get()).suspend(next) }
}

/// Control went to a third tasklet, or to none.
///
/// # Safety
/// As [`serve`].
#[cold]
#[inline(never)]
unsafe fn elsewhere(last: usize, next: usize) {
    // SAFETY: promised by the caller.
    unsafe {
        if next == 0 {
            leave_host(0);
        } else {
            serve(last, next);
        }
    }
}

/// The first fiber as host of all others, until it is current again, or two of them alternate:
/// then one of those shall be first.
///
/// # Safety
/// The first fiber executes; `last` is the body that it resumed last, `next` the one that is
/// current now.
unsafe fn serve(mut last: usize, mut next: usize) {
    let first = FIRST.get().addr();
    // A fiber resumed here stays second only until the next one is resumed.
    SECOND.set(FIRST.get());
    SECONDED.set(true);
    // Two places that resume, in turn: from a single one, processors predict by its address what
    // it will load, and guess wrong.
    loop {
        let ended = |wanted: usize, last: usize| wanted == first || wanted == last || wanted == 0;
        // SAFETY: a fiber that is current but does not execute is suspended.
        let wanted = unsafe { serve_one(next) };
        if ended(wanted, last) {
            next = wanted;
            break;
        }
        // SAFETY: as above.
        last = unsafe { serve_one(wanted) };
        if ended(last, next) {
            next = last;
            break;
        }
        (last, next) = (wanted, last);
    }
    SECONDED.set(false);
    if next != first {
        // SAFETY: promised by the caller.
        unsafe { leave_host(next) }
    }
}

/// # Safety
/// `body` is the address of a suspended fiber of this thread.
#[inline(always)]
unsafe fn serve_one(body: usize) -> usize {
    let fiber = ptr::with_exposed_provenance::<Fiber>(body);
    // SAFETY: promised by the caller.
    unsafe {
        YIELDER.set((*fiber).yielder.get());
        (*fiber).resume()
    }
}

/// The host loop: runs the others until main is current.
///
/// It has little to do: a fiber that has to wait resumes the next one itself, gets control back
/// when that one waits, and so is the host of all others until it is current again. Of two
/// tasklets that alternate, one is the host, so that a switch between them is one change of
/// stacks and not two. Only a fiber resumed from here may be host, so that there are never more
/// than three stacks in a row.
#[inline(never)]
pub(crate) fn host(kernel: &Kernel) {
    // A scheduler may be run by a tasklet of another.
    let outside = (FIRST.get(), SECOND.get(), YIELDER.get(), SECONDED.replace(false));
    loop {
        let mut body = kernel.body();
        while body != 0 {
            let fiber = ptr::with_exposed_provenance::<Fiber>(body);
            FIRST.set(fiber);
            SECOND.set(fiber);
            // SAFETY: a body of this driver is the address of a fiber, made by `create` and kept
            // until `end` or `abandon`; the kernel runs it on this thread only, and it is
            // suspended, because the host runs.
            body = unsafe { (*fiber).resume() };
        }
        if kernel.at_main() {
            break;
        }
        // A tasklet without a stack: its slot says why.
        kernel.end(kernel.start());
    }
    FIRST.set(outside.0);
    SECOND.set(outside.1);
    YIELDER.set(outside.2);
    SECONDED.set(outside.3);
}

/// Gives control away from the fiber this runs on, until it is current again.
///
/// # Safety
/// Runs on a fiber; `next` is 0 or the address of a suspended fiber of this thread.
#[inline(always)]
pub(crate) unsafe fn leave(next: usize) {
    if SECONDED.get() {
        // SAFETY: the fiber that resumed this one has set it; the yielder lies at the bottom of the
        // stack this runs on.
        unsafe { &*YIELDER.get() }.suspend(next);
        return;
    }
    if next != SECOND.get().addr() {
        if next == 0 {
            // SAFETY: the first fiber executes.
            unsafe { leave_host(0) }
            return;
        }
        // SAFETY: promised by the caller.
        unsafe { set_second(next) }
    }
    // SAFETY: the second is not the first, which executes.
    let wanted = unsafe { resume_second() };
    if wanted != FIRST.get().addr() {
        // SAFETY: this is the first fiber, and `wanted` is the current body.
        unsafe { elsewhere(next, wanted) }
    }
}

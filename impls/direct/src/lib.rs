//! Direct switching: every tasklet has a native stack, and control goes from one straight to the
//! next.
//!
//! ```text
//! stack of the caller        a stack             another stack
//!   Direct::run                base: entry         base: entry
//!     settle                     tasklet             tasklet
//!       switch to main  ----->     ..
//!                                  switch  -------->   ..
//!                                  ..      <--------   switch
//!     ..            <------------  main ends
//! ```
//!
//! The body of a suspended tasklet is its stack pointer: what a switch needs is in the kernel's
//! block of the tasklet, where the kernel reads anyway, and on top of its stack.

#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]

/// The README, so that its example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod fiber;
mod pool;
#[cfg(switchback_no_pools)]
mod sanitizer;
mod switch;

use std::{cell::Cell, ptr};

use switchback::{
    Blocking, Capabilities, Error, Tasklet, give_up,
    kernel::{Driver, Kernel},
};

pub use pool::trim;
pub use switchback_stacks::region::most as most_stacks;

/// The backend. See the crate documentation for how it works and its README for costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Direct;

impl Blocking for Direct {}

/// Stack pointer of the code that runs a scheduler, while tasklets of that execute. It stays in its
/// place for the whole run: unwinders look there.
#[derive(Default)]
struct Host(Cell<usize>);

thread_local! {
    /// The host of the innermost scheduler of this thread.
    static HOST: Cell<*const Cell<usize>> = const { Cell::new(ptr::null()) };
}

// SAFETY: a body is the stack pointer of a suspended computation, or of a fiber that has its job and
// has not begun. A fiber goes back to the pool when its job has ended or was dropped. `suspend`, and a
// job at its end, goes to the body that is current. A job looks into the slot first and ends its
// tasklet last. `Host` is the one state. The kernel is lent to jobs, which are this crate's code
// around those of users.
unsafe impl Driver for Direct {
    const NAME: &'static str = "direct";
    const CAPABILITIES: Capabilities = Capabilities { blocking: true, ..Capabilities::NONE };

    #[inline(always)]
    fn create<K: Tasklet<Self>>(_: &Kernel, tasklet: K) -> Result<usize, Error> {
        match pool::take() {
            Ok(fiber) => Ok(fiber.assign(tasklet)),
            Err(refusal) => give_up(refusal, || drop(tasklet)),
        }
    }

    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        fiber::run_main(kernel, main)
    }

    fn settle(kernel: &Kernel) {
        let host = kernel.state::<Host>();
        // A scheduler may be run by a tasklet of another.
        let outside = HOST.replace(&raw const host.0);
        loop {
            let body = kernel.body();
            if body != 0 {
                // SAFETY: the body of the current tasklet is suspended, since this executes. Control
                // comes back when a tasklet without a body is current.
                unsafe { switch::go(host.0.as_ptr(), body) };
            } else if kernel.at_main() {
                break;
            } else {
                // A tasklet without a stack: its slot says why.
                kernel.end(kernel.start());
            }
        }
        HOST.set(outside);
    }

    #[inline(always)]
    unsafe fn suspend(body: &Cell<usize>, next: usize) {
        // SAFETY: promised by the caller: `next` is suspended, and `body` exists until this one
        // goes on. The host is suspended while a tasklet executes.
        unsafe { switch::go(body.as_ptr(), place(next)) }
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        unsafe { fiber::abandon(body) }
    }
}

/// Where the computation of a body goes on; a tasklet that has none is the host's to deal with.
#[inline(always)]
fn place(body: usize) -> usize {
    #[cold]
    fn host() -> usize {
        // SAFETY: a tasklet of this driver executes, so a host of this thread waits in `settle`.
        unsafe { (*HOST.get()).get() }
    }
    if body == 0 { host() } else { body }
}

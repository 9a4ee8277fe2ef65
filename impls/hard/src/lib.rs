//! Hard switching: every tasklet has a native stack of its own, switched by corosensei.
//!
//! ```text
//! host stack                first fiber                   second fiber
//!   Hard::run                  entry: loop { job; suspend }  entry: loop { job; suspend }
//!     host: loop {               job: tasklet().wait()         job: tasklet().wait()
//!       resume current  ----->     ..
//!                                  resume the next    ----->     ..
//!                                  ..                 <-----     suspend
//!     }                 <-----     suspend: neither of the two is next, and others alternate
//! ```
//!
//! Fibers have 64 KiB of stack each and 8 MiB for main, and are pooled per OS thread. Main is a
//! fiber too, so that every switch is the same.

/// The README, so that its example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod fiber;
mod host;
mod pool;
mod stack;

use std::cell::Cell;

use switchback::{
    Blocking, Capabilities, Error, Tasklet, give_up,
    kernel::{Driver, Kernel},
};

use fiber::Fiber;

pub use pool::trim;

/// Tasklets of a process that the system has stacks for, as far as it limits their number.
///
/// Linux 6.13 and later do not, and have `None` here: there a guard page splits no mapping. Before
/// that, each stack takes two of the mappings of the process (`vm.max_map_count`). Elsewhere it is
/// not known, and `None`.
#[must_use]
pub fn most_stacks() -> Option<usize> {
    #[cfg(target_os = "linux")]
    {
        switchback_stacks::region::most()
    }
    #[cfg(not(target_os = "linux"))]
    {
        None
    }
}

/// The backend. See the crate documentation for how it works and its README for costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hard;

impl Blocking for Hard {}

// SAFETY: a body is the address of a fiber, which goes back to the pool when its job has ended or was
// dropped. The host resumes the fiber of the current tasklet, and so does a fiber that waits; a job
// looks into the slot first, and ends its tasklet last. The kernel is lent to jobs, which are this
// crate's code around those of users.
unsafe impl Driver for Hard {
    const NAME: &'static str = "hard";
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
        host::host(kernel);
    }

    #[inline(always)]
    unsafe fn suspend(_: &Cell<usize>, next: usize) {
        // SAFETY: promised by the caller: the tasklet that executes is a fiber's, and the one that is
        // current another, which is suspended.
        unsafe { host::leave(next) }
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        unsafe { Fiber::abandon(body) }
    }
}

//! Hard switching: every tasklet has a native stack of its own, switched by corosensei.
//!
//! ```text
//! host stack                 fiber stacks, 64 KiB each and 8 MiB for main, pooled per OS thread
//!   Hard::run                  entry: loop { take job; run it; suspend }
//!     settle: loop {             job: tasklet().wait()
//!       resume current  ----->     ..
//!     }                 <-----     suspend
//! ```
//!
//! Main is a fiber too, so that every switch is the same: out to the host loop, and in to
//! whoever the kernel says is current.

/// The README, so that its example is tried.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod fiber;
mod stack;

use switchback::{
    Blocking, Capabilities, Error, Tasklet,
    kernel::{Driver, Kernel},
};

use fiber::Fiber;

/// The backend. See the crate documentation for how it works and its README for costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hard;

impl Blocking for Hard {}

impl Driver for Hard {
    const NAME: &'static str = "hard";
    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: true,
        blocking: true,
        portable: false,
        control: true,
        throw: true,
        close: true,
        deadlock: true,
        parallel: false,
        ..Capabilities::NONE
    };

    #[inline(always)]
    fn create<K: Tasklet<Self>>(tasklet: K) -> Result<usize, Error> {
        Ok(fiber::take()?.assign(tasklet))
    }

    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        fiber::run_main(kernel, main)
    }

    #[inline(never)]
    fn settle(kernel: &Kernel) {
        let mut body = kernel.body();
        loop {
            // Two resume sites in turn: with a single one, processors predict from its address
            // what it will load, and guess wrong whenever two tasklets alternate.
            while body != 0 {
                body = resume(body);
                if body == 0 {
                    break;
                }
                body = resume(body);
            }
            if kernel.at_main() {
                return;
            }
            // A tasklet without a stack: its slot says why.
            kernel.end(kernel.start());
            body = kernel.body();
        }
    }

    #[inline(always)]
    fn suspend(next: usize) {
        // SAFETY: operations suspend the tasklet that executes them, which is a fiber's.
        unsafe { Fiber::leave(next) }
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        unsafe { Fiber::abandon(body) }
    }
}

/// Runs a fiber until it suspends; gives the body of who is current then.
#[inline(always)]
fn resume(body: usize) -> usize {
    // SAFETY: a body of this driver is the address of a fiber, made by `create` and kept until
    // `end` or `abandon`; the kernel runs it on this thread only, and it is suspended, because
    // the host runs.
    unsafe { Fiber::resume(body) }
}

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
    };

    #[inline(always)]
    fn create<K: Tasklet<Self>>(tasklet: K) -> Result<usize, Error> {
        Ok(fiber::take()?.assign(tasklet))
    }

    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        fiber::run_main(kernel, main)
    }

    #[inline(never)]
    fn settle(_: &Kernel) {
        // Two resume sites in turn: with a single one, processors predict from its address
        // what it will load, and guess wrong whenever two tasklets alternate.
        while resume_current() && resume_current() {}
    }

    #[inline(always)]
    fn suspend(_: usize) {
        // SAFETY: operations suspend the tasklet that executes them, which is a fiber's.
        unsafe { Fiber::leave() }
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        unsafe { Fiber::abandon(body) }
    }
}

/// Runs whoever is current until it suspends; false if that is main and main has no body.
#[inline(always)]
fn resume_current() -> bool {
    // The kernel comes from its thread-local place in every round: kept on the host's stack it
    // would be reloaded through the stack pointer, whose value is the last thing known about a
    // switch.
    let Ok(kernel) = Kernel::here_now() else { return false };
    let body = kernel.body();
    if body == 0 {
        return end_bodiless(kernel);
    }
    // SAFETY: a body of this driver is the address of a fiber, made by `create` and kept until
    // `end` or `abandon`; the kernel runs it on this thread only, and it is suspended, because
    // the host runs.
    unsafe { Fiber::resume(body) }
    true
}

#[cold]
#[inline(never)]
fn end_bodiless(kernel: &Kernel) -> bool {
    if kernel.at_main() {
        return false;
    }
    // A tasklet without a stack: its slot says why.
    kernel.end(kernel.start());
    true
}

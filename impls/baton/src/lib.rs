//! Threads with a baton: every tasklet is an OS thread, and one of them runs at a time.
//!
//! ```text
//!   main           o--spawn--spawn----+              +---------+        joins all, returns
//!   tasklet 1                         +----+    +----+         |         ^
//!   tasklet 2                              +----+              +-- .. ---+
//!                                     the baton: suspend passes it to the current tasklet
//! ```
//!
//! The operating system suspends and resumes, the kernel decides; so the order of events is that
//! of all other order-exact backends, and foreign code of any kind may be on the stack of a
//! suspended tasklet.

mod run;
mod seat;

use std::cell::Cell;

use switchback::{
    Blocking, Capabilities, Error, Tasklet,
    kernel::{Driver, Kernel},
};

use run::{Run, hand_over};

/// Most threads of one run, main's not counted; a tasklet beyond that ends with
/// [`Kind::Exhausted`](switchback::Kind). On Linux a thread has four memory mappings, and a
/// process 65,530 of them unless the system is told otherwise.
pub const MAX_THREADS: usize = 10_000;

/// The backend. See the crate documentation for how it works and its README for costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Baton;

impl Blocking for Baton {}

// SAFETY: a body is the address of a seat, which its run keeps to its end. The baton is passed to the
// thread of the current tasklet, and all others wait; a job looks into the slot first, and its
// thread ends its tasklet last. `Run` is the one state; the kernel goes to the threads of its run
// alone.
unsafe impl Driver for Baton {
    const NAME: &'static str = "baton";
    const CAPABILITIES: Capabilities = Capabilities { blocking: true, ..Capabilities::NONE };

    fn create<K: Tasklet<Self>>(kernel: &Kernel, tasklet: K) -> Result<usize, Error> {
        kernel.state::<Run>().assign(kernel, tasklet)
    }

    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        match kernel.state::<Run>().seat_main() {
            Ok(body) => kernel.set_body(body),
            Err(ending) => return kernel.give_up(ending, main),
        }
        main.wait()
    }

    fn settle(kernel: &Kernel) {
        hand_over(kernel);
    }

    unsafe fn suspend(_: &Cell<usize>, _: usize) {
        // SAFETY: promised by the caller: a tasklet of this driver suspends, so there is a kernel.
        let _ = unsafe { Kernel::with(hand_over) };
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller: bodies are made by `create`, from seats of this run.
        unsafe { Kernel::with(|kernel| kernel.state::<Run>().abandon(body)) }.unwrap_or(false)
    }
}

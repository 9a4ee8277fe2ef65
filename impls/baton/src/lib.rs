//! Threads with a baton: every tasklet is an OS thread, and one of them runs at a time.
//!
//! ```text
//!   main           o--spawn--spawn----+              +---------+        joins all, returns
//!   tasklet 1                         +----+    +----+         |         ^
//!   tasklet 2                              +----+              +-- .. ---+
//!                                     the baton: suspend passes it to whoever is current
//! ```
//!
//! The operating system suspends and resumes, the kernel decides; so the order of events is that
//! of all other order-exact backends, and foreign code of any kind may be on the stack of a
//! suspended tasklet.

mod run;
mod seat;

use switchback::{
    Blocking, Capabilities, Error, Tasklet, give_up,
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

impl Driver for Baton {
    const NAME: &'static str = "baton";
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

    fn create<K: Tasklet<Self>>(tasklet: K) -> Result<usize, Error> {
        Kernel::with(|kernel| kernel.state::<Run>().assign(kernel, tasklet))?
    }

    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        match kernel.state::<Run>().seat_main() {
            Ok(body) => kernel.set_body(body),
            Err(ending) => return give_up(ending, || drop(main)),
        }
        main.wait()
    }

    fn settle(kernel: &Kernel) {
        hand_over(kernel);
    }

    fn suspend(_: usize) {
        // Only tasklets suspend, so there is a kernel.
        let _ = Kernel::with(hand_over);
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller: bodies are made by `create`, from seats of this run.
        Kernel::with(|kernel| unsafe { kernel.state::<Run>().abandon(body) }).unwrap_or(false)
    }
}

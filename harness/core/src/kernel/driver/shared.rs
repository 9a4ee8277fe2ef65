//! One kernel on several threads in turn, for drivers whose tasklets are threads.

use std::ptr::NonNull;

use crate::kernel::{Entered, Kernel};

/// Where a kernel is, to be taken to the other threads of its run.
#[derive(Clone, Copy, Debug)]
pub struct Address(NonNull<Kernel>);

// SAFETY: the address alone gives no access; `enter` has the conditions.
unsafe impl Send for Address {}

impl Kernel {
    /// Its address.
    #[must_use]
    pub fn address(&self) -> Address {
        Address(NonNull::from_ref(self))
    }
}

impl Address {
    /// Makes the kernel that of the calling thread until the guard drops, so that operations
    /// and handles work there. The kernel itself is not touched.
    ///
    /// # Safety
    /// The kernel outlives the guard, or the thread executes nothing any more.
    ///
    /// While several threads have entered a kernel, one at a time executes: all others wait in
    /// [`Driver::suspend`](crate::kernel::Driver::suspend) or in code of the driver that touches neither
    /// the kernel nor anything a tasklet or callback has made. The thread that stops executing
    /// hands over with release ordering; the one that starts takes over with acquire ordering. The
    /// cells and counters of the kernel, the slots, and the callbacks with their `Rc` counts are
    /// not atomic; it is this order that makes them those of one thread.
    pub unsafe fn enter(self) -> Entered {
        Entered::new(self.0.cast())
    }
}

//! The control blocks of tasklets.
//!
//! ```text
//! one cache line, all a switch or a rendezvous touches
//!   next prev   neighbours in the ring or in a channel queue; next is null outside the ring
//!   channel     where it is blocked, or null
//!   slot        tag and 24 bytes of payload
//!   body        the suspended computation, a word only the driver understands
//! cold half     identity, flags, counts; where it is, `pages` knows
//! ```

use std::cell::Cell;

use crate::Error;
use crate::kernel::{Kernel, channel::block::Queue, memory::arena::Ptr, tasklet::slot::Slot};

pub(crate) type Tasklet = Ptr<TaskletBlock>;

/// The computation exists.
pub(crate) const ALIVE: u32 = 1;
/// The main tasklet.
pub(crate) const MAIN: u32 = 2;
/// Refuses to be blocked.
pub(crate) const BLOCK_TRAP: u32 = 4;
/// Suspended inside run(): native state, whatever the driver.
pub(crate) const PARKED: u32 = 8;
/// Not to be interrupted by a budget.
pub(crate) const ATOMIC: u32 = 16;
/// An interrupt waits for it: for the end of atomicity, or for its next switch in soft mode.
pub(crate) const PENDING: u32 = 32;
/// Its block has been given back.
pub(crate) const FREE: u32 = 64;
/// Being read or copied: not part of the scheduler yet.
pub(crate) const STAGED: u32 = 128;

/// Makes the computation of a tasklet that was bound but not set up.
pub(crate) type Function = Box<dyn FnOnce(&Kernel) -> Result<usize, Error>>;

#[repr(C, align(64))]
#[derive(Default)]
pub(crate) struct TaskletBlock {
    pub(crate) next: Cell<Option<Tasklet>>,
    pub(crate) prev: Cell<Option<Tasklet>>,
    pub(crate) channel: Cell<Option<Queue>>,
    pub(crate) slot: Slot,
    pub(crate) body: Cell<usize>,
}

/// What no switch touches of a tasklet.
#[derive(Default)]
pub(crate) struct Cold {
    pub(crate) number: Cell<u64>,
    /// Handles in the upper 56 bits: a program that forgets a clone each nanosecond needs two years
    /// for so many. Flags in the lower 8.
    word: Cell<u64>,
}

/// One handle.
const HANDLE: u64 = 1 << 8;

impl Cold {
    #[inline(always)]
    pub(crate) fn flags(&self) -> u32 {
        (self.word.get() & (HANDLE - 1)) as u32
    }

    #[inline(always)]
    pub(crate) fn set_flags(&self, flags: u32) {
        debug_assert!(u64::from(flags) < HANDLE);
        self.word.set(self.word.get() & !(HANDLE - 1) | u64::from(flags));
    }

    /// Flags, and one handle.
    #[inline(always)]
    pub(crate) fn start(&self, flags: u32) {
        self.word.set(u64::from(flags) | HANDLE);
    }

    /// Without handles and flags.
    #[inline(always)]
    pub(crate) fn clear(&self) {
        self.word.set(0);
    }

    /// Its block is given back.
    #[inline(always)]
    pub(crate) fn free(&self) {
        self.word.set(u64::from(FREE));
    }

    /// Whether there are no handles.
    #[inline(always)]
    pub(crate) fn is_forgotten(&self) -> bool {
        self.word.get() < HANDLE
    }

    /// One handle more.
    #[inline(always)]
    pub(crate) fn hold(&self) {
        self.word.set(self.word.get() + HANDLE);
    }

    /// One handle less.
    #[inline(always)]
    pub(crate) fn forget(&self) {
        self.word.set(self.word.get() - HANDLE);
    }

    /// Sets the number of handles.
    #[cfg(test)]
    pub(crate) fn set_handles(&self, count: u64) {
        self.word.set(u64::from(self.flags()) | count << 8);
    }
}

impl Ptr<TaskletBlock> {
    #[inline(always)]
    pub(crate) fn is(self, flag: u32) -> bool {
        self.cold().flags() & flag != 0
    }

    pub(crate) fn put(self, flag: u32, on: bool) -> bool {
        let (flags, old) = (self.cold().flags(), self.is(flag));
        self.cold().set_flags(if on { flags | flag } else { flags & !flag });
        old
    }
}

impl TaskletBlock {
    #[inline(always)]
    pub(crate) fn blocked(&self) -> bool {
        self.channel.get().is_some()
    }
}

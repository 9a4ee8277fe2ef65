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

use super::{arena::Ptr, slot::Slot, waiters::Queue};

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

/// Makes the computation of a tasklet that was bound but not set up.
pub(crate) type Function = Box<dyn FnOnce(Tasklet)>;

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
    pub(crate) refs: Cell<u32>,
    pub(crate) flags: Cell<u32>,
}

impl Ptr<TaskletBlock> {
    #[inline(always)]
    pub(crate) fn is(self, flag: u32) -> bool {
        self.cold().flags.get() & flag != 0
    }

    pub(crate) fn put(self, flag: u32, on: bool) -> bool {
        let (flags, old) = (&self.cold().flags, self.is(flag));
        flags.set(if on { flags.get() | flag } else { flags.get() & !flag });
        old
    }
}

impl TaskletBlock {
    #[inline(always)]
    pub(crate) fn blocked(&self) -> bool {
        self.channel.get().is_some()
    }
}

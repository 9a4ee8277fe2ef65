//! The control blocks of tasklets and channels.
//!
//! ```text
//! tasklet, first cache line: all a switch or a rendezvous touches
//!   next prev   neighbours in the ring or in a channel queue; next is null outside the ring
//!   channel     where it is blocked, or null
//!   slot        tag and 24 bytes of payload
//!   body        the suspended computation, a word only the driver understands
//! tasklet, second cache line: identity, flags, counts
//!
//! channel      first waiter, head and tail of the rest, balance, flags, refs, number
//! ```

use std::cell::{Cell, RefCell};

use super::{
    arena::{Block, Ptr},
    slot::Slot,
};

pub(crate) type Tasklet = Ptr<TaskletBlock>;
pub(crate) type Queue = Ptr<ChannelBlock>;

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
    // ---- second line
    pub(crate) number: Cell<u64>,
    pub(crate) refs: Cell<u32>,
    pub(crate) flags: Cell<u32>,
    pub(crate) function: RefCell<Option<Function>>,
}

impl TaskletBlock {
    #[inline(always)]
    pub(crate) fn is(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn put(&self, flag: u32, on: bool) -> bool {
        let old = self.is(flag);
        self.flags.set(if on { self.flags.get() | flag } else { self.flags.get() & !flag });
        old
    }

    #[inline(always)]
    pub(crate) fn blocked(&self) -> bool {
        self.channel.get().is_some()
    }
}

impl Block for TaskletBlock {
    fn link(&self) -> &Cell<Option<Ptr<Self>>> {
        &self.next
    }
}

/// Operations that would block are refused.
pub(crate) const CLOSING: u32 = 1;
pub(crate) const SCHEDULE_ALL: u32 = 2;
/// Two bits: 0 receiver (default), 4 caller, 8 sender.
pub(crate) const PREFER_CALLER: u32 = 4;
pub(crate) const PREFER_SENDER: u32 = 8;

#[repr(C, align(64))]
#[derive(Default)]
pub(crate) struct ChannelBlock {
    /// The first waiter, linked nowhere. For the same reason as `next` of the ring: one word
    /// stored and loaded again between the two sides of a rendezvous.
    pub(crate) first: Cell<Option<Tasklet>>,
    /// The waiters behind it.
    head: Cell<Option<Tasklet>>,
    tail: Cell<Option<Tasklet>>,
    /// Waiting senders, or minus the waiting receivers.
    pub(crate) balance: Cell<i64>,
    pub(crate) flags: Cell<u32>,
    pub(crate) refs: Cell<u32>,
    pub(crate) number: Cell<u64>,
    free: Cell<Option<Queue>>,
}

impl ChannelBlock {
    #[inline(always)]
    pub(crate) fn is(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn put(&self, flag: u32, on: bool) {
        self.flags.set(if on { self.flags.get() | flag } else { self.flags.get() & !flag });
    }

    /// Puts `t` at the end, waiting to send (+1) or to receive (-1).
    #[inline(always)]
    pub(crate) fn enqueue(this: Queue, t: Tasklet, direction: i64) {
        let balance = this.balance.get();
        this.balance.set(balance + direction);
        t.channel.set(Some(this));
        if balance == 0 {
            this.first.set(Some(t));
        } else {
            this.push_rest(t);
        }
    }

    #[inline(always)]
    fn push_rest(&self, t: Tasklet) {
        let tail = self.tail.replace(Some(t));
        t.prev.set(tail);
        t.next.set(None);
        match tail {
            Some(last) => last.next.set(Some(t)),
            None => self.head.set(Some(t)),
        }
    }

    /// Takes the first waiter out.
    pub(crate) fn dequeue(&self) -> Option<Tasklet> {
        let first = self.first.get()?;
        self.dequeue_first(first, self.balance.get().signum());
        Some(first)
    }

    /// Takes `first` out, which is the first waiter and waits in `direction`.
    #[inline(always)]
    pub(crate) fn dequeue_first(&self, first: Tasklet, direction: i64) {
        first.channel.set(None);
        self.balance.set(self.balance.get() - direction);
        let second = self.head.get();
        self.first.set(second);
        if let Some(second) = second {
            self.remove_rest(second);
        }
    }

    fn remove_rest(&self, t: Tasklet) {
        let (before, after) = (t.prev.replace(None), t.next.replace(None));
        match before {
            Some(b) => b.next.set(after),
            None => self.head.set(after),
        }
        match after {
            Some(a) => a.prev.set(before),
            None => self.tail.set(before),
        }
    }

    /// Takes `t` out, wherever it waits.
    pub(crate) fn remove(&self, t: Tasklet) {
        if self.first.get() == Some(t) {
            self.dequeue_first(t, self.balance.get().signum());
        } else {
            t.channel.set(None);
            self.balance.set(self.balance.get() - self.balance.get().signum());
            self.remove_rest(t);
        }
    }

    /// Puts `t` to the front.
    pub(crate) fn restore(this: Queue, t: Tasklet, direction: i64) {
        this.balance.set(this.balance.get() + direction);
        t.channel.set(Some(this));
        if let Some(second) = this.first.replace(Some(t)) {
            let head = this.head.replace(Some(second));
            second.prev.set(None);
            second.next.set(head);
            match head {
                Some(third) => third.prev.set(Some(second)),
                None => this.tail.set(Some(second)),
            }
        }
    }

    pub(crate) fn waiting(&self) -> Vec<Tasklet> {
        let rest = std::iter::successors(self.head.get(), |t| t.next.get());
        self.first.get().into_iter().chain(rest).collect()
    }
}

impl Block for ChannelBlock {
    fn link(&self) -> &Cell<Option<Ptr<Self>>> {
        &self.free
    }
}

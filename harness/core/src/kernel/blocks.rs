//! The control blocks of tasklets and channels.
//!
//! ```text
//! tasklet, one cache line: all a switch or a rendezvous touches
//!   next prev   neighbours in the ring or in a channel queue; next is null outside the ring
//!   channel     where it is blocked, or null
//!   slot        tag and 24 bytes of payload
//!   body        the suspended computation, a word only the driver understands
//! tasklet, cold half: identity, flags, counts; where it is, `pages` knows
//!
//! channel      first waiter and direction, head and tail of the rest, flags, refs, number
//! ```

use std::cell::Cell;

use super::{
    arena::{Block, Ptr},
    slot::Slot,
    unlikely,
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

/// Operations that would block are refused.
pub(crate) const CLOSING: u32 = 1;
pub(crate) const SCHEDULE_ALL: u32 = 2;
/// Two bits: 0 receiver (default), 4 caller, 8 sender.
pub(crate) const PREFER_CALLER: u32 = 4;
pub(crate) const PREFER_SENDER: u32 = 8;

/// Which way the waiters of a channel wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// To send: what a receiver meets.
    Sending,
    /// To receive: what a sender meets.
    Receiving,
}

impl Direction {
    /// +1 or -1, as in the specification.
    pub(crate) fn sign(self) -> i64 {
        match self {
            Self::Sending => 1,
            Self::Receiving => -1,
        }
    }

    pub(crate) fn opposite(self) -> Self {
        match self {
            Self::Sending => Self::Receiving,
            Self::Receiving => Self::Sending,
        }
    }
}

/// The first waiter, the direction of all, and whether a flag of the channel is set, in one word:
/// what limits a rendezvous is the number of words it stores, and then the questions it asks.
/// Tasklets lie at multiples of 64.
#[derive(Default)]
struct First(Cell<usize>);

/// Those who wait want to receive.
const RECEIVING: usize = 1;
/// The flags are not 0.
const SPECIAL: usize = 2;
const MARKS: usize = RECEIVING | SPECIAL;
const _: () = assert!(align_of::<TaskletBlock>() > MARKS);

impl First {
    #[inline(always)]
    fn get(&self, direction: Direction) -> Option<Tasklet> {
        let word = self.0.get();
        match direction {
            Direction::Sending if word & RECEIVING == 0 => Ptr::exposed(word & !MARKS),
            Direction::Receiving if word & RECEIVING != 0 => Ptr::exposed(word & !MARKS),
            _ => None,
        }
    }

    #[inline(always)]
    fn special(&self) -> usize {
        self.0.get() & SPECIAL
    }

    #[inline(always)]
    fn set(&self, first: Option<Tasklet>, direction: Direction, special: usize) {
        let word = match (first, direction) {
            (None, _) => 0,
            (Some(t), Direction::Sending) => t.expose(),
            (Some(t), Direction::Receiving) => t.expose() | RECEIVING,
        };
        self.0.set(word | special);
    }
}

/// Whom somebody meets on a channel without flags.
pub(crate) enum Meeting {
    /// The first of those who wait for it.
    Peer(Tasklet),
    /// It has to wait itself, as the first.
    Nobody,
    /// It has to wait behind others.
    Others,
}

#[repr(C, align(64))]
#[derive(Default)]
pub(crate) struct ChannelBlock {
    /// The first waiter, linked nowhere.
    first: First,
    /// The waiters behind it.
    head: Cell<Option<Tasklet>>,
    tail: Cell<Option<Tasklet>>,
    flags: Cell<u32>,
    pub(crate) refs: Cell<u32>,
    pub(crate) number: Cell<u64>,
    free: Cell<Option<Queue>>,
}

impl ChannelBlock {
    #[inline(always)]
    pub(crate) fn is(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub(crate) fn flags(&self) -> u32 {
        self.flags.get()
    }

    pub(crate) fn set_flags(&self, flags: u32) {
        self.flags.set(flags);
        let special = if flags == 0 { 0 } else { SPECIAL };
        self.first.0.set(self.first.0.get() & !SPECIAL | special);
    }

    pub(crate) fn put(&self, flag: u32, on: bool) {
        let flags = self.flags.get();
        self.set_flags(if on { flags | flag } else { flags & !flag });
    }

    /// Whom somebody meets who looks for those waiting in `direction`; nothing if a flag is set.
    #[inline(always)]
    pub(crate) fn meet(&self, direction: Direction) -> Option<Meeting> {
        let word = self.first.0.get();
        if word == 0 {
            return Some(Meeting::Nobody);
        }
        let wanted = if direction == Direction::Receiving { RECEIVING } else { 0 };
        if word & MARKS == wanted {
            return Some(Ptr::exposed(word & !MARKS).map_or(Meeting::Nobody, Meeting::Peer));
        }
        (word & SPECIAL == 0).then_some(Meeting::Others)
    }

    /// The first of those that wait in `direction`.
    #[inline(always)]
    pub(crate) fn first(&self, direction: Direction) -> Option<Tasklet> {
        self.first.get(direction)
    }

    #[inline(always)]
    pub(crate) fn is_deserted(&self) -> bool {
        self.first.0.get() & !SPECIAL == 0
    }

    /// Which way its waiters wait, if there are any.
    pub(crate) fn direction(&self) -> Option<Direction> {
        [Direction::Sending, Direction::Receiving].into_iter().find(|d| self.first(*d).is_some())
    }

    /// Waiting senders, or minus the waiting receivers. Counts them.
    pub(crate) fn balance(&self) -> i64 {
        self.direction().map_or(0, |d| d.sign() * self.waiting().len() as i64)
    }

    /// Puts `t` at the end. Nobody waits in the other direction.
    #[inline(always)]
    pub(crate) fn enqueue(this: Queue, t: Tasklet, direction: Direction) {
        t.channel.set(Some(this));
        if this.is_deserted() {
            this.first.set(Some(t), direction, this.first.special());
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

    /// As [`enqueue`](Self::enqueue), where no flag is set and nobody waits.
    #[inline(always)]
    pub(crate) fn enqueue_first(this: Queue, t: Tasklet, direction: Direction) {
        t.channel.set(Some(this));
        this.first.set(Some(t), direction, 0);
    }

    /// As [`enqueue`](Self::enqueue), where others wait already.
    #[inline(always)]
    pub(crate) fn enqueue_behind(this: Queue, t: Tasklet) {
        t.channel.set(Some(this));
        this.push_rest(t);
    }

    /// Takes `first` out, which is the first waiter and waits in `direction`.
    pub(crate) fn dequeue(&self, first: Tasklet, direction: Direction) {
        let special = self.first.special();
        self.dequeue_plain(first, direction);
        self.first.0.set(self.first.0.get() | special);
    }

    /// As [`dequeue`](Self::dequeue), where no flag is set.
    #[inline(always)]
    pub(crate) fn dequeue_plain(&self, first: Tasklet, direction: Direction) {
        first.channel.set(None);
        let second = self.head.get();
        self.first.set(second, direction, 0);
        if let Some(second) = second {
            unlikely();
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
        match self.direction() {
            Some(d) if self.first(d) == Some(t) => self.dequeue(t, d),
            _ => {
                t.channel.set(None);
                self.remove_rest(t);
            }
        }
    }

    /// Puts `t` back to the front.
    pub(crate) fn restore(this: Queue, t: Tasklet, direction: Direction) {
        t.channel.set(Some(this));
        let second = this.first(direction);
        this.first.set(Some(t), direction, this.first.special());
        if let Some(second) = second {
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
        let first = self.direction().and_then(|d| self.first(d));
        let rest = std::iter::successors(self.head.get(), |t| t.next.get());
        first.into_iter().chain(rest).collect()
    }
}

impl Block for ChannelBlock {
    fn link(&self) -> &Cell<Option<Ptr<Self>>> {
        &self.free
    }
}

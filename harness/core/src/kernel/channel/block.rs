//! The control block of a channel: its flags and its waiters.
//!
//! ```text
//! first        the first waiter, linked nowhere, and marks: direction, flags are set, more wait
//! head, tail   those behind it, linked to each other
//! ```

use std::cell::Cell;

use crate::kernel::{
    memory::arena::{Block, Ptr},
    tasklet::block::{Tasklet, TaskletBlock},
    unlikely,
};

pub(crate) type Queue = Ptr<ChannelBlock>;

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
    /// In the first word of a channel.
    #[inline(always)]
    fn mark(self) -> usize {
        match self {
            Self::Sending => 0,
            Self::Receiving => RECEIVING,
        }
    }

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

/// The first waiter, the direction of all, whether others wait behind it, and whether a flag of the
/// channel is set, in one word: what limits a rendezvous is the number of words it stores, and then
/// the questions it asks. Tasklets lie at multiples of 64.
struct First(Cell<usize>);

/// The waiters want to receive.
const RECEIVING: usize = 1;
/// The flags are not 0.
const SPECIAL: usize = 2;
/// The list of those behind the first is not empty.
const MORE: usize = 4;
const MARKS: usize = RECEIVING | SPECIAL | MORE;
const _: () = assert!(align_of::<TaskletBlock>() > MARKS);

impl First {
    #[inline(always)]
    fn get(&self, direction: Direction) -> Option<Tasklet> {
        let word = self.0.get();
        match direction {
            // SAFETY: `set` has stored the address of a tasklet of the same kernel.
            Direction::Sending if word & RECEIVING == 0 => unsafe { Ptr::exposed(word & !MARKS) },
            // SAFETY: as above.
            Direction::Receiving if word & RECEIVING != 0 => unsafe { Ptr::exposed(word & !MARKS) },
            _ => None,
        }
    }

    #[inline(always)]
    fn special(&self) -> usize {
        self.0.get() & SPECIAL
    }

    #[inline(always)]
    fn set(&self, first: Tasklet, direction: Direction, marks: usize) {
        self.0.set(first.expose() | direction.mark() | marks);
    }

    #[inline(always)]
    fn mark_more(&self, more: bool) {
        self.0.set(self.0.get() & !MORE | if more { MORE } else { 0 });
    }
}

/// The waiter that an operation meets on a channel without flags.
pub(crate) enum Meeting {
    /// The only waiter; it waits for this operation.
    Only(Tasklet),
    /// The first of several waiters for this operation.
    First(Tasklet),
    /// None: the operation has to wait itself, as the first.
    Nobody,
    /// It has to wait behind others.
    Others,
}

#[repr(C, align(64))]
pub(crate) struct ChannelBlock {
    /// The first waiter, linked nowhere.
    first: First,
    /// The waiters behind it.
    head: Cell<Option<Tasklet>>,
    tail: Cell<Option<Tasklet>>,
    flags: Cell<u32>,
    /// Handles. As many as 64 bits count no program makes.
    pub(crate) refs: Cell<u64>,
    pub(crate) number: Cell<u64>,
    free: Cell<Option<Queue>>,
}

impl ChannelBlock {
    #[inline(always)]
    pub(crate) fn is(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    /// One handle more.
    #[inline(always)]
    pub(crate) fn hold(&self) {
        self.refs.set(self.refs.get() + 1);
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

    /// The waiter that an operation meets if it looks for those in `direction`; nothing if a flag
    /// is set.
    #[inline(always)]
    pub(crate) fn meet(&self, direction: Direction) -> Option<Meeting> {
        let word = self.first.0.get();
        // An address, if all it is marked with is the direction.
        let only = word ^ direction.mark();
        // Of the orders to ask in, this is the one that was fast on stacks and on frames.
        if direction == Direction::Sending && word == 0 {
            return Some(Meeting::Nobody);
        }
        if only & MARKS == 0 {
            // SAFETY: `First::set` has stored the address of a tasklet of the same kernel.
            return Some(unsafe { Ptr::exposed(only) }.map_or(Meeting::Nobody, Meeting::Only));
        }
        if word == 0 {
            return Some(Meeting::Nobody);
        }
        unlikely();
        if word & SPECIAL != 0 {
            return None;
        }
        Some(self.first(direction).map_or(Meeting::Others, Meeting::First))
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

    /// Puts `t` at the end. No tasklet waits in the other direction.
    #[inline(always)]
    pub(crate) fn enqueue(this: Queue, t: Tasklet, direction: Direction) {
        t.channel.set(Some(this));
        if this.is_deserted() {
            this.first.set(t, direction, this.first.special());
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
            None => {
                self.head.set(Some(t));
                self.first.mark_more(true);
            }
        }
    }

    /// As [`enqueue`](Self::enqueue), where no flag is set and no tasklet waits.
    #[inline(always)]
    pub(crate) fn enqueue_first(this: Queue, t: Tasklet, direction: Direction) {
        t.channel.set(Some(this));
        this.first.set(t, direction, 0);
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
        if self.head.get().is_some() {
            self.dequeue_first(first, direction);
        } else {
            self.dequeue_only(first);
        }
        self.first.0.set(self.first.0.get() | special);
    }

    /// As [`dequeue`](Self::dequeue), where no other tasklet waits and no flag is set.
    #[inline(always)]
    pub(crate) fn dequeue_only(&self, only: Tasklet) {
        only.channel.set(None);
        self.first.0.set(0);
    }

    /// As [`dequeue`](Self::dequeue), where others wait and no flag is set.
    #[inline(always)]
    pub(crate) fn dequeue_first(&self, first: Tasklet, direction: Direction) {
        first.channel.set(None);
        let Some(second) = self.head.get() else { return };
        let third = second.next.replace(None);
        self.head.set(third);
        match third {
            Some(third) => {
                third.prev.set(None);
                self.first.set(second, direction, MORE);
            }
            None => {
                self.tail.set(None);
                self.first.set(second, direction, 0);
            }
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
        if self.head.get().is_none() {
            self.first.mark_more(false);
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
        this.first.set(t, direction, this.first.special());
        if let Some(second) = second {
            this.first.mark_more(true);
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

#[cfg(switchback_no_pools)]
impl Default for ChannelBlock {
    fn default() -> Self {
        Self::NEW
    }
}

impl Block for ChannelBlock {
    const NEW: Self = Self {
        first: First(Cell::new(0)),
        head: Cell::new(None),
        tail: Cell::new(None),
        flags: Cell::new(0),
        refs: Cell::new(0),
        number: Cell::new(0),
        free: Cell::new(None),
    };

    fn link(&self) -> &Cell<Option<Ptr<Self>>> {
        &self.free
    }
}

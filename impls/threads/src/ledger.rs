//! Which operations wait on a channel, and which are certain not to.

use switchback::{Error, Kind};
use switchback_free::Member;

/// Counts what the pipe cannot tell: whether an operation is going to wait.
///
/// ```text
///   balance   ..  -2  -1 | 0 .. capacity |  +1  +2  ..   beyond the capacity
///            receivers wait    values lie     senders wait
/// ```
///
/// Which of several waiters is met is the pipe's choice; the ledger only counts them.
pub(crate) struct Ledger {
    balance: i64,
    capacity: i64,
    pub(crate) closing: bool,
    /// The run that uses the channel; 0 before the first operation.
    run: u64,
}

/// Which end of a channel an operation is at; the number is its effect on the balance.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Send = 1,
    Receive = -1,
}

impl Ledger {
    pub(crate) fn new(capacity: u32) -> Self {
        Self { balance: 0, capacity: i64::from(capacity), closing: false, run: 0 }
    }

    /// Lets an operation in; true if it arrives at a peer, a value or room, false if it waits.
    /// `nobody` is the error on a closing channel.
    pub(crate) fn enter(&mut self, me: &Member, side: Side, nobody: Kind) -> Result<bool, Error> {
        if self.run == 0 {
            self.run = me.run().number();
        }
        if self.run != me.run().number() {
            return Err(Kind::WrongScheduler.into());
        }
        let waits = self.waiting(side) >= 0 && !self.has_place(side);
        let peers = self.waiting(side) < 0;
        if self.closing && !peers && (waits || matches!(side, Side::Send)) {
            return Err(nobody.into());
        }
        if waits {
            me.fall_asleep()?;
        } else if peers {
            me.run().meet();
        }
        self.balance += side as i64;
        Ok(!waits)
    }

    /// The number of waiters on a side: positive on this one, negative on the other.
    fn waiting(&self, side: Side) -> i64 {
        let waiting = self.balance - self.balance.clamp(0, self.capacity);
        waiting * side as i64
    }

    /// Room for a sender, a value for a receiver.
    fn has_place(&self, side: Side) -> bool {
        match side {
            Side::Send => self.balance < self.capacity,
            Side::Receive => self.balance > 0,
        }
    }

    /// Takes one waiter of `side` off; false if all that are there are certain to be met.
    pub(crate) fn leave(&mut self, side: Side) -> bool {
        let free = self.waiting(side) > 0;
        if free {
            self.balance -= side as i64;
        }
        free
    }

    /// Waiting senders if positive, waiting receivers if negative.
    pub(crate) fn balance(&self) -> i64 {
        self.waiting(Side::Send)
    }
}

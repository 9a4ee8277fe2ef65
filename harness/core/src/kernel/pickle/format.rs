//! The records of a pickle, as `pickle` draws them, and how each is written.

use crate::kernel::{
    channel::block::{CLOSING, Direction, PREFER_CALLER, PREFER_SENDER, Queue, SCHEDULE_ALL},
    pickle::context::Dumping,
    pickle::dump::refused,
    tasklet::block::{ALIVE, ATOMIC, BLOCK_TRAP, Tasklet},
};
use crate::{Error, pickle::Writer};

pub(super) const MAGIC: &[u8; 4] = b"SWBK";
pub(super) const VERSION: u64 = 2;

/// What of a tasklet's flags is kept, by the bits of its head.
pub(super) const KEPT_FLAGS: [u32; 3] = [ALIVE, BLOCK_TRAP, ATOMIC];
/// The slot stands above them.
pub(super) const SLOT_SHIFT: u32 = 4;

pub(super) const CHANNEL_FLAGS: u32 = CLOSING | SCHEDULE_ALL | PREFER_CALLER | PREFER_SENDER;
/// Waiters follow, in this direction.
pub(super) const SENDERS: u32 = 16;
pub(super) const RECEIVERS: u32 = 32;

pub(super) const EMPTY: u8 = 0;
pub(super) const ITSELF: u8 = 1;
/// The error follows.
pub(super) const BOMB: u8 = 2;
/// A message of the type that the code waits for, among the values.
pub(super) const VALUE: u8 = 3;
/// A message among the late values.
pub(super) const LATE: u8 = 4;
/// The number of the tasklet follows.
pub(super) const TASKLET: u8 = 5;

pub(super) fn write_type(name: &str, fingerprint: u64, out: &mut Writer) -> Result<(), Error> {
    out.leaf(name)?;
    out.raw(&fingerprint.to_le_bytes());
    Ok(())
}

/// What the operation of a tasklet fails with that left its channel behind.
fn detached() -> Error {
    refused("the channel it was blocked on was left out of the pickle")
}

/// Written as a bomb.
pub(super) const DETACHED: u8 = u8::MAX;

pub(super) fn write_head(
    t: Tasklet,
    (slot, other): (u8, u64),
    out: &mut Writer,
) -> Result<(), Error> {
    let bits = KEPT_FLAGS.iter().enumerate().map(|(bit, flag)| u8::from(t.is(*flag)) << bit);
    let flags: u8 = bits.sum();
    let kind = if slot == DETACHED { BOMB } else { slot };
    out.raw(&[flags | kind << SLOT_SHIFT]);
    match slot {
        DETACHED => out.leaf(&detached()),
        BOMB => t.slot.dump(out),
        TASKLET => {
            out.number(other);
            Ok(())
        }
        _ => Ok(()),
    }
}

pub(super) fn write_channel(
    channel: Queue,
    found: &Dumping,
    out: &mut Writer,
) -> Result<(), Error> {
    let flags = channel.flags() & CHANNEL_FLAGS;
    let numbers = channel.waiting().into_iter();
    let numbers = numbers.map(|t| found.tasklets.get(t.address()));
    let waiters: Vec<u32> =
        numbers.collect::<Option<_>>().ok_or_else(|| refused("a waiter was not found"))?;
    let direction = match channel.direction() {
        None => 0,
        Some(Direction::Sending) => SENDERS,
        Some(Direction::Receiving) => RECEIVERS,
    };
    out.raw(&[(flags | direction) as u8]);
    if direction != 0 {
        out.number(waiters.len() as u64);
    }
    for waiter in waiters {
        out.number(u64::from(waiter));
    }
    Ok(())
}

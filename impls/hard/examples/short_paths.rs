//! The frequent operations as functions of their own, so that `ci/one-branch` can look at their instructions: one conditional jump
//! in each, and no other, may lead to the complete path, where callbacks, traps, budgets and counting are.

use switchback::{Backend, Begun, Blocking, Channel, Error, Operation};
use switchback_hard::Hard;
use switchback_soft::Soft;

type On<B> = <B as Backend>::Channel<u64>;

#[inline(never)]
fn hard_schedule() -> Result<(), Error> {
    Hard::wait(Hard::schedule())
}

#[inline(never)]
fn hard_send(channel: &On<Hard>, value: u64) -> Result<(), Error> {
    Hard::wait(channel.send(value))
}

#[inline(never)]
fn hard_receive(channel: &On<Hard>) -> Result<u64, Error> {
    Hard::wait(channel.receive())
}

#[inline(never)]
fn hard_checkpoint() -> Result<(), Error> {
    Hard::wait(Hard::checkpoint())
}

#[inline(never)]
fn soft_schedule() -> Begun<Result<(), Error>> {
    Operation::<Soft>::begin(Soft::schedule())
}

#[inline(never)]
fn soft_send(channel: &On<Soft>, value: u64) -> Begun<Result<(), Error>> {
    Operation::<Soft>::begin(channel.send(value))
}

#[inline(never)]
fn soft_receive(channel: &On<Soft>) -> Begun<Result<u64, Error>> {
    Operation::<Soft>::begin(channel.receive())
}

#[inline(never)]
fn soft_checkpoint() -> Begun<Result<(), Error>> {
    Operation::<Soft>::begin(Soft::checkpoint())
}

/// Outside of a run every operation is refused, which is enough to keep them all in the program.
fn main() {
    let (hard, soft) = (Hard::channel::<u64>(), Soft::channel::<u64>());
    let refused = [
        hard_schedule().is_err(),
        hard_send(&hard, 1).is_err(),
        hard_receive(&hard).is_err(),
        hard_checkpoint().is_err(),
        matches!(soft_schedule(), Begun::Done(Err(_))),
        matches!(soft_send(&soft, 1), Begun::Done(Err(_))),
        matches!(soft_receive(&soft), Begun::Done(Err(_))),
        matches!(soft_checkpoint(), Begun::Done(Err(_))),
    ];
    println!("{refused:?}");
}

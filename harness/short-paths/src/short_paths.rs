//! The frequent operations as functions of their own, so that `ci/one-branch` can look at their instructions: one conditional jump
//! in each, and no other, may lead to the complete path, where callbacks, traps, budgets and counting are.

use switchback::{Backend, Blocking, Channel, Error, Operation, Request, frame::Here};
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

/// How the frame form of an operation began, with all that it leaves for later done at once.
type Begins<'k, T> = Result<Result<T, Error>, Request<'k>>;

#[inline(never)]
fn soft_schedule(here: Here<'_>) -> Begins<'_, ()> {
    // SAFETY: outside of a run there is no frame, and every operation is refused.
    unsafe { Operation::<Soft>::begin(Soft::schedule(), here) }.now(here)
}

#[inline(never)]
fn soft_send<'k>(here: Here<'k>, channel: &On<Soft>, value: u64) -> Begins<'k, ()> {
    // SAFETY: outside of a run there is no frame, and every operation is refused.
    unsafe { Operation::<Soft>::begin(channel.send(value), here) }.now(here)
}

#[inline(never)]
fn soft_receive<'k>(here: Here<'k>, channel: &On<Soft>) -> Begins<'k, u64> {
    // SAFETY: outside of a run there is no frame, and every operation is refused.
    unsafe { Operation::<Soft>::begin(channel.receive(), here) }.now(here)
}

#[inline(never)]
fn soft_checkpoint(here: Here<'_>) -> Begins<'_, ()> {
    // SAFETY: outside of a run there is no frame, and every operation is refused.
    unsafe { Operation::<Soft>::begin(Soft::checkpoint(), here) }.now(here)
}

/// Outside of a run every operation is refused, which is enough to keep them all in the program.
fn main() {
    let here = std::hint::black_box(Here::NOWHERE);
    let (hard, soft) = (Hard::channel::<u64>(), Soft::channel::<u64>());
    let refused = [
        hard_schedule().is_err(),
        hard_send(&hard, 1).is_err(),
        hard_receive(&hard).is_err(),
        hard_checkpoint().is_err(),
        soft_schedule(here).is_ok_and(|r| r.is_err()),
        soft_send(here, &soft, 1).is_ok_and(|r| r.is_err()),
        soft_receive(here, &soft).is_ok_and(|r| r.is_err()),
        soft_checkpoint(here).is_ok_and(|r| r.is_err()),
    ];
    println!("{refused:?}");
}

//! The tasklets of a trial, and what its code is given.

use std::fmt;
use std::sync::Mutex;

use switchback::frame::FrameList;
use switchback::{Backend, Channel, Control, Error, Operation, Tasklet, Value, tasklet};

use super::hook::{Hook, Moment, Trial, reach};

/// Keeps its value until the gate opens, or it is told to end.
#[tasklet]
pub(super) async fn keeps<B: Backend>(gate: B::Channel<u64>, hook: Hook) -> Result<(), Error> {
    let opened: Result<u64, Error> = gate.receive().await;
    drop(hook);
    opened.map(drop)
}

/// Pauses with its value.
#[tasklet]
pub(super) async fn rests<B: Backend>(hook: Hook) -> Result<(), Error> {
    let resumed: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    drop(hook);
    resumed.map(drop)
}

/// Pauses, and takes whatever it is resumed with.
#[tasklet]
pub(super) async fn pauses<B: Backend>() -> Result<(), Error> {
    let resumed: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    resumed.map(drop)
}

/// Offers its value.
#[tasklet]
pub(super) async fn offers<B: Backend>(way: B::Channel<Hook>, hook: Hook) -> Result<(), Error> {
    way.send(hook).await
}

/// Takes a value and drops it.
#[tasklet]
pub(super) async fn takes<B: Backend>(way: B::Channel<Hook>) -> Result<(), Error> {
    let hook: Hook = way.receive().await?;
    drop(hook);
    Ok(())
}

/// Ends with its value in its slot.
#[tasklet]
pub(super) async fn ends_full<B: Backend>(hook: Hook) -> Result<(), Error> {
    B::current()?.set_slot(Value::message(hook))
}

/// Returns its value.
#[tasklet]
pub(super) async fn gives<B: Backend>(gate: B::Channel<u64>, hook: Hook) -> Result<Hook, Error> {
    gate.receive().await?;
    Ok(hook)
}

/// Panics with its value.
#[tasklet]
pub(super) async fn panics<B: Backend>(gate: B::Channel<u64>, hook: Hook) -> Result<(), Error> {
    gate.receive().await?;
    throws(hook);
    Ok(())
}

fn throws(hook: Hook) {
    std::panic::panic_any(hook);
}

/// Fails with its value in the error.
#[tasklet]
pub(super) async fn fails<B: Backend>(gate: B::Channel<u64>, hook: Hook) -> Result<(), Error> {
    gate.receive().await?;
    Err(loaded(hook))
}

/// Takes an error and drops it.
#[tasklet]
pub(super) async fn forgives<B: Backend>(gate: B::Channel<u64>) -> Result<(), Error> {
    let opened: Result<u64, Error> = gate.receive().await;
    drop(opened);
    Ok(())
}

/// Lets the others run for some turns.
#[tasklet]
pub(super) async fn turns<B: Backend>() -> Result<(), Error> {
    for _ in 0..20_u64 {
        B::schedule().await?;
    }
    Ok(())
}

/// Nothing is done to it, so it goes on.
#[tasklet]
pub(super) async fn goes_on<B: Backend>(number: u64) -> Result<(), Error> {
    for _ in 0..3_u64 {
        B::schedule().await?;
    }
    Trial::of(number)?.went_on();
    Ok(())
}

/// Puts its value into the slot of another one.
#[tasklet]
pub(super) async fn fills<B: Backend>(other: B::Handle, hook: Hook) -> Result<(), Error> {
    other.set_slot(Value::message(hook))
}

/// All that a trial spawns, for pickles.
pub(super) fn program<B: Backend>() -> FrameList {
    let mut list = FrameList::default();
    list.add::<B, keeps::Call<B>>();
    list.add::<B, rests::Call<B>>();
    list.add::<B, pauses::Call<B>>();
    list.add::<B, offers::Call<B>>();
    list.add::<B, takes::Call<B>>();
    list.add::<B, forgives::Call<B>>();
    list.add::<B, turns::Call<B>>();
    list.add::<B, super::super::crew::rallies::Call<B>>();
    list
}

/// A tasklet of one's own: code of its author runs where its computation is made.
pub(super) struct Own<B: Backend> {
    pub(super) trial: u64,
    pub(super) gate: B::Channel<u64>,
    pub(super) hook: Hook,
}

impl<B: Backend> Clone for Own<B> {
    fn clone(&self) -> Self {
        Self { trial: self.trial, gate: self.gate.clone(), hook: self.hook.clone() }
    }
}

impl<B: Backend> Own<B> {
    fn made(self) -> keeps::Call<B> {
        reach(self.trial, Moment::Call);
        keeps::<B>(self.gate, self.hook)
    }
}

impl<B: Backend> Operation<B> for Own<B> {
    type Output = Result<(), Error>;

    fn wait(self) -> Self::Output {
        Operation::<B>::wait(self.made())
    }

    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        Operation::<B>::into_future(self.made())
    }
}

impl<B: Backend> Tasklet<B> for Own<B> {
    const NAME: &'static str = "a tasklet of one's own";
    type Return = ();
    type Frame = <keeps::Call<B> as Tasklet<B>>::Frame;

    fn into_frame(self) -> Self::Frame {
        Tasklet::<B>::into_frame(self.made())
    }
}

/// An error with a value in it.
#[derive(Debug)]
struct Loaded(#[allow(dead_code, reason = "is there to be dropped")] Mutex<Hook>);

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("loaded")
    }
}

impl std::error::Error for Loaded {}

pub(super) fn loaded(hook: Hook) -> Error {
    Error::from_error(Loaded(Mutex::new(hook)))
}

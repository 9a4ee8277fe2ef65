//! The tasklets of a trial, and the rally that two of them play.

use std::fmt;
use std::panic::panic_any;
use std::sync::Mutex;

use switchback::{Backend, Channel, Error, Value, tasklet};

use super::charge::Charge;

/// What a rally gives.
pub(super) const SUM: u64 = 18;
/// Name of the errors that are thrown.
pub(super) const THROWN: &str = "chaos: thrown";
/// How many there are, but main.
pub(super) const CREW: u64 = 5;

/// Offers its value.
#[tasklet]
pub(super) async fn sends_it<B: Backend>(
    way: B::Channel<Charge>,
    charge: Charge,
) -> Result<(), Error> {
    way.send(charge).await
}

/// Takes a value and drops it.
#[tasklet]
pub(super) async fn takes_it<B: Backend>(way: B::Channel<Charge>) -> Result<(), Error> {
    let charge: Charge = way.receive().await?;
    drop(charge);
    Ok(())
}

/// Keeps its value until the gate opens, or it is told to end.
#[tasklet]
pub(super) async fn keeps_it<B: Backend>(
    gate: B::Channel<u64>,
    charge: Charge,
) -> Result<(), Error> {
    let opened: Result<u64, Error> = gate.receive().await;
    drop(charge);
    opened.map(drop)
}

/// Returns its value.
#[tasklet]
pub(super) async fn gives_it<B: Backend>(
    gate: B::Channel<u64>,
    charge: Charge,
) -> Result<Charge, Error> {
    gate.receive().await?;
    Ok(charge)
}

/// Panics with its value.
#[tasklet]
pub(super) async fn panics_with_it<B: Backend>(
    gate: B::Channel<u64>,
    charge: Charge,
) -> Result<(), Error> {
    let opened: Result<u64, Error> = gate.receive().await;
    throws(charge);
    opened.map(drop)
}

fn throws(charge: Charge) {
    panic_any(charge);
}

/// Fails with its value in the error.
#[tasklet]
pub(super) async fn fails_with_it<B: Backend>(
    gate: B::Channel<u64>,
    charge: Charge,
) -> Result<(), Error> {
    let opened: Result<u64, Error> = gate.receive().await;
    drop(opened);
    Err(loaded(charge))
}

/// Pauses, and takes whatever it is resumed with.
#[tasklet]
pub(super) async fn pauses<B: Backend>() -> Result<(), Error> {
    let resumed: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    resumed.map(drop)
}

/// Pauses with its value.
#[tasklet]
pub(super) async fn rests_with_it<B: Backend>(charge: Charge) -> Result<(), Error> {
    let resumed: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    drop(charge);
    resumed.map(drop)
}

/// Takes an error and drops it.
#[tasklet]
pub(super) async fn forgives<B: Backend>(gate: B::Channel<u64>) -> Result<(), Error> {
    let opened: Result<u64, Error> = gate.receive().await;
    drop(opened);
    Ok(())
}

#[tasklet]
pub(super) async fn drains<B: Backend>(sink: B::Channel<u64>) -> Result<(), Error> {
    loop {
        let _: u64 = sink.receive().await?;
    }
}

#[tasklet]
pub(super) async fn flows<B: Backend>(source: B::Channel<u64>) -> Result<(), Error> {
    loop {
        source.send(1).await?;
    }
}

#[tasklet]
async fn returns<B: Backend>(serve: B::Channel<u64>, back: B::Channel<u64>) -> Result<(), Error> {
    for _ in 0..3_u64 {
        let ball: u64 = serve.receive().await?;
        back.send(ball * 2).await?;
    }
    Ok(())
}

/// Plays a few balls with another tasklet.
#[tasklet]
pub(super) async fn rallies<B: Backend>() -> Result<u64, Error> {
    let serve: B::Channel<u64> = B::channel();
    let back: B::Channel<u64> = B::channel();
    B::spawn(returns::<B>(serve.clone(), back.clone()));
    let mut sum: u64 = 0;
    for ball in 2..5_u64 {
        serve.send(ball).await?;
        let returned: u64 = back.receive().await?;
        sum += returned;
    }
    Ok(sum)
}

/// An error with a value in it.
#[derive(Debug)]
struct Loaded(#[allow(dead_code, reason = "is there to be dropped")] Mutex<Charge>);

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(THROWN)
    }
}

impl std::error::Error for Loaded {}

pub(super) fn loaded(charge: Charge) -> Error {
    Error::from_error(Loaded(Mutex::new(charge)))
}

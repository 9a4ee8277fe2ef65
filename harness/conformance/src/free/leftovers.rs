//! What a run leaves behind: N29.

use std::sync::atomic::{AtomicU64, Ordering};

use switchback::{Backend, Channel, Error, Kind, tasklet};

use super::held::Held;
use super::life::drains;
use super::tools::{case, refusal, run};
use crate::case::{Case, Failure};

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    vec![
        case::<B>("N29_nothing_is_left_after_run", &[], &[], left::<B>),
        case::<B>("N29_nothing_is_left_after_an_error", &[], &[], left_by_error::<B>),
    ]
}

/// Sends one value after the other, each of which is counted while it exists.
#[tasklet]
async fn holds<B: Backend>(
    life: Held<AtomicU64>,
    channel: B::Channel<Held<AtomicU64>>,
    times: u64,
) -> Result<(), Error> {
    life.fetch_add(1, Ordering::SeqCst);
    for _ in 0..times {
        channel.send(life.clone()).await?;
    }
    Ok(())
}

/// Main: leaves tasklets that wait to send, one that waits to receive, some not yet begun.
#[tasklet]
async fn leaves<B: Backend>(life: Held<AtomicU64>, fails: bool) -> Result<(), Error> {
    let channel: B::Channel<Held<AtomicU64>> = B::channel();
    let other: B::Channel<u64> = B::channel();
    for times in 1..6_u64 {
        B::spawn(holds::<B>(life.clone(), channel.clone(), times));
    }
    B::spawn(drains::<B>(other, 1));
    for _ in 0..4_u64 {
        let _: Held<AtomicU64> = channel.receive().await?;
    }
    B::spawn(holds::<B>(life.clone(), channel.clone(), 3));
    if fails { Err(Error::new("leaves", "")) } else { Ok(()) }
}

fn left<B: Backend>() -> Result<(), Failure> {
    let life = Held::new(AtomicU64::new(0));
    for _ in 0..20 {
        run::<B, _>("N29", leaves::<B>(life.clone(), false))?;
        nothing_left(&life)?;
    }
    Ok(())
}

fn left_by_error<B: Backend>() -> Result<(), Failure> {
    let life = Held::new(AtomicU64::new(0));
    for _ in 0..20 {
        match B::run(leaves::<B>(life.clone(), true)) {
            Err(error) if error.kind() == Kind::User && error.name() == "leaves" => {}
            other => return Err(refusal("N29", &format!("main fails, run gives {other:?}"))),
        }
        nothing_left(&life)?;
    }
    Ok(())
}

fn nothing_left(life: &Held<AtomicU64>) -> Result<(), Failure> {
    match life.holders() - 1 {
        0 => Ok(()),
        left => Err(refusal("N29", &format!("{left} values or arguments of tasklets are left"))),
    }
}

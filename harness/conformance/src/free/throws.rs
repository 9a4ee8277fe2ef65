//! Thrown errors and exits: N19, N21.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use switchback::{Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::held::Held;
use super::kills::until;
use super::tools::{case, run, same};
use crate::case::Case;
use crate::needs::Need;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    use Need::{Status, Throw};
    vec![
        case::<B>("N19_an_error_is_raised_once", &[], &[Throw], || {
            run::<B, _>("N19", thrown::<B>())
        }),
        case::<B>("N19_an_error_reaches_who_waits", &[], &[Throw, Status], || {
            run::<B, _>("N19", thrown_at_waiter::<B>())
        }),
        case::<B>("N21_an_exit_surfaces_nowhere", &[], &[], || run::<B, _>("N21", exits::<B>())),
    ]
}

/// Tells that it has begun, and every error that is raised in it; ends with the channel `end`.
#[tasklet]
async fn target<B: Backend>(
    begun: Held<AtomicU64>,
    raised: Held<AtomicU64>,
    caught: B::Channel<u64>,
    end: B::Channel<u64>,
    waits: bool,
) -> Result<(), Error> {
    begun.store(1, SeqCst);
    loop {
        let result: Result<(), Error> = if waits {
            let taken: Result<u64, Error> = end.receive().await;
            taken.map(drop)
        } else {
            B::schedule().await
        };
        match result {
            Ok(()) if waits => return Ok(()),
            Ok(()) => {}
            Err(error) if error.name() == "T" => {
                let number: u64 = raised.fetch_add(1, SeqCst) + 1;
                caught.send(number).await?;
            }
            Err(error) => return Err(error),
        }
    }
}

#[tasklet]
async fn thrown<B: Backend>() -> Result<(), Error> {
    let begun: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    let raised: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    let (caught, end): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    let victim: B::Handle =
        B::spawn(target::<B>(begun.clone(), raised.clone(), caught.clone(), end, false));
    // One that has not begun would get the error before its first statement.
    while begun.load(SeqCst) == 0 {
        B::schedule().await?;
    }
    for number in 1..=30_u64 {
        let _: Value<B> = victim.throw(Error::new("T", "")).await?;
        let told: u64 = caught.receive().await?;
        same("N19", "times that the error was raised", told, number)?;
        B::schedule().await?;
        same("N19", "times after others ran", raised.load(SeqCst), number)?;
    }
    Ok(())
}

#[tasklet]
async fn thrown_at_waiter<B: Backend>() -> Result<(), Error> {
    let begun: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    let raised: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    let (caught, end): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    let victim: B::Handle =
        B::spawn(target::<B>(begun, raised.clone(), caught.clone(), end.clone(), true));
    for number in 1..=10_u64 {
        until::<B>(victim.clone(), true).await?;
        let _: Value<B> = victim.throw(Error::new("T", "")).await?;
        let told: u64 = caught.receive().await?;
        same("N19", "times that the error was raised", told, number)?;
    }
    until::<B>(victim.clone(), true).await?;
    end.send(1).await?;
    until::<B>(victim, false).await?;
    same("N19", "times in all", raised.load(SeqCst), 10)
}

/// Ends with the exit, as a killed tasklet does.
#[tasklet]
async fn exiting<B: Backend>(ended: Held<AtomicU64>) -> Result<(), Error> {
    B::schedule().await?;
    ended.fetch_add(1, SeqCst);
    Err(Kind::Exit.into())
}

#[tasklet]
async fn exits<B: Backend>() -> Result<(), Error> {
    let ended: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    for _ in 0..10_u64 {
        B::spawn(exiting::<B>(ended.clone()));
    }
    while ended.load(SeqCst) < 10 {
        B::schedule().await?;
    }
    for _ in 0..20_u64 {
        B::schedule().await?;
    }
    Ok(())
}

//! Closing, the block trap, sequences and iterations: N22, N23, N30.

use switchback::{Backend, Channel, Error, Iteration, Kind, send_sequence, tasklet};

use super::tools::{Random, case, dawdle, each_seed, hold, refused, run, same};
use crate::case::Case;
use crate::needs::Need;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    use Need::{Close, Control, Deadlock, Rendezvous};
    let waiting = [Close, Deadlock];
    let senders = [Close, Deadlock, Rendezvous];
    vec![
        case::<B>("N22_nobody_to_meet_after_close", &["N31"], &[Close], || {
            run::<B, _>("N22", nobody_to_meet::<B>())
        }),
        case::<B>("N22_a_send_races_with_close", &[], &[Close], || {
            each_seed(4, |seed| run::<B, _>("N22", race::<B>(Random(seed))))
        }),
        case::<B>("N22_receivers_stay_until_served", &[], &waiting, || {
            run::<B, _>("N22", receivers_stay::<B>())
        }),
        case::<B>("N22_an_iteration_ends_after_the_last_sender", &["N30"], &senders, || {
            run::<B, _>("N22", senders_stay::<B>())
        }),
        case::<B>("N23_a_trapped_operation_leaves_no_trace", &["N31"], &[Control], || {
            run::<B, _>("N23", trapped::<B>())
        }),
        case::<B>("N30_a_sequence_arrives_in_order", &[], &[], || {
            run::<B, _>("N30", sequence::<B>())
        }),
        case::<B>("N30_an_iteration_gives_every_item", &[], &[Close], || {
            run::<B, _>("N30", iteration::<B>())
        }),
    ]
}

#[tasklet]
async fn nobody_to_meet<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    hold("N22", "a new channel is not closing", !channel.is_closing()?)?;
    channel.close()?;
    hold("N22", "a closed channel is closing", channel.is_closing()?)?;
    let sent: Result<(), Error> = channel.send(1).await;
    refused("N22", "send after close", sent, &[Kind::Closed])?;
    let sent: Result<(), Error> = channel.send_error(Error::new("E1", "")).await;
    refused("N22", "send_error after close", sent, &[Kind::Closed])?;
    let taken: Result<u64, Error> = channel.receive().await;
    refused("N22", "receive after close", taken, &[Kind::Closed])?;
    let taken: Result<u64, Error> = channel.next().await;
    refused("N22", "next after close", taken, &[Kind::StopIteration])?;
    channel.open()?;
    B::spawn(send_sequence::<B, u64>(channel.clone(), vec![2]));
    let taken: u64 = channel.receive().await?;
    same("N22", "received after open", taken, 2)
}

/// Reports what it received, or that the channel was closed.
#[tasklet]
async fn taker<B: Backend>(
    channel: B::Channel<u64>,
    report: B::Channel<Option<u64>>,
    random: Random,
) -> Result<(), Error> {
    let mut chance: Random = random;
    dawdle::<B>(chance.next()).await?;
    let taken: Result<u64, Error> = channel.receive().await;
    let told: Option<u64> = match taken {
        Ok(value) => Some(value),
        Err(error) if error.kind() == Kind::Closed => None,
        Err(error) => return Err(error),
    };
    report.send(told).await
}

/// A receiver that waits before the close meets the send; one that comes later fails like it.
#[tasklet]
async fn race<B: Backend>(random: Random) -> Result<(), Error> {
    let mut chance: Random = random;
    for round in 0..60_u64 {
        let channel: B::Channel<u64> = B::channel();
        let report: B::Channel<Option<u64>> = B::channel();
        B::spawn(taker::<B>(channel.clone(), report.clone(), Random(chance.next())));
        dawdle::<B>(chance.next()).await?;
        dawdle::<B>(chance.next()).await?;
        channel.close()?;
        let sent: Result<(), Error> = channel.send(round).await;
        let told: Option<u64> = report.receive().await?;
        match (sent, told) {
            (Ok(()), Some(value)) => same("N22", "received after close", value, round)?,
            (Err(error), None) => {
                same("N22", "send after close", error.kind(), Kind::Closed)?;
            }
            (sent, told) => {
                let found = format!("the send ends with {sent:?}, the receive with {told:?}");
                return Err(Error::new("N22", found));
            }
        }
    }
    Ok(())
}

const WAITERS: u64 = 5;

#[tasklet]
async fn receivers_stay<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let channel: B::Channel<u64> = B::channel();
    let report: B::Channel<Option<u64>> = B::channel();
    for seed in 0..many {
        B::spawn(taker::<B>(channel.clone(), report.clone(), Random(seed)));
    }
    B::run_others().await?;
    channel.close()?;
    B::run_others().await?;
    let mut got: Vec<u64> = Vec::new();
    for value in 0..many {
        channel.send(value).await?;
        let told: Option<u64> = report.receive().await?;
        got.extend(told);
    }
    got.sort_unstable();
    same("N22", "values of those who waited before the close", got, (0..WAITERS).collect())?;
    let sent: Result<(), Error> = channel.send(9).await;
    refused("N22", "send after all are served", sent, &[Kind::Closed])
}

#[tasklet]
async fn senders_stay<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let channel: B::Channel<u64> = B::channel();
    for value in 0..many {
        B::spawn(send_sequence::<B, u64>(channel.clone(), vec![value]));
    }
    B::run_others().await?;
    channel.close()?;
    B::run_others().await?;
    let mut got: Vec<u64> = Vec::new();
    loop {
        let item: Result<u64, Error> = channel.next().await;
        let Some(value) = item.item()? else { break };
        got.push(value);
    }
    got.sort_unstable();
    same("N22", "items of those who waited before the close", got, (0..WAITERS).collect())
}

#[tasklet]
async fn trapped<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::block_trap(true)?;
    let taken: Result<u64, Error> = channel.receive().await;
    refused("N23", "receive without a sender", taken, &[Kind::BlockTrap])?;
    let sent: Result<(), Error> = channel.send(1).await;
    refused("N23", "send without a receiver", sent, &[Kind::BlockTrap])?;
    same("N23", "balance after refusals", channel.balance()?, 0)?;
    B::spawn(send_sequence::<B, u64>(channel.clone(), vec![2]));
    while channel.balance()? == 0 {
        B::schedule().await?;
    }
    let taken: u64 = channel.receive().await?;
    same("N23", "received from a waiting sender", taken, 2)?;
    same("N23", "balance at the end", channel.balance()?, 0)?;
    B::block_trap(false).map(drop)
}

const ITEMS: u64 = 200;

#[tasklet]
async fn sequence<B: Backend>() -> Result<(), Error> {
    let many: u64 = ITEMS;
    let channel: B::Channel<u64> = B::channel();
    B::spawn(send_sequence::<B, u64>(channel.clone(), (0..ITEMS).collect()));
    for expected in 0..many {
        let value: u64 = channel.receive().await?;
        same("N30", "item of a sequence", value, expected)?;
    }
    Ok(())
}

#[tasklet]
async fn ended_sequence<B: Backend>(channel: B::Channel<u64>) -> Result<(), Error> {
    let sent: u64 = send_sequence::<B, u64>(channel.clone(), (0..ITEMS).collect()).await?;
    same("N30", "items that send_sequence sent", sent, ITEMS)?;
    channel.send_error(Kind::StopIteration.into()).await
}

#[tasklet]
async fn iteration<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(ended_sequence::<B>(channel.clone()));
    let mut expected: u64 = 0;
    loop {
        let item: Result<u64, Error> = channel.next().await;
        let Some(value) = item.item()? else { break };
        same("N30", "item of an iteration", value, expected)?;
        expected += 1;
    }
    same("N30", "items of an iteration", expected, ITEMS)
}

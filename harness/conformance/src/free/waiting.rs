//! Which tasklets wait, and what happens once all do: N06, N07, N08, N14, N24.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use switchback::{Backend, Channel, Control, Error, Kind, Status, send_sequence, tasklet};

use super::held::Held;
use super::tools::{Random, case, each_seed, hold, mix, refusal, refused, run, same};
use crate::case::{Case, Failure};
use crate::needs::Need;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    use Need::{Deadlock, Fifo, Rendezvous, Status};
    vec![
        case::<B>("N06_receivers_are_served_in_order", &["N08"], &[Fifo, Status], || {
            run::<B, _>("N06", receivers_in_order::<B>())
        }),
        case::<B>("N06_senders_are_served_in_order", &["N08"], &[Fifo, Status, Rendezvous], || {
            run::<B, _>("N06", senders_in_order::<B>())
        }),
        case::<B>("N07_balance_at_rest", &[], &[Status, Deadlock, Rendezvous], || {
            run::<B, _>("N07", at_rest::<B>())
        }),
        case::<B>("N08_balance_changes_by_one", &[], &[Status, Rendezvous], || {
            run::<B, _>("N08", by_one::<B>())
        }),
        case::<B>("N14_run_others_returns_at_rest", &[], &[Deadlock], || {
            run::<B, _>("N14", rest::<B>())
        }),
        case::<B>("N14_at_rest_all_have_ended_or_wait", &[], &[Deadlock, Status], || {
            run::<B, _>("N14", states::<B>())
        }),
        case::<B>("N14_nobody_executes_after_run", &[], &[], after_run::<B>),
        case::<B>("N24_main_alone_is_told", &["N31"], &[Deadlock], || {
            run::<B, _>("N24", alone::<B>())
        }),
        case::<B>("N24_main_alone_is_told_when_it_sends", &[], &[Deadlock, Rendezvous], || {
            run::<B, _>("N24", alone_sending::<B>())
        }),
        case::<B>("N24_all_wait_for_ever", &[], &[Deadlock], || {
            each_seed(10, |seed| run::<B, _>("N24", everybody::<B>(1 + seed)))
        }),
        case::<B>("N24_the_last_peer_ends", &[], &[Deadlock], || {
            each_seed(20, |seed| run::<B, _>("N24", last_ends::<B>(1 + seed % 5)))
        }),
        case::<B>("N24_no_deadlock_while_somebody_computes", &[], &[], || {
            each_seed(4, |seed| run::<B, _>("N24", busy_peers::<B>(Random(seed))))
        }),
    ]
}

const WAITERS: u64 = 6;

/// Receives, and tells its number and the value.
#[tasklet]
async fn waiter<B: Backend>(
    number: u64,
    channel: B::Channel<u64>,
    report: B::Channel<(u64, u64)>,
) -> Result<(), Error> {
    let value: u64 = channel.receive().await?;
    report.send((number, value)).await
}

/// Lets the others run until the balance is `wanted`, which is one step from what it was.
#[tasklet]
async fn settle<B: Backend>(channel: B::Channel<u64>, wanted: i64) -> Result<(), Error> {
    let before: i64 = wanted - wanted.signum();
    loop {
        let balance: i64 = channel.balance()?;
        if balance == wanted {
            return Ok(());
        }
        same("N08", "balance while one operation is under way", balance, before)?;
        B::schedule().await?;
    }
}

#[tasklet]
async fn receivers_in_order<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let channel: B::Channel<u64> = B::channel();
    let report: B::Channel<(u64, u64)> = B::channel();
    for number in 0..many {
        B::spawn(waiter::<B>(number, channel.clone(), report.clone()));
        settle::<B>(channel.clone(), -(number as i64) - 1).await?;
    }
    for value in 0..many {
        channel.send(value).await?;
        let told: (u64, u64) = report.receive().await?;
        same("N06", "waiter and its value", told, (value, value))?;
    }
    Ok(())
}

#[tasklet]
async fn senders_in_order<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let channel: B::Channel<u64> = B::channel();
    for number in 0..many {
        B::spawn(send_sequence::<B, u64>(channel.clone(), vec![number]));
        settle::<B>(channel.clone(), number as i64 + 1).await?;
    }
    for expected in 0..many {
        let value: u64 = channel.receive().await?;
        same("N06", "value of the sender that waits longest", value, expected)?;
    }
    Ok(())
}

#[tasklet]
async fn at_rest<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let (senders, receivers): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    let report: B::Channel<(u64, u64)> = B::channel();
    for number in 0..many {
        B::spawn(waiter::<B>(number, receivers.clone(), report.clone()));
        B::spawn(send_sequence::<B, u64>(senders.clone(), vec![number]));
    }
    B::run_others().await?;
    same("N07", "balance with receivers", receivers.balance()?, -(WAITERS as i64))?;
    same("N07", "balance with senders", senders.balance()?, WAITERS as i64)?;
    receivers.send(1).await?;
    let taken: (u64, u64) = report.receive().await?;
    let offered: u64 = senders.receive().await?;
    hold("N07", "a value passes", taken.1 == 1 && offered < WAITERS)?;
    B::run_others().await?;
    same("N07", "balance with one receiver less", receivers.balance()?, 1 - WAITERS as i64)?;
    same("N07", "balance with one sender less", senders.balance()?, WAITERS as i64 - 1)
}

#[tasklet]
async fn by_one<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let channel: B::Channel<u64> = B::channel();
    let report: B::Channel<(u64, u64)> = B::channel();
    for number in 0..many {
        B::spawn(waiter::<B>(number, channel.clone(), report.clone()));
        settle::<B>(channel.clone(), -(number as i64) - 1).await?;
    }
    for value in 0..many {
        channel.send(value).await?;
        let told: (u64, u64) = report.receive().await?;
        hold("N08", "a waiter gets the value", told.1 == value)?;
        let left: i64 = (WAITERS - value) as i64 - 1;
        same("N08", "balance after a receiver was served", channel.balance()?, -left)?;
    }
    for number in 0..many {
        B::spawn(send_sequence::<B, u64>(channel.clone(), vec![number]));
        settle::<B>(channel.clone(), number as i64 + 1).await?;
    }
    Ok(())
}

/// Computes for a while without an operation.
fn compute(amount: u64) -> u64 {
    (0..amount).fold(amount, |number, _| mix(number))
}

/// Computes, counts itself, and ends.
#[tasklet]
async fn computing<B: Backend>(amount: u64, ended: Held<AtomicU64>) -> Result<(), Error> {
    B::schedule().await?;
    std::hint::black_box(compute(amount));
    ended.fetch_add(1, SeqCst);
    Ok(())
}

#[tasklet]
async fn rest<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let ended: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    let channel: B::Channel<u64> = B::channel();
    let report: B::Channel<(u64, u64)> = B::channel();
    for round in 1..=10_u64 {
        for amount in 0..many {
            B::spawn(computing::<B>(amount * 20_000, ended.clone()));
        }
        B::spawn(waiter::<B>(round, channel.clone(), report.clone()));
        B::run_others().await?;
        same("N14", "tasklets that have ended", ended.load(SeqCst), round * WAITERS)?;
    }
    Ok(())
}

#[tasklet]
async fn states<B: Backend>() -> Result<(), Error> {
    let many: u64 = WAITERS;
    let ended: Held<AtomicU64> = Held::new(AtomicU64::new(0));
    let channel: B::Channel<u64> = B::channel();
    let report: B::Channel<(u64, u64)> = B::channel();
    let mut handles: Vec<B::Handle> = Vec::new();
    for number in 0..many {
        handles.push(B::spawn(computing::<B>(number * 20_000, ended.clone())));
        handles.push(B::spawn(waiter::<B>(number, channel.clone(), report.clone())));
    }
    B::run_others().await?;
    for (number, handle) in handles.iter().enumerate() {
        let Status { alive, blocked, .. } = handle.status()?;
        same(
            "N14",
            "alive and blocked at rest",
            (alive, blocked),
            (number % 2 == 1, number % 2 == 1),
        )?;
    }
    Ok(())
}

/// Counts its start and its end, between which it never suspends.
#[tasklet]
async fn enduring<B: Backend>(counts: Held<[AtomicU64; 2]>) -> Result<(), Error> {
    counts[0].fetch_add(1, SeqCst);
    std::hint::black_box(compute(2_000_000));
    counts[1].fetch_add(1, SeqCst);
    Ok(())
}

#[tasklet]
async fn left_behind<B: Backend>(counts: Held<[AtomicU64; 2]>) -> Result<(), Error> {
    for _ in 0..3_u64 {
        B::spawn(enduring::<B>(counts.clone()));
    }
    while counts[0].load(SeqCst) == 0 {
        B::schedule().await?;
    }
    Ok(())
}

fn after_run<B: Backend>() -> Result<(), Failure> {
    let counts = Held::new([AtomicU64::new(0), AtomicU64::new(0)]);
    run::<B, _>("N14", left_behind::<B>(counts.clone()))?;
    let [started, ended] = [0, 1].map(|i| counts[i].load(SeqCst));
    if started == ended && started > 0 {
        return Ok(());
    }
    Err(refusal("N14", &format!("{started} tasklets started and {ended} ended, and run returned")))
}

#[tasklet]
async fn alone<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    for _ in 0..3_u64 {
        let taken: Result<u64, Error> = channel.receive().await;
        refused("N24", "receive of main alone", taken, RECEIVING)?;
    }
    B::spawn(send_sequence::<B, u64>(channel.clone(), vec![4]));
    let taken: u64 = channel.receive().await?;
    same("N24", "received after a deadlock was reported", taken, 4)
}

/// Kinds of a deadlock in which main receives.
const RECEIVING: &[Kind] = &[Kind::Deadlock, Kind::MainReceiving];

#[tasklet]
async fn alone_sending<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let sent: Result<(), Error> = channel.send(1).await;
    refused("N24", "send of main alone", sent, &[Kind::Deadlock, Kind::MainSending])?;
    B::spawn(send_sequence::<B, u64>(channel.clone(), vec![5]));
    let taken: u64 = channel.receive().await?;
    same("N24", "received after a deadlock, so not the value that was refused", taken, 5)
}

#[tasklet]
async fn everybody<B: Backend>(many: u64) -> Result<(), Error> {
    let report: B::Channel<(u64, u64)> = B::channel();
    for number in 0..many {
        B::spawn(waiter::<B>(number, B::channel(), report.clone()));
    }
    let taken: Result<(u64, u64), Error> = report.receive().await;
    refused("N24", "receive while all others wait for ever", taken, RECEIVING)
}

#[tasklet]
async fn last_ends<B: Backend>(many: u64) -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let report: B::Channel<(u64, u64)> = B::channel();
    for number in 0..many {
        B::spawn(waiter::<B>(number, channel.clone(), report.clone()));
    }
    for value in 0..many {
        channel.send(value).await?;
        let told: (u64, u64) = report.receive().await?;
        same("N24", "value of a peer", told.1, value)?;
    }
    let taken: Result<(u64, u64), Error> = report.receive().await;
    refused("N24", "receive after the last peer has ended", taken, RECEIVING)
}

/// Computes, then sends.
#[tasklet]
async fn slow<B: Backend>(amount: u64, channel: B::Channel<u64>) -> Result<(), Error> {
    std::hint::black_box(compute(amount));
    channel.send(amount).await
}

#[tasklet]
async fn busy_peers<B: Backend>(random: Random) -> Result<(), Error> {
    let mut chance: Random = random;
    let report: B::Channel<(u64, u64)> = B::channel();
    for _ in 0..15_u64 {
        let channel: B::Channel<u64> = B::channel();
        let amount: u64 = chance.below(100_000);
        B::spawn(waiter::<B>(0, B::channel(), report.clone()));
        B::spawn(slow::<B>(amount, channel.clone()));
        let value: u64 = channel.receive().await?;
        same("N24", "value of a peer that computes first", value, amount)?;
    }
    Ok(())
}

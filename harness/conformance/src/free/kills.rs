//! Kills: N17, N18.
//!
//! A kill takes effect at the target's next suspension point at the latest, so what the target
//! was doing is either complete or has not happened; the accounts of values show which.

use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use switchback::{Backend, Channel, Control, Error, Value, send_sequence, tasklet};

use super::errors::forwards;
use super::held::Held;
use super::history::{Book, Lane};
use super::rules;
use super::tools::{
    Pipe, Random, case, dawdle, each_seed, hold, pipes, put, refusal, run, same, take,
};
use crate::case::{Case, Failure};
use crate::needs::Need;

pub(super) fn cases<B: Backend>() -> Vec<Case> {
    use Need::{Kill, Status};
    vec![
        case::<B>("N17_random_kills_lose_and_double_nothing", &["N01"], &[Kill], random_kills::<B>),
        case::<B>("N17_a_killed_receiver_takes_nothing", &[], &[Kill, Status], || {
            run::<B, _>("N17", killed_receiver::<B>())
        }),
        case::<B>(
            "N17_a_killed_sender_gives_nothing",
            &[],
            &[Kill, Status, Need::Rendezvous],
            || run::<B, _>("N17", killed_sender::<B>()),
        ),
        case::<B>("N17_main_returns_and_the_others_clean_up", &["N29"], &[], left_alone::<B>),
        case::<B>("N18_killing_again_changes_nothing", &[], &[Kill], || {
            each_seed(10, |seed| again::<B>(seed))
        }),
        case::<B>("N18_the_dead_are_dead", &["N25"], &[Kill, Status], || {
            run::<B, _>("N18", dead::<B>())
        }),
    ]
}

/// How often a tasklet started, how often its cleanup ran, how often it was killed.
type Counts = Held<[AtomicU64; 3]>;

fn counts() -> Counts {
    Held::new([const { AtomicU64::new(0) }; 3])
}

fn read(counts: &Counts) -> (u64, u64) {
    (counts[0].load(SeqCst), counts[1].load(SeqCst))
}

/// Fails unless every tasklet that started has cleaned up exactly once. A backend whose tasklets
/// are plain data may drop those that are left at the end of a run as they are (C280).
fn cleaned<B: Backend>(all: &[Counts]) -> Result<(), Failure> {
    for (number, counts) in all.iter().enumerate() {
        let (started, cleaned) = read(counts);
        let dropped = B::CAPABILITIES.portable && counts[2].load(SeqCst) == 0 && cleaned == 0;
        if started > 1 || (cleaned != started && !dropped) {
            let found =
                format!("tasklet {number} started {started} times and cleaned up {cleaned} times");
            return Err(refusal("N17", &found));
        }
    }
    Ok(())
}

/// The rules of a history in which tasklets were killed.
///
/// Between the delivery of a value and the resumption of its receiver, an exact backend replaces
/// the content of the slot by the exit (C140). So N01 and N03 are not asked of it.
fn accounts<B: Backend>(book: &Book) -> Result<(), Failure> {
    let (history, buffer) = (book.history(), B::CAPABILITIES.buffer);
    let asked = |(statement, _): &&(&str, rules::Rule)| {
        !B::CAPABILITIES.order_exact || !["N01", "N03"].contains(statement)
    };
    let mut asked = rules::ALL.iter().filter(asked);
    asked.try_for_each(|(_, rule)| rule(&history, buffer)).map_err(Failure::from)
}

/// Sends or receives until an operation fails.
#[tasklet]
async fn toil<B: Backend>(
    lane: Lane,
    pipe: Pipe<B>,
    numbers: Option<u64>,
    random: Random,
) -> Result<(), Error> {
    let mut chance: Random = random;
    let mut step: u64 = 0;
    loop {
        dawdle::<B>(chance.next()).await?;
        match numbers {
            Some(first) => put::<B>(lane.clone(), step, pipe.clone(), first + step).await?,
            None => {
                take::<B>(lane.clone(), step, pipe.clone()).await?;
            }
        }
        step += 1;
    }
}

/// Toils; whatever ends that, it cleans up.
#[tasklet]
async fn worker<B: Backend>(
    lane: Lane,
    pipe: Pipe<B>,
    numbers: Option<u64>,
    random: Random,
    counts: Counts,
) -> Result<(), Error> {
    counts[0].fetch_add(1, SeqCst);
    let result: Result<(), Error> = toil::<B>(lane, pipe, numbers, random).await;
    counts[1].fetch_add(1, SeqCst);
    result
}

/// Main: starts senders and receivers on two channels and kills some of them, some twice.
#[tasklet]
async fn murders<B: Backend>(
    book: Held<Book>,
    all: Vec<Counts>,
    random: Random,
) -> Result<(), Error> {
    let mut chance: Random = random;
    let pipes: Vec<Pipe<B>> = pipes::<B>(2);
    let mut handles: Vec<(Counts, B::Handle)> = Vec::new();
    for (number, counts) in all.into_iter().enumerate() {
        let numbers = (number % 2 == 0).then_some((number as u64) << 32);
        let kind = if number % 2 == 0 { "sender" } else { "receiver" };
        let lane = book.lane(format!("{kind} {number}"));
        let pipe = pipes[number / 2 % 2].clone();
        let random = Random(chance.next());
        let worker = worker::<B>(lane, pipe, numbers, random, counts.clone());
        handles.push((counts, B::spawn(worker)));
    }
    for _ in 0..10_u64 {
        for _ in 0..6_u64 {
            dawdle::<B>(chance.next()).await?;
        }
        let chosen: usize = chance.below(handles.len() as u64) as usize;
        handles[chosen].0[2].fetch_add(1, SeqCst);
        let victim: B::Handle = handles[chosen].1.clone();
        let _: Value<B> = victim.kill().await?;
    }
    Ok(())
}

fn random_kills<B: Backend>() -> Result<(), Failure> {
    each_seed(40, |seed| {
        let (book, all) = (Book::watched(), Vec::from_iter((0..12).map(|_| counts())));
        run::<B, _>("N17", murders::<B>(book.clone(), all.clone(), Random(seed)))?;
        cleaned::<B>(&all)?;
        accounts::<B>(&book)
    })
}

fn left_alone<B: Backend>() -> Result<(), Failure> {
    each_seed(20, |seed| {
        let (book, all) = (Book::watched(), Vec::from_iter((0..8).map(|_| counts())));
        run::<B, _>("N17", deserts::<B>(book.clone(), all.clone(), Random(seed)))?;
        cleaned::<B>(&all)?;
        accounts::<B>(&book)
    })
}

/// Main: starts all tasklets and returns in the middle of their work.
#[tasklet]
async fn deserts<B: Backend>(
    book: Held<Book>,
    all: Vec<Counts>,
    random: Random,
) -> Result<(), Error> {
    let mut chance: Random = random;
    let pipes: Vec<Pipe<B>> = pipes::<B>(1);
    for (number, counts) in all.into_iter().enumerate() {
        let numbers = (number % 2 == 0).then_some((number as u64) << 32);
        let lane = book.lane(format!("worker {number}"));
        B::spawn(worker::<B>(lane, pipes[0].clone(), numbers, Random(chance.next()), counts));
    }
    for _ in 0..20_u64 {
        dawdle::<B>(chance.next()).await?;
    }
    Ok(())
}

/// Lets the others run until `handle` is blocked, or dead.
#[tasklet]
pub(super) async fn until<B: Backend>(handle: B::Handle, blocked: bool) -> Result<(), Error> {
    loop {
        let status: switchback::Status = handle.status()?;
        if if blocked { status.blocked } else { !status.alive } {
            return Ok(());
        }
        B::schedule().await?;
    }
}

#[tasklet]
async fn killed_receiver<B: Backend>() -> Result<(), Error> {
    for round in 0..20_u64 {
        let channel: B::Channel<u64> = B::channel();
        let seen: Held<AtomicU64> = Held::new(AtomicU64::new(0));
        let victim: B::Handle = B::spawn(listener::<B>(channel.clone(), seen.clone()));
        until::<B>(victim.clone(), true).await?;
        let report: B::Channel<u64> = B::channel();
        let next: B::Handle = B::spawn(forwards::<B>(channel.clone(), report.clone()));
        until::<B>(next.clone(), true).await?;
        let _: Value<B> = victim.kill().await?;
        until::<B>(victim.clone(), false).await?;
        channel.send(round).await?;
        let value: u64 = report.receive().await?;
        same("N17", "received by the waiter behind a killed one", value, round)?;
        same("N17", "values that the killed receiver saw", seen.load(SeqCst), 0)?;
    }
    Ok(())
}

/// Counts what it receives.
#[tasklet]
async fn listener<B: Backend>(
    channel: B::Channel<u64>,
    seen: Held<AtomicU64>,
) -> Result<(), Error> {
    loop {
        let _: u64 = channel.receive().await?;
        seen.fetch_add(1, SeqCst);
    }
}

#[tasklet]
async fn killed_sender<B: Backend>() -> Result<(), Error> {
    for round in 0..20_u64 {
        let channel: B::Channel<u64> = B::channel();
        let victim: B::Handle = B::spawn(send_sequence::<B, u64>(channel.clone(), vec![999]));
        until::<B>(victim.clone(), true).await?;
        let next: B::Handle = B::spawn(send_sequence::<B, u64>(channel.clone(), vec![round]));
        until::<B>(next.clone(), true).await?;
        let _: Value<B> = victim.kill().await?;
        until::<B>(victim.clone(), false).await?;
        let value: u64 = channel.receive().await?;
        same("N17", "received from the waiter behind a killed one", value, round)?;
    }
    Ok(())
}

/// Yields for ever; cleans up.
#[tasklet]
async fn yielding<B: Backend>(counts: Counts) -> Result<(), Error> {
    counts[0].fetch_add(1, SeqCst);
    loop {
        let yielded: Result<(), Error> = B::schedule().await;
        if yielded.is_err() {
            counts[1].fetch_add(1, SeqCst);
            return yielded;
        }
    }
}

#[tasklet]
async fn kills_thrice<B: Backend>(counts: Counts, early: bool) -> Result<(), Error> {
    let victim: B::Handle = B::spawn(yielding::<B>(counts.clone()));
    // Without this the kill may come before the first statement: then the body never runs.
    while !early && counts[0].load(SeqCst) == 0 {
        B::schedule().await?;
    }
    for _ in 0..3_u64 {
        let _: Value<B> = victim.kill().await?;
    }
    while !early && counts[1].load(SeqCst) == 0 {
        B::schedule().await?;
    }
    for _ in 0..3_u64 {
        let _: Value<B> = victim.kill().await?;
        B::schedule().await?;
    }
    Ok(())
}

fn again<B: Backend>(seed: u64) -> Result<(), Failure> {
    for early in [false, true] {
        let counts = counts();
        run::<B, _>("N18", kills_thrice::<B>(counts.clone(), early))?;
        let (started, cleaned) = read(&counts);
        if started != cleaned || started > 1 || (!early && started == 0) {
            let found = format!(
                "killed several times, a tasklet started {started} times and cleaned up {cleaned} times"
            );
            return Err(refusal("N18", &format!("{found} (seed {seed})")));
        }
    }
    Ok(())
}

#[tasklet]
async fn dead<B: Backend>() -> Result<(), Error> {
    let victim: B::Handle = B::spawn(yielding::<B>(counts()));
    let _: Value<B> = victim.kill().await?;
    until::<B>(victim.clone(), false).await?;
    for _ in 0..3_u64 {
        let _: Value<B> = victim.kill().await?;
        B::schedule().await?;
        let status: switchback::Status = victim.status()?;
        hold("N18", "a dead tasklet is killed and stays dead", !status.alive && !status.blocked)?;
    }
    Ok(())
}

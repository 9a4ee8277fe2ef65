//! Two tasklets hand a ball back and forth, one channel each way.
//!
//! Law: the ball counts every hit. As many messages as pairs, and one for the result. On
//! order-exact backends a send always comes first and is a switch, the receive after it is none.

use switchback::{Backend, Channel, Error, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::naive;
use crate::scenario::{Family, Reference, Row, Scenario, Source, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "pingpong",
    family: Family::Switching,
    words: Words {
        title: "Ping-pong",
        work: "Tasklets hand a value back and forth over rendezvous channels and do nothing else.",
        shows: "The least a rendezvous can cost: the partner is always about to arrive, so a send \
                and receive pair is queue work and the switch itself.",
        does_not_show: "Contention, deep stacks, cold caches: the few tasklets and their channels \
                        stay in the first-level cache, and the branch predictor knows the way.",
        cost: "Linear in the messages; nothing is allocated per message. The cost per pair must \
               not depend on the size.",
        plot: Plot::Median,
    },
    operation: "send and receive pair",
    size: "send and receive pairs",
    origin: "the rendezvous of Stackless Python; Savina publishes its ping pong with 40,000 \
             pings, two pairs each",
    sizes: &[10_000],
    large: &[80_000],
    small: &[2, 40],
    operations: |pairs| pairs,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::BareSwitch,
    beside: &[Row::new(naive::NAME, naive::pingpong)],
    elsewhere: &[
        Source::AGAIN.value("Stackless 3.7 soft", "66 ns"),
        Source::AGAIN.value("Stackless 3.7 hard", "98 ns"),
        Source::AGAIN.value("PyPy stackless", "187 ns"),
        Source::AGAIN.value("greenlet on CPython 3.11", "372 ns"),
        Source::AGAIN.value("Go 1.19, one thread", "97 ns"),
        Source::AGAIN.value("tokio current_thread, mpsc(1)", "107 ns"),
        Source::AGAIN.value("may", "140\u{2013}220 ns"),
        Source::AGAIN.value("crossbeam bounded(0) between OS threads", "8,000\u{2013}32,000 ns"),
        Source::AGAIN.value("corosensei resume + suspend, the floor", "2.5 ns"),
    ],
};

/// A hit leaves a trace that depends on all hits before, for two instructions: a multiplication
/// would be part of what is measured, since each hit waits for the one before.
#[inline(always)]
pub(crate) const fn served(ball: u64) -> u64 {
    ball.rotate_left(5) ^ 0x9E37_79B9_7F4A_7C15
}

/// As [`served`], by the other side.
#[inline(always)]
pub(crate) const fn returned(ball: u64) -> u64 {
    ball.rotate_left(9).wrapping_add(7)
}

/// The loop that is measured, by itself: whatever else it kept would be saved and restored too.
#[tasklet]
async fn serve<B: Backend>(
    there: B::Channel<u64>,
    back: B::Channel<u64>,
    rounds: u64,
) -> Result<u64, Error> {
    let mut ball = 0u64;
    for _ in 0..rounds {
        there.send(served(ball)).await?;
        ball = back.receive().await?;
    }
    Ok(ball)
}

#[tasklet]
async fn server<B: Backend>(
    there: B::Channel<u64>,
    back: B::Channel<u64>,
    rounds: u64,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let ball = serve(there, back, rounds).await?;
    done.send(ball).await
}

#[tasklet]
async fn returner<B: Backend>(
    there: B::Channel<u64>,
    back: B::Channel<u64>,
    rounds: u64,
) -> Result<(), Error> {
    for _ in 0..rounds {
        let ball = there.receive().await?;
        back.send(returned(ball)).await?;
    }
    Ok(())
}

#[tasklet]
pub(crate) async fn game<B: Backend>(rounds: u64) -> Result<u64, Error> {
    let there = B::channel::<u64>();
    let back = B::channel::<u64>();
    let done = B::channel::<u64>();
    B::spawn(server(there.clone(), back.clone(), rounds, done.clone()));
    B::spawn(returner(there, back, rounds));
    let ball = done.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(ball)
}

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(pairs: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let ball: u64 = game(pairs / 2).await?;
    out.send(ball).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[2, 12],
        program: || B::program::<passenger::Call<B>>(),
        start: |pairs, out| drop(B::spawn(passenger(pairs, out))),
        unmoved: |pairs| B::run(game(pairs / 2)),
    }
}

/// Plays `pairs` send and receive pairs, an even number.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(pairs: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(game(pairs / 2), counting)
}

/// What `pairs` hits make of the ball, and what they cost.
#[must_use]
pub fn law(pairs: u64) -> Law {
    let hits = pairs / 2 * 2;
    Law {
        tasklets: Some(2),
        peak_alive: Some(2),
        messages: Some(hits + 1),
        // To the server and back with the result; at the end once around the two and main.
        switches: Some(hits + 2 + 3),
        ..Law::of(ball(pairs))
    }
}

/// The ball after `pairs` hits.
#[must_use]
pub fn ball(pairs: u64) -> u64 {
    (0..pairs / 2).fold(0, |ball, _| returned(served(ball)))
}

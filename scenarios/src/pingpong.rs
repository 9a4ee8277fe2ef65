//! Two tasklets hand a ball back and forth, one channel each way.
//!
//! Shows the least a rendezvous costs: the partner is always about to arrive. Does not show
//! contention, deep stacks or cold caches.
//!
//! Law: the ball counts every hit. As many messages as pairs, and one for the result. On
//! order-exact backends a send always comes first and is a switch, the receive after it is none.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::witness::{Law, Witness};

use crate::work::{Counting, witness};

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

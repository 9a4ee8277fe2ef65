//! Runnable tasklets give way to each other, without channels.
//!
//! Shows the bare switch with its queue: one tasklet to the back, the next from the front. With 2
//! tasklets all is in the nearest cache, with 1,000 it is not. Does not show channels and values;
//! for OS threads giving way is a wish, not a switch to somebody known.
//!
//! Law: every tasklet counts its own turns, so that the sum does not depend on their order. On
//! order-exact backends each turn is one switch.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::witness::{Law, Witness};

use crate::work::{Counting, mix, witness};

/// Turns of all tasklets together in one run, at least.
const TURNS: u64 = 50_000;

/// Turns of each of `tasklets` tasklets: fewer of them take more, so that making them stays out
/// of the figure.
#[must_use]
pub const fn turns(tasklets: u64) -> u64 {
    let share = TURNS / tasklets;
    if share < 200 { 200 } else { share }
}

/// The loop that is measured, by itself: whatever else it kept would be saved and restored too.
#[tasklet]
async fn take_turns<B: Backend>(turns: u64) -> Result<u64, Error> {
    let mut left = turns;
    while left > 0 {
        B::schedule().await?;
        left -= 1;
    }
    Ok(left)
}

#[tasklet]
async fn polite<B: Backend>(number: u64, turns: u64, done: B::Channel<u64>) -> Result<(), Error> {
    let left = take_turns(turns).await?;
    done.send(mix(number, turns - left)).await
}

#[tasklet]
pub(crate) async fn crowd<B: Backend>(tasklets: u64, turns: u64) -> Result<u64, Error> {
    let done = B::channel::<u64>();
    for number in 0..tasklets {
        B::spawn(polite(number, turns, done.clone()));
    }
    let mut sum = 0u64;
    for _ in 0..tasklets {
        let state = done.receive().await?;
        sum = sum.wrapping_add(state);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Runs `tasklets` tasklets, at least 2, of [`turns`] turns each.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(tasklets: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(crowd(tasklets, turns(tasklets)), counting)
}

/// What all turns add up to, and what they cost.
#[must_use]
pub fn law(tasklets: u64) -> Law {
    let turns = turns(tasklets);
    Law {
        tasklets: Some(tasklets),
        peak_alive: Some(tasklets),
        messages: Some(tasklets),
        // A turn each; then main takes the results, a switch to it and one from it each, and goes
        // once around at the end.
        switches: Some(tasklets * turns + 2 * tasklets + tasklets + 1),
        ..Law::of(sum(tasklets))
    }
}

/// Sum of the states of all tasklets at the end.
#[must_use]
pub fn sum(tasklets: u64) -> u64 {
    let state = |number| mix(number, turns(tasklets));
    (0..tasklets).map(state).fold(0, u64::wrapping_add)
}

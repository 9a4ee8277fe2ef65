//! Generations of tasklets: each makes its successor and ends.
//!
//! Shows a tasklet's whole life, made, run once, given back, when its stack or frame has been
//! used before. Does not show the first use of memory, which costs pages, nor tasklets that wait.
//!
//! Law: each generation adds its number; only the last one sends, so that no message is in the
//! figure. On order-exact backends the successor runs when its maker has ended: two alive at most.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::witness::{Law, Witness};

use crate::work::{Counting, mix, witness};

#[tasklet]
async fn generation<B: Backend>(
    number: u64,
    last: u64,
    state: u64,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let state: u64 = mix(state, number);
    if number == last {
        return done.send(state).await;
    }
    B::spawn(generation(number + 1, last, state, done));
    Ok(())
}

#[tasklet]
pub(crate) async fn ancestor<B: Backend>(generations: u64) -> Result<u64, Error> {
    let done = B::channel::<u64>();
    B::spawn(generation(1u64, generations, 0u64, done.clone()));
    let state = done.receive().await?;
    // Lets the last one end, which would be killed otherwise.
    B::schedule().await?;
    Ok(state)
}

/// Runs `generations` tasklets, at least 2, one after the other.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(generations: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(ancestor(generations), counting)
}

/// The sum of all generations, and what they cost.
#[must_use]
pub fn law(generations: u64) -> Law {
    Law {
        tasklets: Some(generations),
        peak_alive: Some(2),
        messages: Some(1),
        // To each, back to main with the result, and to the last one and back for its end.
        switches: Some(generations + 1 + 2),
        ..Law::of((1..=generations).fold(0, mix))
    }
}

//! A producer sends numbers to a consumer over one channel.
//!
//! Shows a rendezvous in one direction: the two alternate, so a value costs two switches where a
//! ping-pong needs one. Does not show buffering, of which a rendezvous channel has none, nor
//! several producers.
//!
//! Law: the consumer hashes the numbers in their order. One message each, and one for the result.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::witness::{Law, Witness};

use crate::work::{Counting, mix, witness};

#[tasklet]
async fn producer<B: Backend>(numbers: B::Channel<u64>, count: u64) -> Result<(), Error> {
    for number in 0..count {
        numbers.send(number).await?;
    }
    Ok(())
}

#[tasklet]
async fn consumer<B: Backend>(
    numbers: B::Channel<u64>,
    count: u64,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let mut state = 0u64;
    for _ in 0..count {
        let number = numbers.receive().await?;
        state = mix(state, number);
    }
    done.send(state).await
}

#[tasklet]
pub(crate) async fn delivery<B: Backend>(count: u64) -> Result<u64, Error> {
    let numbers = B::channel::<u64>();
    let done = B::channel::<u64>();
    B::spawn(producer(numbers.clone(), count));
    B::spawn(consumer(numbers, count, done.clone()));
    let state = done.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(state)
}

/// Streams `count` numbers.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(count: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(delivery(count), counting)
}

/// The hash of `count` numbers, and what they cost.
#[must_use]
pub fn law(count: u64) -> Law {
    Law {
        tasklets: Some(2),
        peak_alive: Some(2),
        messages: Some(count + 1),
        // Only the first number finds its receiver not waiting. Then main, producer and consumer
        // take a switch each at both ends, less the one that the first number saved.
        switches: Some(2 * count + 4),
        ..Law::of((0..count).fold(0, mix))
    }
}

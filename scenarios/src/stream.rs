//! A producer sends numbers to a consumer over one channel.
//!
//! Law: the consumer hashes the numbers in their order. One message each, and one for the result.

use switchback::{Backend, Channel, Error, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::naive;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads_without_buffer};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "stream",
    family: Family::Switching,
    words: Words {
        title: "Stream",
        work: "A producer sends values to a consumer over one channel, as fast as the consumer \
               takes them.",
        shows: "Rendezvous in one direction: producer and consumer alternate, so a value costs \
                more switching than in a ping-pong.",
        does_not_show: "Buffering: a rendezvous channel has none. Work on the values, contention \
                        between several producers.",
        cost: "Linear in the values; nothing is allocated per value.",
        plot: Plot::Median,
    },
    operation: "value",
    size: "values",
    origin: "producer and consumer of the Stackless Python documentation",
    sizes: &[10_000],
    large: &[],
    small: &[1, 40],
    operations: |values| values,
    law,
    limits: &[],
    slow: on_threads_without_buffer,
    reference: Reference::BareSwitch,
    beside: &[Row::new(naive::NAME, naive::stream)],
    elsewhere: &[],
};

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

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(count: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let state: u64 = delivery(count).await?;
    out.send(state).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[1, 9],
        program: || B::program::<passenger::Call<B>>(),
        start: |count, out| drop(B::spawn(passenger(count, out))),
        unmoved: |count| B::run(delivery(count)),
    }
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

//! A producer sends numbers to a counter, then asks for the sum.
//!
//! Published size: 1,000,000 messages.
//!
//! Law: the sum. Messages: the numbers, the question, its answer, and the result for main.

use std::hint::black_box;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "counting",
    family: Family::Actors,
    words: Words {
        title: "Counting",
        work: "A producer sends numbers to a counter, which adds them up, then asks it for the \
               sum.",
        shows: "A message from one actor to another that handles two kinds of them: a switch, and \
                a look at what has come.",
        does_not_show: "Mailboxes that fill: the producer waits until a number is taken. More \
                        than one sender.",
        cost: "Linear in the messages; nothing is allocated per message.",
        plot: Plot::Median,
    },
    operation: "message",
    size: "messages to the counter",
    origin: "the Savina actor suite (AGERE 2014), problem \"counting\"",
    sizes: &[5_000],
    large: &[1_000_000],
    small: &[1, 40],
    operations: |numbers| numbers,
    law,
    limits: &[messages_on_threads(1_000_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// What a counter is told.
#[message]
enum Told<B: Backend> {
    /// A number to be added.
    Add(u64),
    /// The sum is asked for; the counter ends.
    Tell(B::Channel<u64>),
}

#[tasklet]
async fn counter<B: Backend>(told: B::Channel<Told<B>>) -> Result<(), Error> {
    let mut sum = 0u64;
    loop {
        match told.receive().await? {
            Told::Add(number) => sum += number,
            Told::Tell(reply) => {
                let reply: B::Channel<u64> = reply;
                return reply.send(sum).await;
            }
        }
    }
}

#[tasklet]
async fn producer<B: Backend>(
    counter: B::Channel<Told<B>>,
    count: u64,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    for number in 1..=count {
        counter.send(Told::Add(number)).await?;
    }
    let reply = B::channel::<u64>();
    counter.send(Told::Tell(reply.clone())).await?;
    let sum = reply.receive().await?;
    done.send(sum).await
}

#[tasklet]
async fn count<B: Backend>(numbers: u64) -> Result<u64, Error> {
    let told = B::channel::<Told<B>>();
    let done = B::channel::<u64>();
    B::spawn(counter(told.clone()));
    B::spawn(producer(told, numbers, done.clone()));
    let sum = done.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Counts the numbers from 1 to `numbers`.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(numbers: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(count(numbers), counting)
}

/// The reference: a loop.
///
/// # Errors
/// None.
pub fn plain(numbers: u64) -> Result<Witness, String> {
    let mut sum = 0;
    for number in 1..=numbers {
        // The loop is not to become a formula.
        sum += black_box(number);
    }
    Ok(Witness::of(sum))
}

/// The sum, and what it costs.
#[must_use]
pub fn law(numbers: u64) -> Law {
    Law { tasklets: Some(2), messages: Some(numbers + 3), ..Law::of(numbers * (numbers + 1) / 2) }
}

//! Main sends messages to actors in turn; the size is how many each of them gets.
//!
//! Published: 60 actors, 10,000 messages each.
//!
//! Law: each actor hashes its messages in their order, main adds the hashes up. Messages: those
//! that are sent, and a hash per actor.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "fork-join-throughput",
    family: Family::Actors,
    words: Words {
        title: "Fork and join: throughput",
        work: "Main sends messages to a few dozen actors in turn; each hashes what it gets, and \
               main collects the hashes.",
        shows: "A message to another actor each time: one sender that is hot, many receivers that \
                are not.",
        does_not_show: "Several senders. Parallelism pays only where main need not wait for each \
                        message to be taken.",
        cost: "Linear in the messages; nothing is allocated per message.",
        plot: Plot::Median,
    },
    operation: "message",
    size: "messages to each of 60 actors",
    origin: "the Savina actor suite (AGERE 2014), problem \"fork-join throughput\"",
    sizes: &[100],
    large: &[10_000],
    small: &[1, 9],
    operations: |messages| ACTORS * messages,
    law,
    limits: &[messages_on_threads(10_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Actors in a run.
pub const ACTORS: u64 = 60;

/// What the actors get in a round: each something else.
const fn content(actor: u64, round: u64) -> u64 {
    ACTORS * round + actor
}

#[tasklet]
async fn actor<B: Backend>(
    mailbox: B::Channel<u64>,
    messages: u64,
    hashes: B::Channel<u64>,
) -> Result<(), Error> {
    let mut state = 0u64;
    for _ in 0..messages {
        let content = mailbox.receive().await?;
        state = mix(state, content);
    }
    hashes.send(state).await
}

#[tasklet]
async fn fork_and_join<B: Backend>(actors: u64, messages: u64) -> Result<u64, Error> {
    let hashes = B::channel::<u64>();
    let mut mailboxes: Vec<B::Channel<u64>> = Vec::new();
    for _ in 0..actors {
        let mailbox = B::channel::<u64>();
        B::spawn(actor(mailbox.clone(), messages, hashes.clone()));
        mailboxes.push(mailbox);
    }
    for round in 0..messages {
        for actor in 0..actors {
            mailboxes[actor as usize].send(content(actor, round)).await?;
        }
    }
    let mut sum = 0u64;
    for _ in 0..actors {
        let state = hashes.receive().await?;
        sum = sum.wrapping_add(state);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Sends `messages` messages to each actor.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(messages: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(fork_and_join(ACTORS, messages), counting)
}

/// The hashes of all actors, in the order in which main sends.
fn sum(messages: u64) -> u64 {
    let mut states = [0; ACTORS as usize];
    for round in 0..messages {
        for (actor, state) in (0..).zip(&mut states) {
            *state = mix(*state, content(actor, round));
        }
    }
    states.into_iter().fold(0, u64::wrapping_add)
}

/// The reference: the states in an array.
///
/// # Errors
/// None.
pub fn plain(messages: u64) -> Result<Witness, String> {
    Ok(Witness::of(sum(messages)))
}

/// The sum of the hashes, and what it costs.
#[must_use]
pub fn law(messages: u64) -> Law {
    Law {
        tasklets: Some(ACTORS),
        messages: Some(ACTORS * messages + ACTORS),
        ..Law::of(sum(messages))
    }
}

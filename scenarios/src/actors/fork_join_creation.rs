//! Many actors are made, each gets one message on a channel of its own, answers and ends.
//!
//! Published size: 40,000 actors. All of them are alive before the first message is sent, so that
//! backends with native stacks have no part in that size.
//!
//! Law: the answers, added up. Two messages per actor.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, dice, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "fork-join-creation",
    family: Family::Actors,
    words: Words {
        title: "Fork and join: creation",
        work: "Main makes many actors, sends each of them one message on a channel of its own, and \
               collects their answers.",
        shows: "What an actor costs with its mailbox when all of them are there at once and each \
                has next to nothing to do.",
        does_not_show: "Conversations: an actor takes one message. Stacks or frames that are used \
                        again, since none has ended when the last is made.",
        cost: "Linear in the actors, until their memory leaves the caches.",
        plot: Plot::Median,
    },
    operation: "actor",
    size: "actors",
    origin: "the Savina actor suite (AGERE 2014), problem \"fork-join creation\"",
    sizes: &[2_000],
    large: &[40_000],
    small: &[1, 30],
    operations: |actors| actors,
    law,
    limits: &[Limit::THREADS, Limit::STACKS, Limit::GIGABYTE],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// What an actor makes of its message.
const fn answer(number: u64) -> u64 {
    dice(1, number)
}

#[tasklet]
async fn actor<B: Backend>(
    mailbox: B::Channel<u64>,
    answers: B::Channel<u64>,
) -> Result<(), Error> {
    let number = mailbox.receive().await?;
    answers.send(answer(number)).await
}

#[tasklet]
async fn fork_and_join<B: Backend>(actors: u64) -> Result<u64, Error> {
    let answers = B::channel::<u64>();
    let mut mailboxes: Vec<B::Channel<u64>> = Vec::new();
    for _ in 0..actors {
        let mailbox = B::channel::<u64>();
        B::spawn(actor(mailbox.clone(), answers.clone()));
        mailboxes.push(mailbox);
    }
    for number in 0..actors {
        mailboxes[number as usize].send(number).await?;
    }
    let mut sum = 0u64;
    for _ in 0..actors {
        let answer = answers.receive().await?;
        sum = sum.wrapping_add(answer);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Makes `actors` actors.
///
/// # Errors
/// What the backend fails with; [`Exhausted`](switchback::Kind) if there are not as many stacks.
pub fn run<B: Backend>(actors: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(fork_and_join(actors), counting)
}

/// The reference: the answers in a loop.
///
/// # Errors
/// None.
pub fn plain(actors: u64) -> Result<Witness, String> {
    Ok(Witness::of((0..actors).map(answer).fold(0, u64::wrapping_add)))
}

/// The sum of the answers, and what it costs.
#[must_use]
pub fn law(actors: u64) -> Law {
    Law {
        tasklets: Some(actors),
        messages: Some(2 * actors),
        ..Law::of((0..actors).map(answer).fold(0, u64::wrapping_add))
    }
}

//! Actors ping random others and wait for each answer; the size is how many pings each sends.
//!
//! Published: 120 actors, 20,000 pings each.
//!
//! An actor is two tasklets. One of them answers pings and never waits for an answer itself, so
//! that two actors that ping each other do not wait for each other for ever.
//!
//! ```text
//!   actor a: pinger --Ping(content, reply)--> actor b: answerer
//!                   <------- answer ---------
//! ```
//!
//! Law: each pinger hashes its answers in their order, each answerer counts its pings; main adds
//! the hashes up and mixes the counts in. Messages: two per ping; of each actor the hash, the end,
//! and the count.

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, dice, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "big",
    family: Family::Actors,
    words: Words {
        title: "Big",
        work: "Actors ping others that they choose at random, and wait for each answer.",
        shows: "Messages from many to many: no partner is the same as before, and a queue forms \
                now and then.",
        does_not_show: "Answers out of order: an actor has one ping under way.",
        cost: "Linear in the pings, two messages each, after a fixed price: each actor knows all \
               others.",
        plot: Plot::Median,
    },
    operation: "ping with its answer",
    size: "pings of each of 120 actors",
    origin: "the Savina actor suite (AGERE 2014), problem \"big\"",
    sizes: &[50],
    large: &[20_000],
    small: &[1, 3],
    operations: |pings| ACTORS * pings,
    law,
    limits: &[messages_on_threads(20_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Actors in a run, with numbers from 0.
pub const ACTORS: u64 = 120;

/// What an answerer gets.
#[message]
enum Request<B: Backend> {
    /// To be answered.
    Ping(u64, B::Channel<u64>),
    /// There are no more pings.
    End,
}

/// The actor that another one pings: any but itself.
const fn target(actor: u64, ping: u64) -> u64 {
    let other = dice(actor, ping) % (ACTORS - 1);
    if other < actor { other } else { other + 1 }
}

/// What actor `number` answers to a ping.
const fn answer(number: u64, content: u64) -> u64 {
    mix(content, number)
}

/// What main makes of the pings that actor `number` has answered.
const fn counted(number: u64, pings: u64) -> u64 {
    dice(number, pings)
}

#[tasklet]
async fn answerer<B: Backend>(
    number: u64,
    requests: B::Channel<Request<B>>,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let mut pings = 0u64;
    loop {
        match requests.receive().await? {
            Request::Ping(content, reply) => {
                let reply: B::Channel<u64> = reply;
                reply.send(answer(number, content)).await?;
            }
            Request::End => return done.send(counted(number, pings)).await,
        }
        pings += 1;
    }
}

#[tasklet]
async fn pinger<B: Backend>(
    number: u64,
    pings: u64,
    others: Vec<B::Channel<Request<B>>>,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let reply = B::channel::<u64>();
    let mut state = 0u64;
    for ping in 0..pings {
        let target: usize = target(number, ping) as usize;
        others[target].send(Request::Ping(ping, reply.clone())).await?;
        let answer = reply.receive().await?;
        state = mix(state, answer);
    }
    done.send(state).await
}

#[tasklet]
async fn ping<B: Backend>(count: u64, pings: u64) -> Result<u64, Error> {
    let done = B::channel::<u64>();
    let mut actors: Vec<B::Channel<Request<B>>> = Vec::new();
    for number in 0..count {
        let requests = B::channel::<Request<B>>();
        B::spawn(answerer(number, requests.clone(), done.clone()));
        actors.push(requests);
    }
    for number in 0..count {
        B::spawn(pinger(number, pings, actors.clone(), done.clone()));
    }
    let mut sum = 0u64;
    for _ in 0..count {
        let state = done.receive().await?;
        sum = sum.wrapping_add(state);
    }
    for requests in actors {
        requests.send(Request::End).await?;
        let counted = done.receive().await?;
        sum = sum.wrapping_add(counted);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Has each actor send `pings` pings.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(pings: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(ping(ACTORS, pings), counting)
}

/// All pings as calls, one actor after the other.
fn sum(pings: u64) -> u64 {
    let mut counts = [0; ACTORS as usize];
    let mut sum = 0_u64;
    for number in 0..ACTORS {
        let mut state = 0;
        for ping in 0..pings {
            let target = target(number, ping);
            counts[target as usize] += 1;
            state = mix(state, answer(target, ping));
        }
        sum = sum.wrapping_add(state);
    }
    (0..).zip(counts).fold(sum, |sum, (number, pings)| sum.wrapping_add(counted(number, pings)))
}

/// The reference: pings are calls.
///
/// # Errors
/// None.
pub fn plain(pings: u64) -> Result<Witness, String> {
    Ok(Witness::of(sum(pings)))
}

/// The answers and counts, and what they cost.
#[must_use]
pub fn law(pings: u64) -> Law {
    Law {
        tasklets: Some(2 * ACTORS),
        messages: Some(2 * ACTORS * pings + 3 * ACTORS),
        ..Law::of(sum(pings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_pings_all_others_and_never_itself() {
        for actor in [0, 7, ACTORS - 1] {
            let mut pinged = [false; ACTORS as usize];
            (0..5_000).for_each(|ping| pinged[target(actor, ping) as usize] = true);
            for (number, pinged) in (0..).zip(pinged) {
                assert_eq!(pinged, number != actor, "{actor} pings {number}");
            }
        }
    }
}

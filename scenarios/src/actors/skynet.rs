//! A tree of actors, each with ten below it; the leaves say their numbers, the others add up.
//!
//! The size is the number of leaves, a power of ten. With 1,000,000 of them 1,111,111 tasklets are
//! made, which the witness counts.
//!
//! Law: the sum of the numbers of all leaves, from 0. A message per tasklet.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "skynet",
    family: Family::Actors,
    words: Words {
        title: "Skynet",
        work: "An actor makes ten others, each of them ten more, down to numbered leaves; each \
               sends the sum of what is below it to the one that made it.",
        shows: "A million actors made, run and ended within one run, most of them alive before \
                the first one answers.",
        does_not_show: "Messages between actors that live on: each sends one and ends.",
        cost: "Linear in the leaves, with a ninth more for the nodes above, until their memory \
               leaves the caches.",
        plot: Plot::Median,
    },
    operation: "leaf",
    size: "leaves of the tree of actors, which has a ninth more inner ones",
    origin: "the skynet benchmark of 2016: 1,111,111 actors of which each makes ten",
    sizes: &[1_000],
    large: &[1_000_000],
    small: &[1, 10, 100],
    operations: |leaves| leaves,
    law,
    limits: &[Limit::THREADS, Limit::STACKS, Limit::GIGABYTE],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Actors below each actor that is no leaf.
pub const BRANCHES: u64 = 10;

#[tasklet]
async fn node<B: Backend>(first: u64, leaves: u64, reply: B::Channel<u64>) -> Result<(), Error> {
    if leaves < BRANCHES {
        return reply.send(first).await;
    }
    let sums = B::channel::<u64>();
    let below: u64 = leaves / BRANCHES;
    let branches: u64 = BRANCHES;
    for branch in 0..branches {
        B::spawn(node(first + branch * below, below, sums.clone()));
    }
    let mut sum = 0u64;
    for _ in 0..branches {
        sum += sums.receive().await?;
    }
    reply.send(sum).await
}

#[tasklet]
async fn tree<B: Backend>(leaves: u64) -> Result<u64, Error> {
    let reply = B::channel::<u64>();
    B::spawn(node(0u64, leaves, reply.clone()));
    let sum = reply.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Makes a tree with `leaves` leaves, a power of ten.
///
/// # Errors
/// What the backend fails with; [`Exhausted`](switchback::Kind) if there are not as many stacks.
pub fn run<B: Backend>(leaves: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(tree(leaves), counting)
}

/// The reference: the tree as calls.
///
/// # Errors
/// None.
pub fn plain(leaves: u64) -> Result<Witness, String> {
    fn node(first: u64, leaves: u64) -> u64 {
        if leaves < BRANCHES {
            return first;
        }
        let below = leaves / BRANCHES;
        (0..BRANCHES).map(|branch| node(first + branch * below, below)).sum()
    }
    Ok(Witness::of(node(0, leaves)))
}

/// Actors of a tree, leaves and all above.
#[must_use]
pub const fn actors(leaves: u64) -> u64 {
    let (mut all, mut level) = (1, 1);
    while level < leaves {
        level *= BRANCHES;
        all += level;
    }
    all
}

/// The sum, and what it costs.
#[must_use]
pub fn law(leaves: u64) -> Law {
    Law {
        tasklets: Some(actors(leaves)),
        messages: Some(actors(leaves)),
        ..Law::of(leaves * (leaves - 1) / 2)
    }
}

//! Tasklets in a circle pass a token on.
//!
//! Law: each tasklet and main stamp the token, in the order of the circle. One message per hop, and
//! on order-exact backends one switch; the last lap is one of endings.

use switchback::{Backend, Channel, Error, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::naive;
use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, never};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "ring",
    family: Family::Switching,
    words: Words {
        title: "Ring",
        work: "Tasklets in a circle pass a token on; the size is how many they are.",
        shows: "How the cost of a message changes with the number of tasklets that take part: \
                caches, not queues, set it.",
        does_not_show: "Parallelism: only the holder of the token runs.",
        cost: "One message per hop. The cost per hop must not depend on the size but for the \
               caches.",
        plot: Plot::Median,
    },
    operation: "hop",
    size: "tasklets in the circle",
    origin: "the ring of processes of the Erlang community, a token that goes round",
    sizes: &[100, 10_000],
    large: &[],
    small: &[1, 30],
    operations: hops,
    law,
    limits: &[Limit::THREADS],
    slow: never,
    reference: Reference::BareSwitch,
    beside: &[Row::new(naive::NAME, naive::ring)],
    elsewhere: &[],
};

/// Times the token goes around in one run, so that making the circle stays out of the figure.
pub const LAPS: u64 = 20;

#[tasklet]
async fn neighbour<B: Backend>(
    number: u64,
    laps: u64,
    left: B::Channel<u64>,
    right: B::Channel<u64>,
) -> Result<(), Error> {
    for _ in 0..laps {
        let token = left.receive().await?;
        right.send(mix(token, number)).await?;
    }
    Ok(())
}

#[tasklet]
pub(crate) async fn circle<B: Backend>(tasklets: u64, laps: u64) -> Result<u64, Error> {
    let first = B::channel::<u64>();
    let mut last: B::Channel<u64> = first.clone();
    for number in 1..=tasklets {
        let right = B::channel::<u64>();
        B::spawn(neighbour(number, laps, last, right.clone()));
        last = right;
    }
    let mut token = 0u64;
    for _ in 0..laps {
        first.send(mix(token, 0)).await?;
        token = last.receive().await?;
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(token)
}

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(tasklets: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let token: u64 = circle(tasklets, 5u64).await?;
    out.send(token).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[1, 4],
        program: || B::program::<passenger::Call<B>>(),
        start: |tasklets, out| drop(B::spawn(passenger(tasklets, out))),
        unmoved: |tasklets| B::run(circle(tasklets, 5u64)),
    }
}

/// Sends the token [`LAPS`] times around main and `tasklets` tasklets.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(tasklets: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(circle(tasklets, LAPS), counting)
}

/// Messages of one run.
#[must_use]
pub const fn hops(tasklets: u64) -> u64 {
    LAPS * (tasklets + 1)
}

/// The stamps on the token, and what they cost.
#[must_use]
pub fn law(tasklets: u64) -> Law {
    let stamps = (0..LAPS).flat_map(|_| 0..=tasklets);
    Law {
        tasklets: Some(tasklets),
        peak_alive: Some(tasklets),
        messages: Some(hops(tasklets)),
        switches: Some(hops(tasklets) + tasklets + 1),
        ..Law::of(stamps.fold(0, mix))
    }
}

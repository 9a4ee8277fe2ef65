//! Generations of tasklets: each makes its successor and ends.
//!
//! Law: each generation adds its number; only the last one sends, so that no message is in the
//! figure. On order-exact backends the successor runs when its maker has ended: two alive at most.

use switchback::{Backend, Channel, Error, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::naive;
use crate::scenario::{Family, Reference, Row, Scenario, Source, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "spawn",
    family: Family::Memory,
    words: Words {
        title: "Spawn",
        work: "Tasklets are made, run to their end and are given back.",
        shows: "The cost of a tasklet's whole life once stacks and frames have been used before.",
        does_not_show: "The first use of fresh memory, which costs pages rather than instructions; \
                        tasklets that wait.",
        cost: "Linear in the tasklets; memory follows those alive, not those ever made.",
        plot: Plot::Median,
    },
    operation: "tasklet",
    size: "tasklets made, one after the other",
    origin: "switchback: the third of its micro scenarios",
    sizes: &[10_000],
    large: &[],
    small: &[2, 40],
    operations: |tasklets| tasklets,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::BareSwitch,
    beside: &[Row::new(naive::NAME, naive::spawn)],
    elsewhere: &[
        Source::AGAIN.value("Stackless 3.7 soft", "208 ns"),
        Source::AGAIN.value("Stackless 3.7 hard", "203 ns"),
        Source::AGAIN.value("PyPy stackless", "2,043 ns"),
        Source::AGAIN.value("greenlet on CPython 3.11", "7,416 ns"),
        Source::AGAIN.value("Go 1.19, one thread", "137 ns"),
    ],
};

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

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(generations: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let state: u64 = ancestor(generations).await?;
    out.send(state).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[2, 9],
        program: || B::program::<passenger::Call<B>>(),
        start: |generations, out| drop(B::spawn(passenger(generations, out))),
        unmoved: |generations| B::run(ancestor(generations)),
    }
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

//! Runnable tasklets give way to each other, without channels.
//! With 2 tasklets all is in the nearest cache, with 1,000 it is not.
//!
//! Law: every tasklet counts its own turns, so that the sum does not depend on their order. On
//! order-exact backends each turn is one switch.

use switchback::{Backend, Channel, Error, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::naive;
use crate::scenario::{Family, Reference, Row, Scenario, Source, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "schedule",
    family: Family::Switching,
    words: Words {
        title: "Schedule",
        work: "Runnable tasklets give way to each other through the run queue, without channels.",
        shows: "The bare switch with its queue: one tasklet to the back, the next from the front.",
        does_not_show: "Channels and values. For OS threads giving way is a wish to the operating \
                        system, not a switch to a named tasklet.",
        cost: "One switch per schedule; linear in their number. More tasklets than fit the cache \
               show up as a higher cost per switch.",
        plot: Plot::Median,
    },
    operation: "turn",
    size: "tasklets that are runnable",
    origin: "`stackless.schedule` of Stackless Python",
    sizes: &[2, 1_000],
    large: &[],
    small: &[2, 5],
    operations: |tasklets| tasklets * turns(tasklets),
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::BareSwitch,
    beside: &[Row::new(naive::NAME, naive::schedule)],
    elsewhere: &[
        Source::AGAIN.value("Stackless 3.7 soft", "50 ns"),
        Source::AGAIN.value("Stackless 3.7 hard", "136 ns; 1,376 ns at depth 100"),
        Source::AGAIN.value("PyPy stackless", "186 ns"),
        Source::AGAIN.value("greenlet on CPython 3.11", "152 ns"),
        Source::AGAIN.value("Go 1.19, one thread", "50 ns"),
    ],
};

/// Turns of all tasklets together in one run, at least.
const TURNS: u64 = 50_000;

/// Turns of each of `tasklets` tasklets: fewer of them take more, so that making them stays out
/// of the figure.
#[must_use]
pub const fn turns(tasklets: u64) -> u64 {
    let share = TURNS / tasklets;
    if share < 200 { 200 } else { share }
}

/// The loop that is measured, by itself: whatever else it kept would be saved and restored too.
#[tasklet]
async fn take_turns<B: Backend>(turns: u64) -> Result<u64, Error> {
    let mut left = turns;
    while left > 0 {
        B::schedule().await?;
        left -= 1;
    }
    Ok(left)
}

#[tasklet]
async fn polite<B: Backend>(number: u64, turns: u64, done: B::Channel<u64>) -> Result<(), Error> {
    let left = take_turns(turns).await?;
    done.send(mix(number, turns - left)).await
}

#[tasklet]
pub(crate) async fn crowd<B: Backend>(tasklets: u64, turns: u64) -> Result<u64, Error> {
    let done = B::channel::<u64>();
    for number in 0..tasklets {
        B::spawn(polite(number, turns, done.clone()));
    }
    let mut sum = 0u64;
    for _ in 0..tasklets {
        let state = done.receive().await?;
        sum = sum.wrapping_add(state);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(tasklets: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let sum: u64 = crowd(tasklets, 4u64).await?;
    out.send(sum).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[2, 5],
        program: || B::program::<passenger::Call<B>>(),
        start: |tasklets, out| drop(B::spawn(passenger(tasklets, out))),
        unmoved: |tasklets| B::run(crowd(tasklets, 4u64)),
    }
}

/// Runs `tasklets` tasklets, at least 2, of [`turns`] turns each.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(tasklets: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(crowd(tasklets, turns(tasklets)), counting)
}

/// What all turns add up to, and what they cost.
#[must_use]
pub fn law(tasklets: u64) -> Law {
    let turns = turns(tasklets);
    Law {
        tasklets: Some(tasklets),
        peak_alive: Some(tasklets),
        messages: Some(tasklets),
        // A turn each; then main takes the results, a switch to it and one from it each, and goes
        // once around at the end.
        switches: Some(tasklets * turns + 2 * tasklets + tasklets + 1),
        ..Law::of(sum(tasklets))
    }
}

/// Sum of the states of all tasklets at the end.
#[must_use]
pub fn sum(tasklets: u64) -> u64 {
    let state = |number| mix(number, turns(tasklets));
    (0..tasklets).map(state).fold(0, u64::wrapping_add)
}

//! A loop that reads and decrements a state until it is 0; a tasklet keeps the state.
//!
//! Law: the state is 0 at the end. A question and an answer for each read, a message for each
//! write, a question and an answer for the end. The published size is 200,000,000.

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "countdown",
    family: Family::Switching,
    words: Words {
        title: "Countdown",
        work: "A loop counts a number down to 0. The number is kept by another tasklet, which is \
               asked for it and told the next one.",
        shows: "State behind a channel: what a program pays that keeps a variable in a tasklet \
                instead of a local.",
        does_not_show: "Several askers: there is one. The reference keeps the number in a local \
                        that the compiler may not see through.",
        cost: "Linear in the steps: three messages for each.",
        plot: Plot::Median,
    },
    operation: "read or write",
    size: "steps from the number to 0",
    origin: "effect-handlers-bench, problem `countdown`",
    sizes: &[10_000],
    large: &[200_000_000],
    small: &[2, 5],
    operations: |from| 2 * from + 1,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-loop", plain)),
    beside: &[],
    elsewhere: &[],
};

/// What the keeper of the state is told.
#[message]
#[derive(Copy, Debug)]
enum Ask {
    Get,
    Put(u64),
    End,
}

#[tasklet]
async fn keeper<B: Backend>(
    first: u64,
    asked: B::Channel<Ask>,
    told: B::Channel<u64>,
) -> Result<(), Error> {
    let mut state: u64 = first;
    loop {
        let ask: Ask = asked.receive().await?;
        match ask {
            Ask::Get => told.send(state).await?,
            Ask::Put(next) => state = next,
            Ask::End => return told.send(state).await,
        }
    }
}

#[tasklet]
async fn countdown<B: Backend>(from: u64) -> Result<u64, Error> {
    let (asked, told): (B::Channel<Ask>, B::Channel<u64>) = (B::channel(), B::channel());
    B::spawn(keeper(from, asked.clone(), told.clone()));
    let mut operations: u64 = 0;
    loop {
        asked.send(Ask::Get).await?;
        let state: u64 = told.receive().await?;
        operations += 1;
        if state == 0 {
            break;
        }
        asked.send(Ask::Put(state - 1)).await?;
        operations += 1;
    }
    asked.send(Ask::End).await?;
    let answer: u64 = told.receive().await?;
    // Lets the keeper end, which would be killed otherwise.
    B::schedule().await?;
    Ok(Solved { answer, operations }.digest())
}

/// Counts down from `from`.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(from: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(countdown(from), counting)
}

/// The problem in a loop.
#[must_use]
pub fn solve(from: u64) -> Solved {
    let (mut state, mut operations) = (from, 1);
    while std::hint::black_box(state) > 0 {
        state -= 1;
        operations += 2;
    }
    Solved { answer: state, operations }
}

/// The reference as a cell of the benchmark.
///
/// # Errors
/// None.
pub fn plain(from: u64) -> Result<Witness, String> {
    Ok(Witness::of(solve(from).digest()))
}

/// 0 at the end, and what it costs.
#[must_use]
pub fn law(from: u64) -> Law {
    Law {
        tasklets: Some(1),
        peak_alive: Some(1),
        messages: Some(2 * (from + 1) + from + 2),
        ..Law::of(Solved { answer: 0, operations: 2 * from + 1 }.digest())
    }
}

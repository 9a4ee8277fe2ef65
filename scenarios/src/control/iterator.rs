//! A tasklet emits 0, 1 .. n, a consumer iterates over it and adds up.
//!
//! Law: the sum and the number of values. Messages are left open: without an exact order, the end
//! of an iteration is a message only if the consumer waits for it. The published size is
//! 40,000,000.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "iterator",
    family: Family::Iterators,
    words: Words {
        title: "Iterator",
        work: "A tasklet emits numbers from a loop; `B::generate` makes an iterator of it, and its \
               consumer adds up.",
        shows: "The library's generator: a message for each value, and an end that ends the loop.",
        does_not_show: "A producer that does something between its values. The reference is a \
                        native iterator whose values the compiler may not foresee.",
        cost: "Linear in the values; nothing is allocated per value.",
        plot: Plot::Median,
    },
    operation: "value",
    size: "greatest value emitted",
    origin: "effect-handlers-bench, problem `iterator`",
    sizes: &[10_000],
    large: &[40_000_000],
    small: &[2, 5],
    operations: |last| last + 1,
    law,
    limits: &[Limit::ENDS],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-iterator", plain)),
    beside: &[],
    elsewhere: &[],
};

#[tasklet]
async fn emit<B: Backend>(values: B::Channel<u64>, last: u64) -> Result<(), Error> {
    for value in 0..=last {
        values.send(value).await?;
    }
    Ok(())
}

#[tasklet]
async fn sum<B: Backend>(last: u64) -> Result<u64, Error> {
    let values = B::generate::<u64, _>(|values| emit(values, last));
    let mut solved: Solved = Solved::default();
    while let Some(value) = values.next().await? {
        solved.answer += value;
        solved.operations += 1;
    }
    // Lets the producer end, which would be killed otherwise.
    B::schedule().await?;
    Ok(solved.digest())
}

/// Adds up 0 to `last`.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(last: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(sum(last), counting)
}

/// The problem in a formula.
#[must_use]
pub const fn solve(last: u64) -> Solved {
    Solved { answer: last * (last + 1) / 2, operations: last + 1 }
}

/// The reference as a cell of the benchmark: an iterator of the language.
///
/// # Errors
/// None.
pub fn plain(last: u64) -> Result<Witness, String> {
    let values = (0..=last).map(std::hint::black_box);
    let add = |solved: Solved, value| Solved {
        answer: solved.answer + value,
        operations: solved.operations + 1,
    };
    Ok(Witness::of(values.fold(Solved::default(), add).digest()))
}

/// The sum, and what it costs.
#[must_use]
pub const fn law(last: u64) -> Law {
    Law { tasklets: Some(1), peak_alive: Some(1), ..Law::of(solve(last).digest()) }
}

//! Each operation of a loop is applied to the result of all that comes after it.
//!
//! A worker says its operations n, n - 1 .. 1 and then its state; the handler takes one, handles the
//! rest by a nested call, and applies x -> |x - 503 y + 37| mod 1009 to what that gives. A thousand
//! rounds, each starting with the result of the last one.
//!
//! Law: the result of the last round and the operations; a message for each, and one for the state
//! of each round.

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::{Solved, combine};
use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "resume_nontail",
    family: Family::Recursion,
    words: Words {
        title: "Work after the resume",
        work: "A worker sends operations; the handler takes each in a call of its own that ends \
               only when all later ones have been handled. A thousand rounds.",
        shows: "A handler whose calls nest as deep as there are operations, and a switch at each \
                level.",
        does_not_show: "Deep calls alone: the scenario of nested calls does.",
        cost: "Linear in the operations, a thousand times the size of them: a message and a call \
               each.",
        plot: Plot::Median,
    },
    operation: "operation",
    size: "operations in each of 1,000 rounds",
    origin: "effect-handlers-bench, problem `resume_nontail`",
    sizes: &[20],
    large: &[1_000, 10_000],
    small: &[1, 5],
    operations: |operations| operations * ROUNDS,
    law,
    limits: &[Limit::NATIVE_CALLS],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-recursion", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Rounds of a run.
const ROUNDS: u64 = 1_000;

/// What a worker says.
#[message]
#[derive(Copy, Debug)]
enum Said {
    Operation(u64),
    Done(u64),
}

#[tasklet]
async fn work<B: Backend>(
    operations: u64,
    state: u64,
    said: B::Channel<Said>,
) -> Result<(), Error> {
    let mut left: u64 = operations;
    while left > 0 {
        said.send(Said::Operation(left)).await?;
        left -= 1;
    }
    said.send(Said::Done(state)).await
}

/// Gives the result and the operations that were applied to it.
#[tasklet]
async fn handle<B: Backend>(said: B::Channel<Said>) -> Result<(u64, u64), Error> {
    let next: Said = said.receive().await?;
    match next {
        Said::Done(state) => Ok((state, 0)),
        Said::Operation(number) => {
            let number: u64 = number;
            let (below, applied): (u64, u64) = handle(said).await?;
            Ok((combine(number, below), applied + 1))
        }
    }
}

#[tasklet]
async fn rounds<B: Backend>(operations: u64) -> Result<u64, Error> {
    let said: B::Channel<Said> = B::channel();
    let mut solved: Solved = Solved::default();
    for _ in 0u64..ROUNDS {
        B::spawn(work(operations, solved.answer, said.clone()));
        let (answer, applied): (u64, u64) = handle(said.clone()).await?;
        solved.answer = answer;
        solved.operations += applied;
        // Lets the worker end.
        B::schedule().await?;
    }
    Ok(solved.digest())
}

/// Runs all rounds with that many operations in each.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(operations: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(rounds(operations), counting)
}

/// The problem in a loop: from the last operation to the first.
#[must_use]
pub fn solve(operations: u64) -> Solved {
    let round = |state, _| (1..=operations).fold(state, |below, number| combine(number, below));
    Solved { answer: (0..ROUNDS).fold(0, round), operations: operations * ROUNDS }
}

fn nested(number: u64, state: u64) -> u64 {
    if std::hint::black_box(number) == 0 {
        return state;
    }
    combine(number, nested(number - 1, state))
}

/// The reference as a cell of the benchmark: plain recursion.
///
/// # Errors
/// None.
pub fn plain(operations: u64) -> Result<Witness, String> {
    let answer = (0..ROUNDS).fold(0, |state, _| nested(operations, state));
    Ok(Witness::of(Solved { answer, operations: operations * ROUNDS }.digest()))
}

/// The result, and what it costs.
#[must_use]
pub fn law(operations: u64) -> Law {
    let solved = solve(operations);
    Law {
        tasklets: Some(ROUNDS),
        messages: Some(solved.operations + ROUNDS),
        ..Law::of(solved.digest())
    }
}

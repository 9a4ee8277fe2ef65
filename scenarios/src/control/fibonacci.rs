//! The doubly recursive Fibonacci numbers, f(0) = f(1) = 1, by awaited calls that never suspend.
//!
//! Law: the number and the calls that led to it; no tasklet but main, no message. The published
//! size is 42.

use switchback::{Backend, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Reference, Row, Scenario, Words, never};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "fibonacci_recursive",
    family: Family::Recursion,
    words: Words {
        title: "Fibonacci by calls",
        work: "A function calls itself twice, as an awaited call of a tasklet; nothing is sent and \
               nothing suspends.",
        shows: "The price of being able to suspend where a program never does: frames on the heap \
                and futures pay for each call, stacks do not.",
        does_not_show: "Any switch, any message.",
        cost: "Linear in the calls.",
        plot: Plot::Ratio,
    },
    operation: "call",
    size: "n of the Fibonacci number",
    origin: "effect-handlers-bench, problem `fibonacci_recursive`",
    sizes: &[18],
    large: &[42],
    small: &[5, 9],
    operations: |n| solve(n).operations,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("plain-recursion", plain)),
    beside: &[],
    elsewhere: &[],
};

#[tasklet]
async fn fibonacci<B: Backend>(n: u64) -> Result<u64, Error> {
    // Neither form lets the compiler see through the recursion.
    if std::hint::black_box(n) < 2 {
        return Ok(1);
    }
    let one: u64 = fibonacci(n - 1).await?;
    let other: u64 = fibonacci(n - 2).await?;
    Ok(one + other)
}

#[tasklet]
async fn solved<B: Backend>(n: u64) -> Result<u64, Error> {
    let answer: u64 = fibonacci(n).await?;
    Ok(Solved { answer, operations: calls(answer) }.digest())
}

/// Each call of a leaf gives 1, so there are as many leaves as the answer says, and one call fewer
/// above them.
const fn calls(answer: u64) -> u64 {
    2 * answer - 1
}

/// Calls for the `n`th number.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(n: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(solved(n), counting)
}

/// The problem in a loop.
#[must_use]
pub fn solve(n: u64) -> Solved {
    let (answer, _) = (0..n).fold((1, 0), |(last, before), _| (last + before, last));
    Solved { answer, operations: calls(answer) }
}

fn recurse(n: u64) -> u64 {
    if std::hint::black_box(n) < 2 { 1 } else { recurse(n - 1) + recurse(n - 2) }
}

/// The reference as a cell of the benchmark: plain recursion.
///
/// # Errors
/// None.
pub fn plain(n: u64) -> Result<Witness, String> {
    let answer = recurse(n);
    Ok(Witness::of(Solved { answer, operations: calls(answer) }.digest()))
}

/// The number, and that nothing is sent.
#[must_use]
pub fn law(n: u64) -> Law {
    Law { tasklets: Some(0), peak_alive: Some(0), messages: Some(0), ..Law::of(solve(n).digest()) }
}

//! The product of the numbers 1000, 999 .. 1, 0 by a recursion that is left at once when it meets
//! the 0, some times over.
//!
//! Law: each product is 0, and all 1,001 calls of each were left early; no tasklet but main, no
//! message. The published size is 100,000.

use switchback::{Backend, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Reference, Row, Scenario, Words, never};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "product_early",
    family: Family::Recursion,
    words: Words {
        title: "Early exit from a deep call",
        work: "A product over a list of 1,001 numbers, by awaited calls that nest to its end. The \
               last number is 0: the calls are left at once, by an error that each passes on.",
        shows: "The way out of deep calls: what `?` costs for each level.",
        does_not_show: "Any switch, any message.",
        cost: "Linear in the products; each is 1,001 calls and as many returns.",
        plot: Plot::Ratio,
    },
    operation: "call",
    size: "times that the product is computed",
    origin: "effect-handlers-bench, problem `product_early`",
    sizes: &[100],
    large: &[100_000],
    small: &[1, 5],
    operations: |products| products * CALLS,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("plain-recursion", plain)),
    beside: &[],
    elsewhere: &[],
};

/// First number of the list.
const FROM: u64 = 1_000;

/// Calls for one product.
const CALLS: u64 = FROM + 1;

/// Name of the error that leaves the recursion.
const ZERO: &str = "Zero";

/// `calls` is the number of calls that this one is nested in.
#[tasklet]
async fn product<B: Backend>(number: u64, calls: u64) -> Result<u64, Error> {
    // Without this the compiler sees that every call ends in the error and makes none.
    if std::hint::black_box(number) == 0 {
        return Err(Error::new(ZERO, (calls + 1).to_string()));
    }
    let below: u64 = product(number - 1, calls + 1).await?;
    Ok(number.wrapping_mul(below))
}

#[tasklet]
async fn products<B: Backend>(count: u64) -> Result<u64, Error> {
    let mut solved: Solved = Solved::default();
    for _ in 0..count {
        match product(FROM, 0u64).await {
            Ok(product) => solved.answer = solved.answer.wrapping_add(product),
            // The calls that it has left.
            Err(error) if error.name() == ZERO => {
                solved.operations += error.detail().parse::<u64>().unwrap_or(0);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(solved.digest())
}

/// Makes `count` products.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(count: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(products(count), counting)
}

/// The problem by plain recursion.
#[must_use]
pub fn solve(count: u64) -> Solved {
    fn product(number: u64, calls: u64) -> Result<u64, u64> {
        if std::hint::black_box(number) == 0 {
            return Err(calls + 1);
        }
        Ok(number.wrapping_mul(product(number - 1, calls + 1)?))
    }
    let mut solved = Solved::default();
    for _ in 0..count {
        match product(FROM, 0) {
            Ok(product) => solved.answer = solved.answer.wrapping_add(product),
            Err(calls) => solved.operations += calls,
        }
    }
    solved
}

/// The reference as a cell of the benchmark.
///
/// # Errors
/// None.
pub fn plain(count: u64) -> Result<Witness, String> {
    Ok(Witness::of(solve(count).digest()))
}

/// Nothing but early exits, each out of all calls.
#[must_use]
pub const fn law(count: u64) -> Law {
    Law {
        tasklets: Some(0),
        peak_alive: Some(0),
        messages: Some(0),
        ..Law::of(Solved { answer: 0, operations: count * CALLS }.digest())
    }
}

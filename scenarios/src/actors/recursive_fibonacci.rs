//! Fibonacci numbers by double recursion, an actor for each call; fib(1) = fib(2) = 1.
//!
//! Published size: 25. Its 150,049 actors are all made before the first one answers, on backends
//! that run tasklets in the order in which they were made: those with native stacks have no part.
//!
//! Law: the number. An actor and a message per call.

use std::hint::black_box;

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "recursive-fibonacci",
    family: Family::Actors,
    words: Words {
        title: "Recursive Fibonacci",
        work: "A Fibonacci number by double recursion, where each call is an actor that makes two \
               others and adds up their answers.",
        shows: "A tree of actors that grows in breadth: the price of an actor in place of a call, \
                with most of them alive at once.",
        does_not_show: "A sensible way to this number. Depth: the tree is as high as the argument \
                        is large.",
        cost: "Linear in the calls, of which there are twice as many as the number less one.",
        plot: Plot::Ratio,
    },
    operation: "call",
    size: "n of the Fibonacci number",
    origin: "the Savina actor suite (AGERE 2014), problem \"recursive Fibonacci\"",
    sizes: &[15],
    large: &[25],
    small: &[1, 5, 8],
    operations: calls,
    law,
    limits: &[
        // 13,529 calls.
        Limit { from: 20, ..Limit::THREADS },
        // 35,421 calls.
        Limit { from: 22, ..Limit::STACKS },
        // 485,571 calls.
        Limit { from: 26, ..Limit::GIGABYTE },
    ],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

#[tasklet]
async fn call<B: Backend>(n: u64, reply: B::Channel<u64>) -> Result<(), Error> {
    if n <= 2 {
        return reply.send(1).await;
    }
    let answers = B::channel::<u64>();
    B::spawn(call(n - 1, answers.clone()));
    B::spawn(call(n - 2, answers.clone()));
    let one = answers.receive().await?;
    let other = answers.receive().await?;
    reply.send(one + other).await
}

#[tasklet]
async fn compute<B: Backend>(n: u64) -> Result<u64, Error> {
    let answer = B::channel::<u64>();
    B::spawn(call(n, answer.clone()));
    let number = answer.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(number)
}

/// Computes fib(`n`), `n` from 1 to 90.
///
/// # Errors
/// What the backend fails with; [`Exhausted`](switchback::Kind) if there are not as many stacks.
pub fn run<B: Backend>(n: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(compute(n), counting)
}

/// fib(`n`) without recursion.
#[must_use]
pub fn fibonacci(n: u64) -> u64 {
    (1..n).fold((0, 1), |(before, number), _| (number, before + number)).1
}

/// Calls that the recursion takes: each one of them below the leaves, which are as many as the
/// number, has two below it.
#[must_use]
pub fn calls(n: u64) -> u64 {
    2 * fibonacci(n) - 1
}

/// The reference: the recursion.
///
/// # Errors
/// None.
pub fn plain(n: u64) -> Result<Witness, String> {
    fn call(n: u64) -> u64 {
        // A call is to remain a call.
        if black_box(n) <= 2 { 1 } else { call(n - 1) + call(n - 2) }
    }
    Ok(Witness::of(call(n)))
}

/// The number, and what it costs.
#[must_use]
pub fn law(n: u64) -> Law {
    Law { tasklets: Some(calls(n)), messages: Some(calls(n)), ..Law::of(fibonacci(n)) }
}

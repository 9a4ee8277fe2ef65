//! The primes below n by trial division, in a pipeline of filters that grows by one for each prime.
//!
//! ```text
//!   numbers --> [no multiples of 2] --> [no multiples of 3] --> [.. of 5] --> main: the next prime
//! ```
//!
//! Law: the sum of the primes and their number. A number that is no prime ends at the filter of its
//! smallest factor, a prime reaches main, and the end passes through all.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Limit, Nature, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "handler_sieve",
    family: Family::Iterators,
    words: Words {
        title: "Prime sieve",
        work: "Numbers run through a chain of filters, one for each prime found so far; what comes \
               out at the end is the next prime and gets a filter of its own.",
        shows: "A pipeline of hundreds of tasklets in which a value passes from one to the next, \
                with a division at each.",
        does_not_show: "A sieve to be proud of: the reference divides in a loop by the primes so \
                        far.",
        cost: "A message for each number and filter that it passes: about size² / (2 ln² size).",
        plot: Plot::Ratio,
    },
    operation: "message",
    size: "number that the primes are below",
    origin: "effect-handlers-bench, problem `handler_sieve`",
    sizes: &[2_000],
    large: &[60_000],
    small: &[10, 40],
    operations: messages,
    law,
    limits: &[FILTERS_AS_THREADS],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-loop", plain)),
    beside: &[],
    elsewhere: &[],
};

/// There are 9,592 primes below 100,000.
const FILTERS_AS_THREADS: Limit = Limit {
    of: |nature: &Nature| nature.threads,
    from: 50_000,
    why: "thousands of filters are more than a process should have OS threads",
};

/// Sent behind the last number.
const END: u64 = 0;

#[tasklet]
async fn numbers<B: Backend>(below: u64, out: B::Channel<u64>) -> Result<(), Error> {
    for number in 2..below {
        out.send(number).await?;
    }
    out.send(END).await
}

#[tasklet]
async fn filter<B: Backend>(
    prime: u64,
    left: B::Channel<u64>,
    right: B::Channel<u64>,
) -> Result<(), Error> {
    loop {
        let number: u64 = left.receive().await?;
        if number == END {
            return right.send(END).await;
        }
        if !number.is_multiple_of(prime) {
            right.send(number).await?;
        }
    }
}

#[tasklet]
async fn primes<B: Backend>(below: u64) -> Result<u64, Error> {
    let mut last: B::Channel<u64> = B::channel();
    let mut solved: Solved = Solved::default();
    B::spawn(numbers(below, last.clone()));
    loop {
        let prime: u64 = last.receive().await?;
        if prime == END {
            break;
        }
        solved.answer += prime;
        solved.operations += 1;
        let right: B::Channel<u64> = B::channel();
        B::spawn(filter(prime, last, right.clone()));
        last = right;
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(solved.digest())
}

/// Finds the primes below `below`.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(below: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(primes(below), counting)
}

/// What trial division by the primes so far finds, and how often it divides.
fn divide(below: u64) -> (Solved, u64) {
    let (mut primes, mut divisions) = (Vec::new(), 0);
    let mut solved = Solved::default();
    for number in 2..below {
        let divides = |prime: &u64| {
            divisions += 1;
            number % *prime == 0
        };
        if !primes.iter().any(divides) {
            primes.push(number);
            solved.answer += number;
            solved.operations += 1;
        }
    }
    (solved, divisions)
}

/// The problem in a loop; an operation is a prime.
#[must_use]
pub fn solve(below: u64) -> Solved {
    divide(below).0
}

/// Messages of a run: each division is one that a filter received, each prime one that main
/// received, and the end is received by each filter and by main.
#[must_use]
pub fn messages(below: u64) -> u64 {
    let (solved, divisions) = divide(below);
    divisions + solved.operations + solved.operations + 1
}

/// The reference as a cell of the benchmark: trial division by the primes so far.
///
/// # Errors
/// None.
pub fn plain(below: u64) -> Result<Witness, String> {
    Ok(Witness::of(solve(below).digest()))
}

/// The primes, and what they cost.
#[must_use]
pub fn law(below: u64) -> Law {
    let solved = solve(below);
    Law {
        tasklets: Some(solved.operations + 1),
        messages: Some(messages(below)),
        ..Law::of(solved.digest())
    }
}

//! The sieve of Eratosthenes as a chain of actors, each of which holds up to [`HELD`] primes.
//!
//! Published size: the primes below 100,000.
//!
//! ```text
//!   producer --2, 3, 5, 7, 9 ..--> filter --what none of its primes divides--> filter --> ..
//!                                  1,000 primes                                made when needed
//! ```
//!
//! Law: the number of primes. Messages: the candidates that reach each filter, the end that reaches
//! each, and the answer of the last one.

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "sieve",
    family: Family::Actors,
    words: Words {
        title: "Sieve",
        work: "A producer sends numbers through a chain of filters; a filter keeps the first \
               thousand that it does not find divisible, and passes others on to the next one.",
        shows: "A pipeline that grows by itself, with much arithmetic for each message.",
        does_not_show: "The price of a message: divisions are most of the time, and ratios sink \
                        towards 1 or, where several workers divide, below.",
        cost: "Divisions, nearly in the square of the primes; messages in the numbers times the \
               filters.",
        plot: Plot::Ratio,
    },
    operation: "candidate",
    size: "number up to which primes are sought",
    origin: "the Savina actor suite (AGERE 2014), problem \"sieve\"",
    sizes: &[10_000],
    large: &[100_000],
    small: &[10, 8_000],
    operations: candidates,
    law,
    limits: &[messages_on_threads(100_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Primes that a filter holds.
pub const HELD: usize = 1_000;

/// What comes down the chain.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
enum Candidate {
    /// None of the primes before divides it.
    Number(u64),
    /// There are no more; so many primes were held before.
    End(u64),
}

/// Candidates below `limit`: 2, and odd numbers.
#[must_use]
pub const fn candidates(limit: u64) -> u64 {
    if limit <= 2 { 0 } else { limit / 2 }
}

/// Candidate `at`, counted from 0.
const fn candidate(at: u64) -> u64 {
    if at == 0 { 2 } else { 2 * at + 1 }
}

fn is_divisible(number: u64, primes: &[u64]) -> bool {
    primes.iter().any(|prime| number.is_multiple_of(*prime))
}

#[tasklet]
async fn producer<B: Backend>(limit: u64, numbers: B::Channel<Candidate>) -> Result<(), Error> {
    let count: u64 = candidates(limit);
    for at in 0..count {
        numbers.send(Candidate::Number(candidate(at))).await?;
    }
    numbers.send(Candidate::End(0)).await
}

#[tasklet]
async fn filter<B: Backend>(
    numbers: B::Channel<Candidate>,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let mut primes: Vec<u64> = Vec::new();
    let mut next: Option<B::Channel<Candidate>> = None;
    loop {
        let candidate: Candidate = numbers.receive().await?;
        match candidate {
            Candidate::Number(number) if is_divisible(number, &primes) => {}
            Candidate::Number(number) if primes.len() < HELD => primes.push(number),
            Candidate::Number(_) => {
                if next.is_none() {
                    let onward = B::channel::<Candidate>();
                    B::spawn(filter(onward.clone(), done.clone()));
                    next = Some(onward);
                }
                if let Some(onward) = next.clone() {
                    onward.send(candidate).await?;
                }
            }
            Candidate::End(before) => {
                let primes: u64 = before + primes.len() as u64;
                return match next {
                    Some(onward) => onward.send(Candidate::End(primes)).await,
                    None => done.send(primes).await,
                };
            }
        }
    }
}

#[tasklet]
async fn sieve<B: Backend>(limit: u64) -> Result<u64, Error> {
    let numbers = B::channel::<Candidate>();
    let done = B::channel::<u64>();
    B::spawn(producer(limit, numbers.clone()));
    B::spawn(filter(numbers, done.clone()));
    let primes = done.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(primes)
}

/// Counts the primes below `limit`.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(limit: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(sieve(limit), counting)
}

/// The reference: each number is divided by all primes before it, as the filters do.
///
/// # Errors
/// None.
pub fn plain(limit: u64) -> Result<Witness, String> {
    let mut primes = Vec::new();
    for number in (0..candidates(limit)).map(candidate) {
        if !is_divisible(number, &primes) {
            primes.push(number);
        }
    }
    Ok(Witness::of(primes.len() as u64))
}

/// The number of primes, and what it costs.
#[must_use]
pub fn law(limit: u64) -> Law {
    // The filter that is made for the first prime beyond those of all before it.
    let mut filters: Vec<Vec<u64>> = vec![Vec::new()];
    let mut received = 0;
    for number in (0..candidates(limit)).map(candidate) {
        let mut at = 0;
        loop {
            received += 1;
            if is_divisible(number, &filters[at]) {
                break;
            }
            if filters[at].len() < HELD {
                filters[at].push(number);
                break;
            }
            at += 1;
            if at == filters.len() {
                filters.push(Vec::new());
            }
        }
    }
    let count = filters.len() as u64;
    let primes = filters.iter().map(|primes| primes.len() as u64).sum();
    Law { tasklets: Some(1 + count), messages: Some(received + count + 1), ..Law::of(primes) }
}

//! Whether a number is even, by two functions that ask each other, each call a tasklet.
//!
//! `even(n)` asks `odd(n - 1)` on a channel of its own and passes the answer on, and the other way
//! round: as many tasklets wait as the number is great.
//!
//! Law: the parity and the number of tasklets that had a part in it; a message for each answer.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "mutual_recursion",
    family: Family::Recursion,
    words: Words {
        title: "Even and odd",
        work: "Two functions ask each other down to 0; each call is a tasklet that waits for the \
               answer of the next.",
        shows: "Recursion through channels between two kinds of tasklets, as deep as memory goes.",
        does_not_show: "Calls inside of one tasklet.",
        cost: "Linear in the depth. Backends that map a stack per tasklet end where the system \
               refuses more.",
        plot: Plot::Median,
    },
    operation: "level",
    size: "number that is asked about, as deep as the calls nest",
    origin: "switchback: the textbook example of functions that call each other",
    sizes: &[1_000],
    large: &[1_000_000],
    small: &[0, 1, 30],
    operations: |number| number + 1,
    law,
    limits: &[Limit::THREADS, Limit::STACKS, Limit::GIGABYTE],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-calls", plain)),
    beside: &[],
    elsewhere: &[],
};

/// An answer: whether it is so, and how many tasklets were asked.
type Answer = (bool, u64);

#[tasklet]
async fn even<B: Backend>(number: u64, reply: B::Channel<Answer>) -> Result<(), Error> {
    if number == 0 {
        return reply.send((true, 1)).await;
    }
    let answer: B::Channel<Answer> = B::channel();
    B::spawn(odd(number - 1, answer.clone()));
    let (is, asked): Answer = answer.receive().await?;
    reply.send((is, asked + 1)).await
}

#[tasklet]
async fn odd<B: Backend>(number: u64, reply: B::Channel<Answer>) -> Result<(), Error> {
    if number == 0 {
        return reply.send((false, 1)).await;
    }
    let answer: B::Channel<Answer> = B::channel();
    B::spawn(even(number - 1, answer.clone()));
    let (is, asked): Answer = answer.receive().await?;
    reply.send((is, asked + 1)).await
}

#[tasklet]
async fn ask<B: Backend>(number: u64) -> Result<u64, Error> {
    let answer: B::Channel<Answer> = B::channel();
    B::spawn(even(number, answer.clone()));
    let said: Answer = answer.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(Solved { answer: u64::from(said.0), operations: said.1 }.digest())
}

/// Asks whether `number` is even.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(number: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(ask(number), counting)
}

/// The problem in a formula.
#[must_use]
pub const fn solve(number: u64) -> Solved {
    Solved { answer: (number + 1) % 2, operations: number + 1 }
}

/// The reference as a cell of the benchmark: the two functions take turns in a loop, since plain
/// calls a million deep overflow a native stack.
///
/// # Errors
/// None.
pub fn plain(number: u64) -> Result<Witness, String> {
    let (mut is, mut operations) = (true, 1);
    for _ in 0..number {
        is = !std::hint::black_box(is);
        operations += 1;
    }
    Ok(Witness::of(Solved { answer: u64::from(is), operations }.digest()))
}

/// The parity, and what it costs.
#[must_use]
pub const fn law(number: u64) -> Law {
    let solved = solve(number);
    Law {
        tasklets: Some(solved.operations),
        messages: Some(solved.operations),
        ..Law::of(solved.digest())
    }
}

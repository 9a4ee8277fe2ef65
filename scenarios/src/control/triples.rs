//! Strictly decreasing triples of numbers with a given sum, by a choice that is gone on from twice.
//!
//! `choice(k)` takes k or tries k - 1, and fails below 1. Three choices, each below the last, and a
//! triple counts if its sum is right. Result: the sum of (53 a + 2809 b + 148877 c) mod 1,000,000,007,
//! itself taken mod 1,000,000,007.
//!
//! Law: the result and the number of choices. Messages: each choice is asked for once and answered
//! twice, and each branch says how it ended.

use switchback::{Backend, Channel, Error, Portable, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Reference, Row, Scenario, Words, never};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "triples",
    family: Family::MultiShot,
    words: Words {
        title: "Triples",
        work: "Three nested choices of numbers; at each number a tasklet is copied, and one takes \
               it while the other tries the next. A branch fails or gives a triple.",
        shows: "Backtracking with many branches that fail soon: the price of a copy that is hardly \
                used.",
        does_not_show: "Deep calls: two at most. The reference is three nested loops, and shows \
                        what the search costs without choices at all.",
        cost: "A copy for each number that is tried: about size³ / 6.",
        plot: Plot::Ratio,
    },
    operation: "choice",
    size: "sum of the three numbers",
    origin: "effect-handlers-bench, problem `triples`",
    sizes: &[20],
    large: &[300],
    small: &[4, 10],
    operations: |sum| solve(sum).operations,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("plain-loops", plain)),
    beside: &[],
    elsewhere: &[],
};

/// What results are taken modulo.
const MODULUS: u64 = 1_000_000_007;

/// What a searcher says.
#[message]
#[derive(Copy, Debug)]
enum Said {
    /// Take this number or try the next?
    Choice,
    /// A triple with the right sum: its part of the result.
    Found(u64),
    /// No triple.
    Failed,
}

/// What a triple adds to the result.
const fn value(a: u64, b: u64, c: u64) -> u64 {
    (53 * a + 2_809 * b + 148_877 * c) % MODULUS
}

/// A number from `most` down to 1, or 0 if all were tried.
#[tasklet]
async fn choice<B: Backend>(
    most: u64,
    said: B::Channel<Said>,
    told: B::Channel<bool>,
) -> Result<u64, Error> {
    let mut number: u64 = most;
    while number > 0 {
        said.send(Said::Choice).await?;
        if told.receive().await? {
            return Ok(number);
        }
        number -= 1;
    }
    Ok(0)
}

#[tasklet]
async fn triple<B: Backend>(
    sum: u64,
    said: B::Channel<Said>,
    told: B::Channel<bool>,
) -> Result<(), Error> {
    let a: u64 = choice(sum, said.clone(), told.clone()).await?;
    if a == 0 {
        return said.send(Said::Failed).await;
    }
    let b: u64 = choice(a - 1, said.clone(), told.clone()).await?;
    if b == 0 {
        return said.send(Said::Failed).await;
    }
    let c: u64 = choice(b - 1, said.clone(), told).await?;
    let end: Said =
        if c > 0 && a + b + c == sum { Said::Found(value(a, b, c)) } else { Said::Failed };
    said.send(end).await
}

/// A searcher with its channels: what is copied.
type Searcher<B> =
    (<B as Backend>::Handle, <B as Backend>::Channel<Said>, <B as Backend>::Channel<bool>);

/// A searcher that waits at a number, and whether a copy of it has taken the number.
type Choice<B> = (Searcher<B>, bool);

/// The next searcher and its answer: a copy takes the number, then the searcher itself tries on.
fn next<B: Portable>(choices: &mut Vec<Choice<B>>) -> Result<Option<(Searcher<B>, bool)>, Error> {
    let Some((searcher, taken)) = choices.last_mut() else { return Ok(None) };
    if !*taken {
        *taken = true;
        return Ok(Some((B::fork(searcher)?, true)));
    }
    Ok(choices.pop().map(|(searcher, _)| (searcher, false)))
}

#[tasklet]
async fn search<B: Portable>(sum: u64) -> Result<u64, Error> {
    let mut solved: Solved = Solved::default();
    let mut choices: Vec<Choice<B>> = Vec::new();
    let (said, told): (B::Channel<Said>, B::Channel<bool>) = (B::channel(), B::channel());
    let handle: B::Handle = B::spawn(triple(sum, said.clone(), told.clone()));
    let first: Said = said.receive().await?;
    B::schedule().await?;
    if let Said::Choice = first {
        solved.operations += 1;
        choices.push(((handle, said, told), false));
    }
    while let Some((searcher, take)) = next::<B>(&mut choices)? {
        let searcher: Searcher<B> = searcher;
        searcher.2.send(take).await?;
        let now: Said = searcher.1.receive().await?;
        // The searcher goes on to wait for its answer, or ends.
        B::schedule().await?;
        match now {
            Said::Choice => {
                solved.operations += 1;
                choices.push((searcher, false));
            }
            Said::Found(value) => solved.answer = (solved.answer + value) % MODULUS,
            Said::Failed => {}
        }
    }
    Ok(solved.digest())
}

/// Finds the triples with this sum.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Portable>(sum: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(search(sum), counting)
}

/// The problem in three nested loops; an operation is a choice.
#[must_use]
pub fn solve(sum: u64) -> Solved {
    let mut solved = Solved::default();
    for a in (1..=sum).rev() {
        solved.operations += 1;
        for b in (1..a).rev() {
            solved.operations += 1;
            for c in (1..b).rev() {
                solved.operations += 1;
                if a + b + c == sum {
                    solved.answer = (solved.answer + value(a, b, c)) % MODULUS;
                }
            }
        }
    }
    solved
}

/// The reference as a cell of the benchmark.
///
/// # Errors
/// None.
pub fn plain(sum: u64) -> Result<Witness, String> {
    Ok(Witness::of(solve(sum).digest()))
}

/// The result, and what it costs.
#[must_use]
pub fn law(sum: u64) -> Law {
    let solved = solve(sum);
    Law {
        // Copies are not spawned.
        tasklets: Some(1),
        messages: Some(3 * solved.operations + solved.operations + 1),
        ..Law::of(solved.digest())
    }
}

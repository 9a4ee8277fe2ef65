//! Lines of 1, 2 .. n dollar signs are read sign by sign; a parser emits the length of each line.
//!
//! Law: the sum of the lengths and the number of signs; a message for each sign, a line's end
//! included, and one for each length. The published size is 20,000.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "parsing_dollars",
    family: Family::Iterators,
    words: Words {
        title: "Parsing dollars",
        work: "A feeder sends a text sign by sign, a parser counts the dollar signs of each line \
               and emits the count, a consumer adds up.",
        shows: "A parser that pulls its input and pushes its output, and is a plain loop.",
        does_not_show: "Input in chunks, as a program would send it. The reference is one nested \
                        loop.",
        cost: "Linear in the signs, about size² / 2 of them: a message for each.",
        plot: Plot::Median,
    },
    operation: "sign",
    size: "lines, line i with i dollar signs",
    origin: "effect-handlers-bench, problem `parsing_dollars`",
    sizes: &[150],
    large: &[20_000],
    small: &[3, 10],
    operations: |lines| solve(lines).operations,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-loop", plain)),
    beside: &[],
    elsewhere: &[],
};

#[tasklet]
async fn feed<B: Backend>(lines: u64, signs: B::Channel<char>) -> Result<(), Error> {
    for line in 1..=lines {
        for _ in 0..line {
            signs.send('$').await?;
        }
        signs.send('\n').await?;
    }
    Ok(())
}

/// Emits the length of each line, with the signs read so far.
#[tasklet]
async fn parse<B: Backend>(
    lines: u64,
    signs: B::Channel<char>,
    emitted: B::Channel<(u64, u64)>,
) -> Result<(), Error> {
    let mut read: u64 = 0;
    for _ in 0..lines {
        let mut dollars: u64 = 0;
        loop {
            let sign: char = signs.receive().await?;
            read += 1;
            match sign {
                '$' => dollars += 1,
                '\n' => break,
                other => return Err(Error::new("NoDollar", other.to_string())),
            }
        }
        emitted.send((dollars, read)).await?;
    }
    Ok(())
}

#[tasklet]
async fn sum<B: Backend>(lines: u64) -> Result<u64, Error> {
    let signs: B::Channel<char> = B::channel();
    let emitted: B::Channel<(u64, u64)> = B::channel();
    B::spawn(feed(lines, signs.clone()));
    B::spawn(parse(lines, signs, emitted.clone()));
    let mut solved: Solved = Solved::default();
    for _ in 0..lines {
        let (dollars, read): (u64, u64) = emitted.receive().await?;
        solved.answer += dollars;
        solved.operations = read;
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(solved.digest())
}

/// Parses `lines` lines.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(lines: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(sum(lines), counting)
}

/// The problem in a formula.
#[must_use]
pub const fn solve(lines: u64) -> Solved {
    let answer = lines * (lines + 1) / 2;
    Solved { answer, operations: answer + lines }
}

/// The reference as a cell of the benchmark: one nested loop.
///
/// # Errors
/// None.
pub fn plain(lines: u64) -> Result<Witness, String> {
    let mut solved = Solved::default();
    for line in 1..=lines {
        let mut dollars = 0;
        for place in 0..=line {
            solved.operations += 1;
            if std::hint::black_box(if place < line { '$' } else { '\n' }) == '$' {
                dollars += 1;
            }
        }
        solved.answer += dollars;
    }
    Ok(Witness::of(solved.digest()))
}

/// The sum, and what it costs.
#[must_use]
pub const fn law(lines: u64) -> Law {
    let solved = solve(lines);
    Law {
        tasklets: Some(2),
        peak_alive: Some(2),
        messages: Some(solved.operations + lines),
        ..Law::of(solved.digest())
    }
}

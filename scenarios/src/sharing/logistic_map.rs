//! Series of numbers of which each term follows from the last, by a tasklet that is asked for it.
//!
//! ```text
//!   worker --x--> computer with rate r      one pair for each of 10 series
//!   worker <-------r x (1 - x)
//! ```
//!
//! Named after the problem of the Savina suite: 10 series of 25,000 terms, start rate 3.46, increment
//! 0.0025. Series `i` has the rate 3.46 + 0.0025 i and begins with 0.0025 (i + 1).
//!
//! Law: the bits of the last term of each series, in their order; the arithmetic is that of IEEE 754
//! and the same everywhere. Messages: a question and an answer per term, and a result per series.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "logistic-map",
    family: Family::Actors,
    words: Words {
        title: "Logistic map",
        work: "In each of 10 series a worker asks a rate computer for one term after the other; \
               the size is the terms of a series.",
        shows: "Question and answer between pairs of tasklets, several pairs at once, with hardly \
                any work: what it costs to put a function into a tasklet of its own.",
        does_not_show: "Many tasklets: they are 20. Contention: a computer has one client.",
        cost: "Two messages per term; linear in the terms.",
        plot: Plot::Ratio,
    },
    operation: "term",
    size: "terms of each of 10 series",
    origin: "the Savina actor suite (AGERE 2014), problem \"logistic map\"",
    sizes: &[1_000],
    large: &[25_000],
    small: &[1, 20],
    operations: |terms| SERIES * terms,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Series, with a worker and a computer each.
pub const SERIES: u64 = 10;

const INCREMENT: f64 = 0.0025;

fn rate(series: u64) -> f64 {
    INCREMENT.mul_add(series as f64, 3.46)
}

fn start(series: u64) -> f64 {
    INCREMENT * (series + 1) as f64
}

fn next(rate: f64, term: f64) -> f64 {
    rate * term * (1.0 - term)
}

#[tasklet]
async fn computer<B: Backend>(
    rate: f64,
    terms: u64,
    questions: B::Channel<f64>,
    answers: B::Channel<f64>,
) -> Result<(), Error> {
    for _ in 0..terms {
        let term: f64 = questions.receive().await?;
        answers.send(next(rate, term)).await?;
    }
    Ok(())
}

#[tasklet]
async fn worker<B: Backend>(
    series: u64,
    terms: u64,
    questions: B::Channel<f64>,
    answers: B::Channel<f64>,
    results: B::Channel<(u64, f64)>,
) -> Result<(), Error> {
    let mut term: f64 = start(series);
    for _ in 0..terms {
        questions.send(term).await?;
        term = answers.receive().await?;
    }
    results.send((series, term)).await
}

#[tasklet]
async fn map<B: Backend>(terms: u64) -> Result<u64, Error> {
    let results: B::Channel<(u64, f64)> = B::channel();
    for series in 0u64..SERIES {
        let (questions, answers) = (B::channel::<f64>(), B::channel::<f64>());
        B::spawn(computer(rate(series), terms, questions.clone(), answers.clone()));
        B::spawn(worker(series, terms, questions, answers, results.clone()));
    }
    let mut last: Vec<f64> = vec![0.0; SERIES as usize];
    for _ in 0u64..SERIES {
        let (series, term) = results.receive().await?;
        last[series as usize] = term;
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(digest(&last))
}

fn digest(last: &[f64]) -> u64 {
    last.iter().map(|term| term.to_bits()).fold(0, mix)
}

/// Computes so many terms of each series.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(terms: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(map(terms), counting)
}

/// The last terms of all series.
fn last(terms: u64) -> Vec<f64> {
    let term = |series| (0..terms).fold(start(series), |term, _| next(rate(series), term));
    (0..SERIES).map(term).collect()
}

/// The bits of the last terms, and what the terms cost.
#[must_use]
pub fn law(terms: u64) -> Law {
    Law {
        tasklets: Some(2 * SERIES),
        messages: Some(2 * SERIES * terms + SERIES),
        ..Law::of(digest(&last(terms)))
    }
}

/// The same terms in one loop per series.
///
/// # Errors
/// None.
pub fn plain(terms: u64) -> Result<Witness, String> {
    Ok(Witness::of(digest(&last(terms))))
}

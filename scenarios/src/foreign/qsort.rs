//! libc sorts numbers, and asks a tasklet which of two is smaller.
//!
//! ```text
//!   main: qsort --> qsort_r --> callback -- two numbers --> judge
//!                                       <---- verdict -----
//! ```
//!
//! Law: the numbers in their order; two messages per comparison. How often libc compares is counted
//! without tasklets, by the same libc.

use std::cmp::Ordering;

use switchback::{Backend, Blocking, Channel, Error, Iteration, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};
use switchback_c::sort;

use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "qsort",
    family: Family::Callbacks,
    words: Words {
        title: "Sort by a judge",
        work: "The C library sorts numbers. Its comparison, a callback, asks another tasklet over \
               channels which of two is smaller, and waits for the verdict.",
        shows: "A question and its answer from inside a C function: the frames of C stay on the \
                stack that is suspended.",
        does_not_show: "The sort, which is the library's and is in all rows. Work of the judge: it \
                        compares two numbers.",
        cost: "Two messages per comparison; n log n comparisons.",
        plot: Plot::Median,
    },
    operation: "comparison",
    size: "numbers that are sorted",
    origin: "switchback: C that calls back, and is on every Linux machine",
    sizes: &[1_000],
    large: &[10_000],
    small: &[2, 50],
    operations: comparisons,
    law,
    limits: &[Limit::ENDS],
    slow: on_threads,
    reference: Reference::Row(Row::new("comparison-in-callback", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Two numbers to be compared.
#[message]
#[derive(Copy, Debug)]
pub struct Pair {
    /// The first.
    pub a: u64,
    /// The second.
    pub b: u64,
}

/// What the judge says of a [`Pair`].
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The first is smaller.
    Less,
    /// They are equal.
    Equal,
    /// The second is smaller.
    Greater,
}

impl From<Ordering> for Verdict {
    fn from(ordering: Ordering) -> Self {
        match ordering {
            Ordering::Less => Self::Less,
            Ordering::Equal => Self::Equal,
            Ordering::Greater => Self::Greater,
        }
    }
}

impl From<Verdict> for Ordering {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Less => Self::Less,
            Verdict::Equal => Self::Equal,
            Verdict::Greater => Self::Greater,
        }
    }
}

/// The judge: answers until nothing more is asked.
#[tasklet]
pub async fn judge<B: Backend>(
    asked: B::Channel<Pair>,
    said: B::Channel<Verdict>,
) -> Result<(), Error> {
    while let Some(pair) = asked.next().await.item()? {
        said.send(pair.a.cmp(&pair.b).into()).await?;
    }
    Ok(())
}

/// Sorts `numbers` by what is said when a pair of them is asked about.
///
/// # Errors
/// What a question or its answer fails with; the numbers are in any order then.
pub fn sort_by_judge<B: Blocking>(
    numbers: &mut [u64],
    asked: &B::Channel<Pair>,
    said: &B::Channel<Verdict>,
) -> Result<(), Error> {
    sort::try_qsort(numbers, |&a, &b| {
        B::wait(asked.send(Pair { a, b }))?;
        B::wait(said.receive()).map(Ordering::from)
    })
}

#[tasklet]
async fn sorted<B: Blocking>(n: u64) -> Result<u64, Error> {
    let (asked, said): (B::Channel<Pair>, B::Channel<Verdict>) = (B::channel(), B::channel());
    B::spawn(judge(asked.clone(), said.clone()));
    let mut numbers: Vec<u64> = numbers(n);
    sort_by_judge::<B>(&mut numbers, &asked, &said)?;
    // Ends the judge if it is about to ask for more; one that waits already is ended by the run.
    asked.close()?;
    B::schedule().await?;
    Ok(digest(&numbers))
}

/// Sorts `n` numbers.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Blocking>(n: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(sorted(n), counting)
}

/// `n` numbers, the same everywhere.
#[must_use]
pub fn numbers(n: u64) -> Vec<u64> {
    (1..=n).map(|number| mix(n, number) >> 8).collect()
}

/// Of numbers in their order.
#[must_use]
pub fn digest(numbers: &[u64]) -> u64 {
    numbers.iter().copied().fold(0, mix)
}

/// The reference: the callback compares.
///
/// # Errors
/// None.
pub fn plain(n: u64) -> Result<Witness, String> {
    let mut numbers = numbers(n);
    sort::qsort(&mut numbers, u64::cmp);
    Ok(Witness::of(digest(&numbers)))
}

/// How often libc compares `n` numbers.
#[must_use]
pub fn comparisons(n: u64) -> u64 {
    let mut comparisons = 0;
    sort::qsort(&mut numbers(n), |a, b| {
        comparisons += 1;
        a.cmp(b)
    });
    comparisons
}

/// The numbers as Rust sorts them, and what they cost.
#[must_use]
pub fn law(n: u64) -> Law {
    let mut numbers = numbers(n);
    numbers.sort_unstable();
    let comparisons = comparisons(n);
    Law {
        tasklets: Some(1),
        peak_alive: Some(1),
        messages: Some(2 * comparisons),
        // To the judge for a question, and back for its answer; once more for its end.
        switches: Some(2 * comparisons + 2),
        ..Law::of(digest(&numbers))
    }
}

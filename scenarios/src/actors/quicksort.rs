//! Quicksort with actors: each splits its values around one of them and makes an actor for each
//! side.
//!
//! Published size: 1,000,000 values. Up to [`CUTOFF`] values an actor sorts by itself.
//!
//! Law: the hash of the sorted values in their order. An actor for each call of the recursion, and
//! a message with its values in their order.

use std::cmp::Ordering;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, dice, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "quicksort",
    family: Family::Actors,
    words: Words {
        title: "Quicksort",
        work: "An actor splits its values around one of them, makes an actor for each side, and \
               joins what they send; short ranges are sorted at once.",
        shows: "Actors with work between their messages, and vectors that travel by move. \
                Backends with several workers sort both sides beside each other.",
        does_not_show: "Messages: hundreds of values are sorted for each. A sort in place, which \
                        shared memory would allow.",
        cost: "Values times their logarithm, as of the recursion without actors; the ratio to it \
               must stay near 1.",
        plot: Plot::Ratio,
    },
    operation: "value",
    size: "values that are sorted",
    origin: "the Savina actor suite (AGERE 2014), problem \"quicksort\"",
    sizes: &[20_000],
    large: &[1_000_000],
    small: &[500, 6_000],
    operations: |values| values,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// As many values an actor sorts without others.
pub const CUTOFF: usize = 1_000;

/// The values that are sorted.
fn values(count: u64) -> Vec<u64> {
    (0..count).map(|at| dice(0, at)).collect()
}

/// Values less than the one in the middle, equal to it, and greater.
#[message]
struct Split {
    less: Vec<u64>,
    equal: Vec<u64>,
    greater: Vec<u64>,
}

fn split(values: Vec<u64>) -> Split {
    let pivot = values.get(values.len() / 2).copied().unwrap_or_default();
    let mut split = Split { less: Vec::new(), equal: Vec::new(), greater: Vec::new() };
    for value in values {
        let side = match value.cmp(&pivot) {
            Ordering::Less => &mut split.less,
            Ordering::Equal => &mut split.equal,
            Ordering::Greater => &mut split.greater,
        };
        side.push(value);
    }
    split
}

/// Both sides, sorted, with what is between them.
fn joined(mut less: Vec<u64>, equal: &[u64], greater: &[u64]) -> Vec<u64> {
    less.extend_from_slice(equal);
    less.extend_from_slice(greater);
    less
}

fn sorted_at_once(mut values: Vec<u64>) -> Vec<u64> {
    values.sort_unstable();
    values
}

fn hash(values: &[u64]) -> u64 {
    values.iter().copied().fold(0, mix)
}

#[tasklet]
async fn sorter<B: Backend>(values: Vec<u64>, reply: B::Channel<Vec<u64>>) -> Result<(), Error> {
    if values.len() <= CUTOFF {
        return reply.send(sorted_at_once(values)).await;
    }
    let Split { less, equal, greater } = split(values);
    let equal: Vec<u64> = equal;
    let left = B::channel::<Vec<u64>>();
    let right = B::channel::<Vec<u64>>();
    B::spawn(sorter(less, left.clone()));
    B::spawn(sorter(greater, right.clone()));
    let less: Vec<u64> = left.receive().await?;
    let greater: Vec<u64> = right.receive().await?;
    reply.send(joined(less, &equal, &greater)).await
}

#[tasklet]
async fn sort<B: Backend>(count: u64) -> Result<u64, Error> {
    let reply = B::channel::<Vec<u64>>();
    B::spawn(sorter(values(count), reply.clone()));
    let sorted: Vec<u64> = reply.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(hash(&sorted))
}

/// Sorts `count` values.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(count: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(sort(count), counting)
}

/// Sorts by the same recursion, and adds its calls to `calls`.
fn recursion(values: Vec<u64>, calls: &mut u64) -> Vec<u64> {
    *calls += 1;
    if values.len() <= CUTOFF {
        return sorted_at_once(values);
    }
    let Split { less, equal, greater } = split(values);
    let less = recursion(less, calls);
    let greater = recursion(greater, calls);
    joined(less, &equal, &greater)
}

/// The reference: the recursion without actors.
///
/// # Errors
/// None.
pub fn plain(count: u64) -> Result<Witness, String> {
    Ok(Witness::of(hash(&recursion(values(count), &mut 0))))
}

/// The sorted values, and what they cost.
#[must_use]
pub fn law(count: u64) -> Law {
    let mut calls = 0;
    recursion(values(count), &mut calls);
    Law {
        tasklets: Some(calls),
        messages: Some(calls),
        ..Law::of(hash(&sorted_at_once(values(count))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_sorted_as_well() {
        let values: Vec<u64> = (0..5_000).map(|at| dice(0, at) % 10).collect();
        let mut calls = 0;
        assert_eq!(recursion(values.clone(), &mut calls), sorted_at_once(values));
        assert!(calls > 1);
    }
}

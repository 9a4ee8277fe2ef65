//! The values of a complete binary tree, in order, through a generator that recurses.
//!
//! A node of height h has the value h and two trees of height h - 1 below it, so that a walk needs
//! the height alone: the tree is not stored (in the published problem its h nodes are shared).
//!
//! Law: the values in their order, their sum and their number. Messages are left open: without an
//! exact order, the end of an iteration is a message only if the consumer waits for it. The
//! published size is 25.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "generator",
    family: Family::Iterators,
    words: Words {
        title: "Generator over a tree",
        work: "A tasklet walks a binary tree by recursion and sends each value from wherever it \
               is; a consumer iterates over the values in order.",
        shows: "A generator that suspends inside nested calls. A stack switches at the same cost \
                at any depth; frames and futures pay for the calls, not for the depth.",
        does_not_show: "Memory: the tree is as deep as its height. The reference walks with a \
                        callback.",
        cost: "Linear in the nodes, 2^size - 1 of them: a call, and a message for each.",
        plot: Plot::Median,
    },
    operation: "node",
    size: "height of the tree, which has 2 to that power less 1 nodes",
    origin: "effect-handlers-bench, problem `generator`",
    sizes: &[12],
    large: &[25],
    small: &[1, 5],
    operations: |height| solve(height).operations,
    law,
    limits: &[Limit::ENDS],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-callback", plain)),
    beside: &[],
    elsewhere: &[],
};

#[tasklet]
async fn walk<B: Backend>(values: B::Channel<u64>, height: u64) -> Result<(), Error> {
    if height == 0 {
        return Ok(());
    }
    walk(values.clone(), height - 1).await?;
    values.send(height).await?;
    walk(values, height - 1).await
}

#[tasklet]
async fn sum<B: Backend>(height: u64) -> Result<u64, Error> {
    let values = B::generate::<u64, _>(|values| walk(values, height));
    let mut solved: Solved = Solved::default();
    let mut order: u64 = 0;
    while let Some(value) = values.next().await? {
        solved.answer += value;
        solved.operations += 1;
        order = mix(order, value);
    }
    // Lets the producer end, which would be killed otherwise.
    B::schedule().await?;
    Ok(mix(order, solved.digest()))
}

/// Adds up a tree of the given height.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(height: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(sum(height), counting)
}

/// The problem in a formula: the sum of k 2^(h - k) for k from 1 to h is 2^(h + 1) - 2 - h.
#[must_use]
pub const fn solve(height: u64) -> Solved {
    let below = 1 << height;
    Solved { answer: 2 * below - 2 - height, operations: below - 1 }
}

fn visit(height: u64, each: &mut dyn FnMut(u64)) {
    if std::hint::black_box(height) > 0 {
        visit(height - 1, each);
        each(height);
        visit(height - 1, each);
    }
}

fn digest(height: u64) -> u64 {
    let (mut solved, mut order) = (Solved::default(), 0);
    visit(height, &mut |value| {
        solved.answer += value;
        solved.operations += 1;
        order = mix(order, value);
    });
    mix(order, solved.digest())
}

/// The reference as a cell of the benchmark: the walk calls a function for each value.
///
/// # Errors
/// None.
pub fn plain(height: u64) -> Result<Witness, String> {
    Ok(Witness::of(digest(height)))
}

/// The values in order, and what they cost.
#[must_use]
pub fn law(height: u64) -> Law {
    Law { tasklets: Some(1), peak_alive: Some(1), ..Law::of(digest(height)) }
}

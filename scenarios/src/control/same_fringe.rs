//! Two trees of different shapes have the same leaves: both are walked at once, leaf by leaf.
//!
//! The problem that has been used to argue for coroutines since the 1970s: two recursions that must
//! go on in turns. A tree is a range of numbers; where it is cut decides the shape, so nothing is
//! stored.
//!
//! Law: the leaves in their order, equal in both trees, and their number. Messages are left open:
//! without an exact order, the end of an iteration is a message only if the consumer waits for it.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "same_fringe",
    family: Family::Iterators,
    words: Words {
        title: "Same fringe",
        work: "Two trees of different shapes are walked at once by two recursive generators, and \
               their leaves compared one by one.",
        shows: "Two recursions that advance in turns, which callbacks cannot do.",
        does_not_show: "An early difference: the leaves are the same to the end. The reference \
                        writes the leaves of both trees into vectors first.",
        cost: "Linear in the leaves: two messages for each, and the calls of both walks.",
        plot: Plot::Median,
    },
    operation: "pair of leaves",
    size: "leaves of each tree",
    origin: "the problem that coroutines have been argued for with since the 1970s",
    sizes: &[5_000],
    large: &[1_000_000],
    small: &[1, 20],
    operations: |leaves| leaves,
    law,
    limits: &[Limit::ENDS],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain-vectors", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Sixteenths of its leaves that are in the left half of a balanced tree.
const BALANCED: u64 = 8;

/// Sixteenths of its leaves that are in the left half of a tree that leans.
const LEANING: u64 = 5;

/// Where a tree of at least two leaves is cut.
const fn cut(from: u64, to: u64, sixteenths: u64) -> u64 {
    let left = (to - from) * sixteenths / 16;
    from + if left == 0 { 1 } else { left }
}

#[tasklet]
async fn walk<B: Backend>(
    leaves: B::Channel<u64>,
    from: u64,
    to: u64,
    sixteenths: u64,
) -> Result<(), Error> {
    if to - from == 1 {
        return leaves.send(from).await;
    }
    let middle: u64 = cut(from, to, sixteenths);
    walk(leaves.clone(), from, middle, sixteenths).await?;
    walk(leaves, middle, to, sixteenths).await
}

#[tasklet]
async fn compare<B: Backend>(leaves: u64) -> Result<u64, Error> {
    let one = B::generate::<u64, _>(|values| walk(values, 0u64, leaves, BALANCED));
    let other = B::generate::<u64, _>(|values| walk(values, 0u64, leaves, LEANING));
    let mut state: u64 = 0;
    let mut alike: u64 = 0;
    loop {
        let left: Option<u64> = one.next().await?;
        let right: Option<u64> = other.next().await?;
        if left != right {
            return Err(Error::new("OtherFringe", format!("{left:?} and {right:?}")));
        }
        match left {
            Some(leaf) => state = mix(state, leaf),
            None => break,
        }
        alike += 1;
    }
    // Lets the producers end, which would be killed otherwise.
    B::schedule().await?;
    Ok(mix(state, alike))
}

/// Compares two trees with that many leaves, at least one.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(leaves: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(compare(leaves.max(1)), counting)
}

fn fringe(from: u64, to: u64, sixteenths: u64, leaves: &mut Vec<u64>) {
    if to - from == 1 {
        leaves.push(from);
        return;
    }
    let middle = cut(from, to, sixteenths);
    fringe(from, middle, sixteenths, leaves);
    fringe(middle, to, sixteenths, leaves);
}

/// The reference as a cell of the benchmark: both fringes as vectors, then compared.
///
/// # Errors
/// That the fringes differ.
pub fn plain(leaves: u64) -> Result<Witness, String> {
    let (mut one, mut other) = (Vec::new(), Vec::new());
    fringe(0, leaves.max(1), BALANCED, &mut one);
    fringe(0, leaves.max(1), LEANING, &mut other);
    if one != other {
        return Err("the fringes differ".to_owned());
    }
    Ok(Witness::of(mix(one.iter().copied().fold(0, mix), one.len() as u64)))
}

/// The leaves in order, and what they cost.
#[must_use]
pub fn law(leaves: u64) -> Law {
    let leaves = leaves.max(1);
    Law { tasklets: Some(2), peak_alive: Some(2), ..Law::of(mix((0..leaves).fold(0, mix), leaves)) }
}

//! All paths of a complete binary tree, by going on twice from each node.
//!
//! A node of height h has the value h. At each node every way on changes a state that is never
//! restored, state := op(state, h); at a leaf a path's result is the state, and on the way back
//! each node gives op(h, result below), where op(x, y) is |x - 503 y + 37| mod 1009. A round gives
//! the greatest result, the next one begins with it as the state; ten rounds.
//!
//! Law: the answer and the number of paths. Messages: at each node the question, and an answer for
//! each of the two ways; at each leaf the question for the state, the state, and the result.

use switchback::{Backend, Channel, Error, Portable, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::{Solved, combine};
use crate::scenario::{Family, Reference, Row, Scenario, Words, never};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "tree_explore",
    family: Family::MultiShot,
    words: Words {
        title: "All paths of a tree",
        work: "A tasklet walks down a binary tree and asks at each node which way to go; at each \
               node it is copied and goes both ways. Ten rounds.",
        shows: "A continuation that is used twice at each choice, with a call stack that deepens: \
                what a copy costs against the depth.",
        does_not_show: "Plain search, which keeps its choices on the native stack: the reference.",
        cost: "A copy for each inner node, 2^size - 1 of them in each round; a copy grows with the \
               depth of its calls.",
        plot: Plot::Ratio,
    },
    operation: "path",
    size: "height of the tree, with 2 to that power paths in each of 10 rounds",
    origin: "effect-handlers-bench, problem `tree_explore`",
    sizes: &[7],
    large: &[16],
    small: &[2, 5],
    operations: |height| ROUNDS << height,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("plain-recursion", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Rounds of a run.
const ROUNDS: u64 = 10;

/// What an explorer says.
#[message]
#[derive(Copy, Debug)]
enum Said {
    /// At a node with this value: which way?
    Choice(u64),
    /// At a leaf: what is the state?
    Leaf,
    /// At the root again, with the result of the path.
    Result(u64),
}

#[tasklet]
async fn explore<B: Backend>(
    height: u64,
    said: B::Channel<Said>,
    told: B::Channel<u64>,
) -> Result<u64, Error> {
    if height == 0 {
        said.send(Said::Leaf).await?;
        return told.receive().await;
    }
    said.send(Said::Choice(height)).await?;
    // Both ways look alike, as in the published problem: the tree is shared.
    let _way: u64 = told.receive().await?;
    let below: u64 = explore(height - 1, said, told).await?;
    Ok(combine(height, below))
}

#[tasklet]
async fn path<B: Backend>(
    height: u64,
    said: B::Channel<Said>,
    told: B::Channel<u64>,
) -> Result<(), Error> {
    let result: u64 = explore(height, said.clone(), told).await?;
    said.send(Said::Result(result)).await
}

/// An explorer with its channels: what is copied.
type Explorer<B> =
    (<B as Backend>::Handle, <B as Backend>::Channel<Said>, <B as Backend>::Channel<u64>);

/// An explorer that waits at a node: the value of the node, and whether it has gone left.
type Choice<B> = (Explorer<B>, u64, bool);

/// An explorer for the next way: a copy for the left one, the explorer itself for the right one.
/// Gives the value of its node too.
fn next<B: Portable>(choices: &mut Vec<Choice<B>>) -> Result<Option<(Explorer<B>, u64)>, Error> {
    let Some((explorer, value, went_left)) = choices.last_mut() else { return Ok(None) };
    if !*went_left {
        *went_left = true;
        return Ok(Some((B::fork(explorer)?, *value)));
    }
    Ok(choices.pop().map(|(explorer, value, _)| (explorer, value)))
}

/// One round: the greatest result, with the state of the beginning and the number of paths so far.
#[tasklet]
async fn round<B: Portable>(height: u64, begin: Solved) -> Result<Solved, Error> {
    let mut state: u64 = begin.answer;
    let mut solved: Solved = Solved { answer: 0, operations: begin.operations };
    let mut choices: Vec<Choice<B>> = Vec::new();
    let (said, told): (B::Channel<Said>, B::Channel<u64>) = (B::channel(), B::channel());
    let handle: B::Handle = B::spawn(path(height, said.clone(), told.clone()));
    let root: Said = said.receive().await?;
    B::schedule().await?;
    if let Said::Choice(value) = root {
        choices.push(((handle, said, told), value, false));
    }
    while let Some((explorer, value)) = next::<B>(&mut choices)? {
        let explorer: Explorer<B> = explorer;
        state = combine(state, value);
        explorer.2.send(0).await?;
        let now: Said = explorer.1.receive().await?;
        // The explorer goes on to wait for what it asked for.
        B::schedule().await?;
        match now {
            Said::Choice(value) => choices.push((explorer, value, false)),
            Said::Leaf => {
                explorer.2.send(state).await?;
                let end: Said = explorer.1.receive().await?;
                if let Said::Result(result) = end {
                    solved.answer = solved.answer.max(result);
                    solved.operations += 1;
                }
                // The explorer ends.
                B::schedule().await?;
            }
            Said::Result(_) => return Err(Error::new("NoLeaf", "a path without a leaf")),
        }
    }
    Ok(solved)
}

#[tasklet]
async fn rounds<B: Portable>(height: u64) -> Result<u64, Error> {
    let mut solved: Solved = Solved::default();
    for _ in 0u64..ROUNDS {
        solved = round(height, solved).await?;
    }
    Ok(solved.digest())
}

/// Explores a tree of a height from 1 to 24.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Portable>(height: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(rounds(height.clamp(1, 24)), counting)
}

/// The greatest result of the paths below a node, which changes `state` at each way.
fn greatest(height: u64, state: &mut u64, back: &mut Vec<u64>) -> u64 {
    if height == 0 {
        return back.iter().rev().fold(*state, |below, value| combine(*value, below));
    }
    back.push(height);
    let mut most = 0;
    for _ in 0..2 {
        *state = combine(*state, height);
        most = most.max(greatest(height - 1, state, back));
    }
    back.pop();
    most
}

/// The problem by plain recursion; an operation is a path.
#[must_use]
pub fn solve(height: u64) -> Solved {
    let round = |state: u64, _| greatest(height, &mut { state }, &mut Vec::new());
    Solved { answer: (0..ROUNDS).fold(0, round), operations: ROUNDS << height }
}

/// The reference as a cell of the benchmark.
///
/// # Errors
/// None.
pub fn plain(height: u64) -> Result<Witness, String> {
    Ok(Witness::of(solve(height).digest()))
}

/// The answer, and what it costs.
#[must_use]
pub fn law(height: u64) -> Law {
    let (leaves, nodes) = (1 << height, (1 << height) - 1);
    Law {
        // Copies are not spawned.
        tasklets: Some(ROUNDS),
        messages: Some(ROUNDS * (3 * nodes + 3 * leaves)),
        ..Law::of(solve(height).digest())
    }
}

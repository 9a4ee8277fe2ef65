//! Ackermann's function by awaited calls: deep, and deeper with each argument.
//!
//! a(0, n) = n + 1; a(m, 0) = a(m - 1, 1); a(m, n) = a(m - 1, a(m, n - 1)). The size is n in
//! a(2, n) = 2 n + 3, in which calls nest up to 2 n + 5 deep.
//!
//! Law: the value and the number of calls; no tasklet but main, no message.

use switchback::{Backend, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::Solved;
use crate::scenario::{Family, Reference, Row, Scenario, Words, never};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "ackermann",
    family: Family::Recursion,
    words: Words {
        title: "Ackermann",
        work: "Ackermann's function of 2 and the size, by awaited calls.",
        shows: "Calls that go deep and come back again and again: frames are made and given back \
                in stacks of changing height.",
        does_not_show: "Any switch, any message.",
        cost: "Linear in the calls, about 2 size² of them; the depth is 2 size.",
        plot: Plot::Ratio,
    },
    operation: "call",
    size: "second argument of the function, the first is 2",
    origin: "switchback: Ackermann's function (1928), a recursion that is deeper than it is long",
    sizes: &[100],
    large: &[3_000],
    small: &[2, 9],
    operations: |n| solve(n).operations,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("plain-recursion", plain)),
    beside: &[],
    elsewhere: &[],
};

/// The value, with the calls that led to it.
#[tasklet]
async fn ackermann<B: Backend>(m: u64, n: u64) -> Result<(u64, u64), Error> {
    // Neither form lets the compiler see through the recursion.
    if std::hint::black_box(m) == 0 {
        return Ok((n + 1, 1));
    }
    if n == 0 {
        let (value, calls): (u64, u64) = ackermann(m - 1, 1u64).await?;
        return Ok((value, calls + 1));
    }
    let (inner, below): (u64, u64) = ackermann(m, n - 1).await?;
    let (value, calls): (u64, u64) = ackermann(m - 1, inner).await?;
    Ok((value, below + calls + 1))
}

#[tasklet]
async fn of_two<B: Backend>(n: u64) -> Result<u64, Error> {
    let (answer, operations): (u64, u64) = ackermann(2u64, n).await?;
    Ok(Solved { answer, operations }.digest())
}

/// Calls for a(2, `n`).
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(n: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(of_two(n), counting)
}

/// The problem in a formula: 2 n² + 7 n + 5 calls.
#[must_use]
pub const fn solve(n: u64) -> Solved {
    Solved { answer: 2 * n + 3, operations: 2 * n * n + 7 * n + 5 }
}

fn recurse(m: u64, n: u64, calls: &mut u64) -> u64 {
    *calls += 1;
    match (std::hint::black_box(m), n) {
        (0, n) => n + 1,
        (m, 0) => recurse(m - 1, 1, calls),
        (m, n) => {
            let inner = recurse(m, n - 1, calls);
            recurse(m - 1, inner, calls)
        }
    }
}

/// The reference as a cell of the benchmark: plain recursion.
///
/// # Errors
/// None.
pub fn plain(n: u64) -> Result<Witness, String> {
    let mut operations = 0;
    let answer = recurse(2, n, &mut operations);
    Ok(Witness::of(Solved { answer, operations }.digest()))
}

/// The value, and that nothing is sent.
#[must_use]
pub const fn law(n: u64) -> Law {
    Law { tasklets: Some(0), peak_alive: Some(0), messages: Some(0), ..Law::of(solve(n).digest()) }
}

//! All solutions of the n-queens puzzle, by going on more than once from one suspended point.
//!
//! ```text
//!   placer, suspended in "which column for row 0?"
//!     +-- copy, told 0, suspended in "which column for row 1?"
//!     |     +-- copy, told 2, ..
//!     |     +-- copy, told 3, ..
//!     +-- copy, told 1, ..
//! ```
//!
//! The placer is a plain loop over the rows and knows nothing of the search: it says which columns
//! are free and receives one. At each choice main copies it with its channels, once for each free
//! column: a continuation that is used several times (backtracking as in `amb`). Where the time of
//! a copy goes is in `harness/decisions/pickles.md`.
//!
//! Law: every solution once, in the order of the columns. Messages: of each placed queen the choice
//! and what is said next.

use switchback::{Backend, Channel, Error, Portable, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::scenario::{Family, Reference, Row, Scenario, Words, never};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "queens",
    family: Family::MultiShot,
    words: Words {
        title: "Queens",
        work: "All ways to place queens on a board, found by copying a suspended tasklet at each \
               choice: one copy for each free column.",
        shows: "A continuation that is used many times: the price of a copy of a small graph of \
                one tasklet, two frames, two channels.",
        does_not_show: "Larger graphs, which cost in proportion. The reference is plain \
                        backtracking, which keeps its choices on the native stack.",
        cost: "One copy, two messages per queen placed; the solutions of plain backtracking in \
               their order.",
        plot: Plot::Ratio,
    },
    operation: "queen placed",
    size: "queens and rows of the board",
    origin: "effect-handlers-bench, problem `nqueens`",
    sizes: &[6, 8],
    large: &[12],
    small: &[4, 5, 6],
    operations: placed,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("plain-backtracking", plain)),
    beside: &[],
    elsewhere: &[],
};

/// What a placer says.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The columns that are free in this row, a bit each. Nothing is received if there is none.
    Free(u32),
    /// All queens stand; the hash of their columns.
    Done(u64),
}

/// The queens so far, seen from the next row: what they attack, a bit per column, and the hash of
/// their columns.
#[message]
#[derive(Copy, Debug, Default)]
pub struct Board {
    columns: u32,
    rising: u32,
    falling: u32,
    state: u64,
}

impl Board {
    /// Columns of `n` that no queen attacks.
    #[must_use]
    pub const fn free(self, n: u32) -> u32 {
        !(self.columns | self.rising | self.falling) & ((1 << n) - 1)
    }

    /// With a queen in `column` of this row, seen from the next row.
    #[must_use]
    pub const fn with(self, column: u32) -> Self {
        let queen = 1 << column;
        Self {
            columns: self.columns | queen,
            rising: (self.rising | queen) << 1,
            falling: (self.falling | queen) >> 1,
            state: mix(self.state, column as u64),
        }
    }
}

/// One row: says what is free and puts the queen where it is told.
#[tasklet]
async fn choose<B: Backend>(
    n: u32,
    board: Board,
    said: B::Channel<Said>,
    told: B::Channel<u32>,
) -> Result<Board, Error> {
    said.send(Said::Free(board.free(n))).await?;
    let column: u32 = told.receive().await?;
    Ok(board.with(column))
}

/// Places `n` queens, one in each row.
#[tasklet]
async fn place<B: Backend>(
    n: u32,
    said: B::Channel<Said>,
    told: B::Channel<u32>,
) -> Result<(), Error> {
    let mut board: Board = Board::default();
    for _ in 0..n {
        board = choose(n, board, said.clone(), told.clone()).await?;
    }
    said.send(Said::Done(board.state)).await
}

/// A placer with its channels: what is copied.
type Placer<B> =
    (<B as Backend>::Handle, <B as Backend>::Channel<Said>, <B as Backend>::Channel<u32>);

/// A placer that waits for a column, and the columns that it has not been told yet.
type Choice<B> = (Placer<B>, u32);

/// A copy of the placer of the last choice and its next column; no choice is left behind empty.
fn next<B: Portable>(choices: &mut Vec<Choice<B>>) -> Result<Option<(Placer<B>, u32)>, Error> {
    let Some((placer, left)) = choices.last_mut() else { return Ok(None) };
    let column = left.trailing_zeros();
    *left &= *left - 1;
    if *left > 0 {
        return Ok(Some((B::fork(placer)?, column)));
    }
    // The last column needs no copy.
    Ok(choices.pop().map(|(placer, _)| (placer, column)))
}

#[tasklet]
pub(crate) async fn search<B: Portable>(n: u32) -> Result<u64, Error> {
    let mut found = 0u64;
    let mut choices: Vec<Choice<B>> = Vec::new();
    let (said, told): (B::Channel<Said>, B::Channel<u32>) = (B::channel(), B::channel());
    let first: B::Handle = B::spawn(place(n, said.clone(), told.clone()));
    let begin: Said = said.receive().await?;
    B::schedule().await?;
    if let Said::Free(columns) = begin {
        choices.push(((first, said, told), columns));
    }
    while let Some((placer, column)) = next::<B>(&mut choices)? {
        let copy: Placer<B> = placer;
        copy.2.send(column).await?;
        let said: Said = copy.1.receive().await?;
        B::schedule().await?;
        match said {
            Said::Free(0) => {}
            Said::Free(columns) => choices.push((copy, columns)),
            Said::Done(state) => found = mix(found, state),
        }
    }
    Ok(found)
}

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Portable>(n: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let found: u64 = search(n as u32).await?;
    out.send(found).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[4, 5],
        program: || B::program::<passenger::Call<B>>(),
        start: |n, out| drop(B::spawn(passenger(n, out))),
        unmoved: |n| B::run(search(n as u32)),
    }
}

/// Finds all solutions for `n` queens, from 4 to 16.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Portable>(n: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(search(board_size(n)), counting)
}

fn board_size(n: u64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX).clamp(4, 16)
}

/// What a search finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Ways to place all queens.
    pub solutions: u64,
    /// Hash of all solutions in their order.
    pub state: u64,
    /// Queens that were placed, those of no solution too.
    pub placed: u64,
}

/// The reference: plain backtracking.
#[must_use]
pub fn backtrack(n: u32) -> Found {
    fn row(n: u32, left: u32, board: Board, found: &mut Found) {
        if left == 0 {
            found.solutions += 1;
            found.state = mix(found.state, board.state);
            return;
        }
        let mut free = board.free(n);
        while free > 0 {
            found.placed += 1;
            row(n, left - 1, board.with(free.trailing_zeros()), found);
            free &= free - 1;
        }
    }
    let mut found = Found::default();
    row(n, n, Board::default(), &mut found);
    found
}

/// The reference as a cell of the benchmark.
///
/// # Errors
/// None.
pub fn plain(n: u64) -> Result<Witness, String> {
    Ok(Witness::of(backtrack(board_size(n)).state))
}

/// Queens placed in a run.
#[must_use]
pub fn placed(n: u64) -> u64 {
    backtrack(board_size(n)).placed
}

/// The solutions, and what they cost.
#[must_use]
pub fn law(n: u64) -> Law {
    let found = backtrack(board_size(n));
    Law {
        // Copies are not spawned.
        tasklets: Some(1),
        messages: Some(1 + 2 * found.placed),
        ..Law::of(found.state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backtracking_finds_the_known_numbers_of_solutions() {
        let known = [(4, 2), (5, 10), (6, 4), (7, 40), (8, 92), (9, 352), (10, 724)];
        for (n, solutions) in known {
            assert_eq!(backtrack(n).solutions, solutions, "{n} queens");
        }
    }
}

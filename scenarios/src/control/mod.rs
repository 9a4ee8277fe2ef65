//! The problems of the public benchmark of control operators, effect-handlers-bench, and their kin.
//!
//! ```text
//!   an operation of an effect    a message to the tasklet that handles it, and its answer
//!   a generator                  a tasklet that sends; B::generate where one consumer iterates
//!   a multi-shot choice          a fork of the suspended tasklet
//!   an exception                 the error that awaited calls pass on
//! ```
//!
//! The problems are described in words of ours, with the published inputs and answers: the small
//! ones are sizes of the tests, the large ones are measured with `--effort full` on backends of which
//! a run takes at most five seconds. `nqueens` is [`queens`](crate::queens). Not from there:
//! [`same_fringe`], [`ackermann`] and [`mutual`].

use switchback::message;

use crate::work::mix;

pub mod ackermann;
pub mod countdown;
pub mod fibonacci;
pub mod generator;
pub mod iterator;
pub mod mutual;
pub mod parsing_dollars;
pub mod product_early;
pub mod resume_nontail;
pub mod same_fringe;
pub mod sieve;
pub mod tree_explore;
pub mod triples;

crate::list! {
    /// The scenarios of this folder.
    pub struct Control;
    every countdown;
    every fibonacci;
    every product_early;
    every ackermann;
    every mutual;
    every resume_nontail;
    every iterator;
    every generator;
    every same_fringe;
    every parsing_dollars;
    every sieve;
    portable tree_explore;
    portable triples;
}

/// What a problem of the suite gives: its answer and how many operations led to it. A run that
/// leaves some out has another digest, though the answer be 0.
#[message]
#[derive(Copy, Debug, Default, PartialEq, Eq)]
pub struct Solved {
    /// The published answer.
    pub answer: u64,
    /// Operations of the effect, as the scenario counts them.
    pub operations: u64,
}

impl Solved {
    /// The digest of a witness.
    #[must_use]
    pub const fn digest(self) -> u64 {
        mix(self.answer, self.operations)
    }
}

/// The operation of `resume_nontail` and `tree_explore`: |x - 503 y + 37| modulo 1009.
#[must_use]
pub const fn combine(x: u64, y: u64) -> u64 {
    (x + 37).abs_diff(503 * y) % 1009
}

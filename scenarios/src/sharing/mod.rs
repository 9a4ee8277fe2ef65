//! Tasklets that share something and must agree on it: a buffer, forks, chairs, tobacco, money, a
//! worker, a field.
//!
//! ```text
//!   bounded_buffer   producers and consumers, a manager between them
//!   philosophers     forks that are taken by a receive
//!   barber           a room that is full, customers that come back
//!   smokers          an arbiter that chooses one of many
//!   bank             a handler that waits for a reply in its middle
//!   logistic_map     a worker and its rate computer, term by term
//!   dispatcher       a window, whose handlers wait in their middle
//!   arena            a world in which every bot and every bullet is a tasklet
//! ```
//!
//! The first six are named after problems of the Savina suite of actor benchmarks and have its
//! published sizes. What they share is always in one tasklet, which is asked for it by messages; no
//! scenario has a lock. Nothing that a digest is made of depends on the order of messages, so the
//! results are the same where tasklets run in parallel.

pub mod arena;
pub mod bank;
pub mod barber;
pub mod bounded_buffer;
pub mod dispatcher;
pub mod logistic_map;
pub mod philosophers;
pub mod smokers;

use crate::work::mix;

crate::list! {
    /// Scenarios of tasklets that share something.
    pub struct Sharing;
    every bounded_buffer;
    every philosophers;
    every barber;
    every smokers;
    every bank;
    every logistic_map;
    every dispatcher;
    every arena;
}

/// Busy work of so many rounds, each with a multiplication: what producing an item costs, or a meal.
/// Gives a number that depends on all of them.
#[must_use]
pub fn labour(of: u64, rounds: u64) -> u64 {
    (0..rounds).fold(of, mix)
}

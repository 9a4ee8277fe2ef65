//! n! by recursion, each call a tasklet of its own that answers on a channel of its own (S9).
//!
//! Law: one tasklet, one channel and one message per call; all alive at the deepest point.

use num_bigint::BigUint;
use switchback::{Backend, Channel, Error, Portable, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::plain::{self, factorial::digest};
use crate::scenario::{Family, Reference, Row, Scenario, Source, Words, never};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "factorial",
    family: Family::Recursion,
    words: Words {
        title: "Factorial",
        work: "n! by recursion where every call is a tasklet of its own that answers through a \
               channel of its own.",
        shows: "What it costs to put a tasklet and a channel in place of a function call, with as \
                many tasklets alive as the recursion is deep.",
        does_not_show: "Fair scheduling: there is one runnable tasklet at any time. Multiplying \
                        big numbers costs every backend the same and grows with n, so that ratios \
                        sink towards 1.",
        cost: "One tasklet, one channel, one message per call; all of them alive at the deepest \
               point. Beyond that the multiplications, which grow faster than n.",
        plot: Plot::Ratio,
    },
    operation: "factorial",
    size: "n of n!",
    origin: "the Stackless Python talks of 2007, where 998! is computed in this way",
    sizes: &[10, 100, 1_000],
    large: &[],
    small: &[1, 2, 60],
    operations: rounds,
    law,
    limits: &[],
    slow: never,
    reference: Reference::Row(Row::new("plain-recursion", plain)),
    beside: &[],
    elsewhere: &[
        Source::TALK.both("plain Python", "2.93 ms", 1.0),
        Source::TALK.both("Stackless, recursive", "3.62 ms", 1.24),
        Source::TALK.both("Stackless, tasklets", "10.3 ms", 3.5),
        Source::AGAIN.ratio("Stackless 3.7 soft", 4.3),
        Source::AGAIN.ratio("PyPy stackless", 67.0),
    ],
};

/// A number of any length on its way over a channel: 24 bytes, which a transfer slot holds in place.
#[message]
#[derive(Debug, PartialEq, Eq)]
pub struct Number(pub BigUint);

/// One call: makes the next one, waits for its answer, and answers.
#[tasklet]
pub async fn call<B: Backend>(n: u32, reply: B::Channel<Number>) -> Result<(), Error> {
    if n <= 1 {
        return reply.send(Number(BigUint::from(1_u32))).await;
    }
    let answer = B::channel::<Number>();
    B::spawn(call(n - 1, answer.clone()));
    let Number(below) = answer.receive().await?;
    reply.send(Number(below * n)).await
}

#[tasklet]
pub(crate) async fn compute<B: Backend>(n: u32, rounds: u64) -> Result<u64, Error> {
    let mut state = 0u64;
    for _ in 0..rounds {
        let answer = B::channel::<Number>();
        B::spawn(call(n, answer.clone()));
        let number: Number = answer.receive().await?;
        state = mix(state, digest(&number.0));
        // Lets the others end: the next round uses their stacks and frames again.
        B::schedule().await?;
    }
    Ok(state)
}

/// Main with its digest into a channel.
#[tasklet]
async fn passenger<B: Backend>(n: u64, out: B::Channel<u64>) -> Result<(), Error> {
    let state: u64 = compute(n as u32, 2u64).await?;
    out.send(state).await
}

/// On journeys.
#[must_use]
pub fn carry<B: Portable>() -> Carry<B> {
    Carry {
        sizes: &[1, 12],
        program: || B::program::<passenger::Call<B>>(),
        start: |n, out| drop(B::spawn(passenger(n, out))),
        unmoved: |n| B::run(compute(n as u32, 2u64)),
    }
}

/// Factorials in one run: as many as it takes to keep the start of a run out of the figure.
#[must_use]
pub const fn rounds(n: u64) -> u64 {
    if n < 1_000 { 1_000 / n } else { 1 }
}

/// Computes `n`! [`rounds`] times, `n` at least 1 and less than 2^32.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(n: u64, counting: Counting) -> Result<Witness, Error> {
    let small = u32::try_from(n).unwrap_or(u32::MAX);
    witness::<B, _>(compute(small, rounds(n)), counting)
}

/// What one run gives if `n`! is `number`.
#[must_use]
pub fn digest_of(n: u64, number: &BigUint) -> u64 {
    (0..rounds(n)).fold(0, |state, _| mix(state, digest(number)))
}

/// The product of 1 to `n`, and what it costs.
#[must_use]
pub fn law(n: u64) -> Law {
    let product: BigUint = (1..=n).map(BigUint::from).product();
    let calls = rounds(n) * n;
    Law {
        tasklets: Some(calls),
        peak_alive: Some(n),
        messages: Some(calls),
        // Down to the last call, up with the answers, and once around for the ends.
        switches: Some(rounds(n) * (n + n + (n + 1))),
        ..Law::of(digest_of(n, &product))
    }
}

/// The same by plain recursion: the reference.
///
/// # Errors
/// If `n` does not fit 32 bits.
pub fn plain(n: u64) -> Result<Witness, String> {
    let small = u32::try_from(n).map_err(|error| error.to_string())?;
    let state = |state, _| mix(state, digest(&plain::factorial::factorial(small)));
    Ok(Witness::of((0..rounds(n)).fold(0, state)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_fits_a_transfer_slot() {
        assert!(size_of::<Number>() <= 24);
    }
}

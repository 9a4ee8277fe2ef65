//! n! by recursion, each call a tasklet of its own that answers on a channel of its own (S9).
//!
//! Shows what it costs to put a tasklet and a channel in place of a function call, with as many
//! tasklets alive as the recursion is deep. Does not show fair scheduling: one tasklet is runnable
//! at any time. The multiplications cost every backend the same and grow with n, so that the
//! ratio to plain recursion sinks towards 1.
//!
//! Law: one tasklet, one channel and one message per call; all alive at the deepest point.

use num_bigint::BigUint;
use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::witness::{Law, Witness};

use crate::plain::factorial::digest;
use crate::work::{Counting, witness};

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
    let below: Number = answer.receive().await?;
    reply.send(Number(below.0 * n)).await
}

#[tasklet]
async fn compute<B: Backend>(n: u32) -> Result<u64, Error> {
    let answer = B::channel::<Number>();
    B::spawn(call(n, answer.clone()));
    let number: Number = answer.receive().await?;
    let digest: u64 = digest(&number.0);
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(digest)
}

/// Computes `n`!, `n` at least 1 and less than 2^32.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(n: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(compute(u32::try_from(n).unwrap_or(u32::MAX)), counting)
}

/// The product of 1 to `n`, and what it costs.
#[must_use]
pub fn law(n: u64) -> Law {
    let product: BigUint = (1..=n).map(BigUint::from).product();
    Law {
        tasklets: Some(n),
        peak_alive: Some(n),
        messages: Some(n),
        // Down to the last call, up with the answers, and once around for the ends.
        switches: Some(n + n + (n + 1)),
        ..Law::of(digest(&product))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_fits_a_transfer_slot() {
        assert!(size_of::<Number>() <= 24);
    }
}

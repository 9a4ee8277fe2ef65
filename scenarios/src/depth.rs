//! Recursion a million calls deep, in two ways.
//!
//! [`chain`]: each call is a tasklet that answers on a channel, as in the factorial but without
//! its long numbers. [`calls`]: each call is an awaited call inside one tasklet. Both show whether
//! anything is limited by depth, and what memory per level costs once caches are left. They do not
//! show work at the levels: there is none.
//!
//! Law: the way back hashes the levels from the bottom up. Beyond the stacks that a backend can
//! map, the chain fails; beyond its native stack, so do the calls, unless frames live on the heap.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::witness::{Law, Witness};

use crate::work::{Counting, mix, witness};

#[tasklet]
async fn link<B: Backend>(level: u64, reply: B::Channel<u64>) -> Result<(), Error> {
    if level == 0 {
        return reply.send(0).await;
    }
    let answer = B::channel::<u64>();
    B::spawn(link(level - 1, answer.clone()));
    let below = answer.receive().await?;
    reply.send(mix(below, level)).await
}

#[tasklet]
pub(crate) async fn anchor<B: Backend>(depth: u64) -> Result<u64, Error> {
    let answer = B::channel::<u64>();
    B::spawn(link(depth, answer.clone()));
    let state = answer.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(state)
}

#[tasklet]
pub(crate) async fn nested<B: Backend>(level: u64) -> Result<u64, Error> {
    if level == 0 {
        // Suspends at the bottom, so that all levels are alive while somebody else might run.
        B::schedule().await?;
        return Ok(0);
    }
    let below = nested(level - 1).await?;
    Ok(mix(below, level))
}

/// `depth` tasklets, each waiting for the next, and one at the bottom.
pub mod chain {
    use super::*;

    /// Goes down `depth` levels and back.
    ///
    /// # Errors
    /// What the backend fails with; [`Exhausted`](switchback::Kind) if there are not as many stacks.
    pub fn run<B: Backend>(depth: u64, counting: Counting) -> Result<Witness, Error> {
        witness::<B, _>(anchor(depth), counting)
    }

    /// The hash of the levels, and what they cost.
    #[must_use]
    pub fn law(depth: u64) -> Law {
        let tasklets = depth + 1;
        Law {
            tasklets: Some(tasklets),
            peak_alive: Some(tasklets),
            messages: Some(tasklets),
            switches: Some(3 * tasklets + 1),
            ..Law::of((1..=depth).fold(0, mix))
        }
    }
}

/// `depth` calls inside main, and one at the bottom.
pub mod calls {
    use super::*;

    /// Goes down `depth` levels and back.
    ///
    /// # Errors
    /// What the backend fails with. Where calls use a native stack, too many overflow it.
    pub fn run<B: Backend>(depth: u64, counting: Counting) -> Result<Witness, Error> {
        witness::<B, _>(nested(depth), counting)
    }

    /// The hash of the levels; no tasklet, message or switch.
    #[must_use]
    pub fn law(depth: u64) -> Law {
        Law {
            tasklets: Some(0),
            peak_alive: Some(0),
            messages: Some(0),
            switches: Some(0),
            ..Law::of((1..=depth).fold(0, mix))
        }
    }
}

//! Recursion a million calls deep, in two ways.
//!
//! [`chain`]: each call is a tasklet that answers on a channel, as in the factorial but without
//! its long numbers. [`calls`]: each call is an awaited call inside one tasklet.
//!
//! Law: the way back hashes the levels from the bottom up. Beyond the stacks that a backend can
//! map, the chain fails; beyond its native stack, so do the calls, unless frames live on the heap.

use switchback::{Backend, Channel, Error, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::carried::Carry;
use crate::scenario::{Family, Limit, Reference, Scenario, Words, never};
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
        // Suspends at the bottom, so that all levels are alive while another tasklet might run.
        B::schedule().await?;
        return Ok(0);
    }
    let below = nested(level - 1).await?;
    Ok(mix(below, level))
}

/// `depth` tasklets, each waiting for the next, and one at the bottom.
pub mod chain {
    use super::*;

    /// What it is, for lists and reports.
    pub const SCENARIO: Scenario = Scenario {
        id: "chain",
        family: Family::Recursion,
        words: Words {
            title: "A million tasklets deep",
            work: "Each call is a tasklet that answers on a channel of its own, and waits for the \
                   one below it.",
            shows: "Whether anything is limited by depth, and what a level costs once caches are \
                    left behind.",
            does_not_show: "Work at the levels: there is none. Memory per tasklet is not measured \
                            here.",
            cost: "Linear in the depth. Backends that map a stack per tasklet end where the system \
                   refuses more.",
            plot: Plot::Median,
        },
        operation: "level",
        size: "tasklets that wait for each other",
        origin: "switchback: the factorial of the talks without its numbers",
        sizes: &[1_000, 1_000_000],
        large: &[],
        small: &[0, 1, 100],
        operations: |levels| levels,
        law,
        limits: &[Limit::THREADS, Limit::STACKS, Limit::GIGABYTE],
        slow: never,
        reference: Reference::BareSwitch,
        beside: &[],
        elsewhere: &[],
    };

    /// Main with its digest into a channel.
    #[tasklet]
    async fn passenger<B: Backend>(depth: u64, out: B::Channel<u64>) -> Result<(), Error> {
        let state: u64 = anchor(depth).await?;
        out.send(state).await
    }

    /// On journeys.
    #[must_use]
    pub fn carry<B: Portable>() -> Carry<B> {
        Carry {
            sizes: &[0, 9],
            program: || B::program::<passenger::Call<B>>(),
            start: |depth, out| drop(B::spawn(passenger(depth, out))),
            unmoved: |depth| B::run(anchor(depth)),
        }
    }

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

    /// What it is, for lists and reports.
    pub const SCENARIO: Scenario = Scenario {
        id: "calls",
        family: Family::Recursion,
        words: Words {
            title: "A million calls deep",
            work: "One tasklet calls itself, suspends once at the bottom, and returns through all \
                   levels.",
            shows: "What an awaited call and its return cost, and that frames on the heap leave \
                    the native stack flat.",
            does_not_show: "Switching: there is one. Backends whose calls live on a native stack \
                            cannot take part at this depth.",
            cost: "Linear in the depth; one frame is taken and given back per level.",
            plot: Plot::Median,
        },
        operation: "level",
        size: "nested calls",
        origin: "switchback: recursion without limit is what Stackless Python was begun for",
        sizes: &[1_000, 1_000_000],
        large: &[],
        small: &[0, 1, 100],
        operations: |levels| levels,
        law,
        limits: &[Limit::NATIVE_CALLS],
        slow: never,
        reference: Reference::BareSwitch,
        beside: &[],
        elsewhere: &[],
    };

    /// Main with its digest into a channel.
    #[tasklet]
    async fn passenger<B: Backend>(depth: u64, out: B::Channel<u64>) -> Result<(), Error> {
        let state: u64 = nested(depth).await?;
        out.send(state).await
    }

    /// On journeys.
    #[must_use]
    pub fn carry<B: Portable>() -> Carry<B> {
        Carry {
            sizes: &[0, 40],
            program: || B::program::<passenger::Call<B>>(),
            start: |depth, out| drop(B::spawn(passenger(depth, out))),
            unmoved: |depth| B::run(nested(depth)),
        }
    }

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

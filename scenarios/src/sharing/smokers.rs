//! An arbiter puts on the table what one of many smokers lacks; that one smokes.
//!
//! ```text
//!   arbiter --ingredients--> smoker, one of 200, chosen by chance
//!   arbiter <--"I smoke"---- smoker, which smokes while the arbiter chooses the next one
//! ```
//!
//! Named after the problem of the Savina suite: 200 smokers, 1,000 rounds. The choice comes from a
//! generator with a seed.
//!
//! Law: what each smoker has smoked, in its order. Messages: two per round; then each smoker is told
//! that it is over, and says what it has smoked.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::labour;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, draw, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "smokers",
    family: Family::Actors,
    words: Words {
        title: "Cigarette smokers",
        work: "An arbiter chooses one of 200 smokers by chance in each round and waits until it \
               says that it smokes; the size is the rounds.",
        shows: "One tasklet that wakes one of many, which have all waited: the wait costs nothing, \
                the waking two messages.",
        does_not_show: "Contention: a smoker has a channel of its own. A run starts and ends 200 \
                        tasklets, which is part of the figure.",
        cost: "Linear in the rounds, and a fixed part for the 200 smokers.",
        plot: Plot::Ratio,
    },
    operation: "round",
    size: "rounds",
    origin: "the Savina actor suite (AGERE 2014), problem \"cigarette smokers\"",
    sizes: &[1_000],
    large: &[],
    small: &[3, 50],
    operations: |rounds| rounds,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Tasklets that smoke.
pub const SMOKERS: u64 = 200;

/// The most rounds of [`labour`] that a cigarette lasts.
pub const LONGEST: u64 = 50;

const SEED: u64 = 1_962;

/// The smoker of a round, and how long its cigarette lasts, from 1.
fn choose(round: u64) -> (u64, u64) {
    (draw(SEED, 2 * round, SMOKERS), 1 + draw(SEED, 2 * round + 1, LONGEST))
}

/// The state of a smoker after a cigarette.
fn smoke(state: u64, lasts: u64) -> u64 {
    labour(mix(state, lasts), lasts)
}

#[tasklet]
async fn smoker<B: Backend>(
    number: u64,
    ingredients: B::Channel<Option<u64>>,
    smokes: B::Channel<()>,
    results: B::Channel<u64>,
) -> Result<(), Error> {
    let mut state: u64 = number;
    while let Some(lasts) = ingredients.receive().await? {
        let lasts: u64 = lasts;
        smokes.send(()).await?;
        state = smoke(state, lasts);
    }
    results.send(state).await
}

#[tasklet]
async fn arbiter<B: Backend>(
    rounds: u64,
    tables: Vec<B::Channel<Option<u64>>>,
    smokes: B::Channel<()>,
) -> Result<(), Error> {
    for round in 0..rounds {
        let (smoker, lasts) = choose(round);
        let table: B::Channel<Option<u64>> = tables[smoker as usize].clone();
        table.send(Some(lasts)).await?;
        smokes.receive().await?;
    }
    for number in 0u64..SMOKERS {
        let table: B::Channel<Option<u64>> = tables[number as usize].clone();
        table.send(None).await?;
    }
    Ok(())
}

#[tasklet]
async fn bar<B: Backend>(rounds: u64) -> Result<u64, Error> {
    let smokes: B::Channel<()> = B::channel();
    let results: B::Channel<u64> = B::channel();
    let mut tables: Vec<B::Channel<Option<u64>>> = Vec::new();
    for number in 0u64..SMOKERS {
        let ingredients: B::Channel<Option<u64>> = B::channel();
        B::spawn(smoker(number, ingredients.clone(), smokes.clone(), results.clone()));
        tables.push(ingredients);
    }
    B::spawn(arbiter(rounds, tables, smokes));
    let mut sum: u64 = 0;
    for _ in 0u64..SMOKERS {
        let state: u64 = results.receive().await?;
        sum = sum.wrapping_add(state);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Plays so many rounds.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(rounds: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(bar(rounds), counting)
}

/// What all smokers have smoked.
fn smoked(rounds: u64) -> u64 {
    let mut smokers: Vec<u64> = (0..SMOKERS).collect();
    for (smoker, lasts) in (0..rounds).map(choose) {
        let state = &mut smokers[smoker as usize];
        *state = smoke(*state, lasts);
    }
    smokers.into_iter().fold(0, u64::wrapping_add)
}

/// What the states of all smokers add up to, and what they cost.
#[must_use]
pub fn law(rounds: u64) -> Law {
    Law {
        tasklets: Some(SMOKERS + 1),
        messages: Some(2 * rounds + 2 * SMOKERS),
        ..Law::of(smoked(rounds))
    }
}

/// The same choices in one loop over a list of states.
///
/// # Errors
/// None.
pub fn plain(rounds: u64) -> Result<Witness, String> {
    Ok(Witness::of(smoked(rounds)))
}

//! Philosophers at a round table, with a fork between each two, who eat with two forks.
//!
//! ```text
//!         fork 0            fork 1                  A fork is a tasklet: it offers itself, and
//!    .. ---( )--- philosopher 0 ---( )--- ..        waits until it is put back. The philosopher
//!                left      right                    that receives the offer has it.
//! ```
//!
//! Named after the problem of the Savina suite: 20 philosophers, 10,000 rounds. The last philosopher
//! reaches for its right fork first, so that they cannot all hold one and wait for the other.
//! [`greedy`] is the table at which all reach left first, and all have done so before one reaches
//! right: a deadlock, which a backend must report.
//!
//! Law: what every philosopher has learned in its meals, and that each fork was used in every round
//! by both its neighbours. Messages: two takes and two puts per meal; then one from every tasklet.

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "philosophers",
    family: Family::Actors,
    words: Words {
        title: "Dining philosophers",
        work: "20 philosophers share 20 forks and eat with two of them at a time; the size is the \
               meals of each.",
        shows: "Things that one tasklet at a time may have, guarded by channels alone: a fork is a \
                tasklet that offers itself.",
        does_not_show: "Fairness: no philosopher ends early, but which one eats next is left to \
                        the scheduler. Deadlock, which the order of the forks rules out.",
        cost: "Four messages per meal; linear in the meals.",
        plot: Plot::Ratio,
    },
    operation: "meal",
    size: "meals of each of 20 philosophers",
    origin: "the Savina actor suite (AGERE 2014), problem \"dining philosophers\"",
    sizes: &[200],
    large: &[10_000],
    small: &[1, 7],
    operations: |rounds| SEATS * rounds,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Philosophers, and forks.
pub const SEATS: u64 = 20;

/// What is left of a philosopher after a meal.
fn eat(wisdom: u64, round: u64) -> u64 {
    mix(wisdom, round)
}

/// Both ends of a fork: where it offers itself with the number of its uses, and where it is put
/// back with it.
type Fork<B> = (<B as Backend>::Channel<u64>, <B as Backend>::Channel<u64>);

/// Offers itself so many times, and tells how often it was used.
#[tasklet]
async fn fork<B: Backend>(
    times: u64,
    offer: B::Channel<u64>,
    back: B::Channel<u64>,
    results: B::Channel<u64>,
) -> Result<(), Error> {
    let mut uses: u64 = 0;
    for _ in 0..times {
        offer.send(uses).await?;
        uses = back.receive().await?;
    }
    results.send(mix(0, uses)).await
}

#[tasklet]
async fn philosopher<B: Backend>(
    number: u64,
    rounds: u64,
    first: (B::Channel<u64>, B::Channel<u64>),
    second: (B::Channel<u64>, B::Channel<u64>),
    results: B::Channel<u64>,
) -> Result<(), Error> {
    let mut wisdom: u64 = number;
    for round in 0..rounds {
        let one: u64 = first.0.receive().await?;
        let other: u64 = second.0.receive().await?;
        wisdom = eat(wisdom, round);
        first.1.send(one + 1).await?;
        second.1.send(other + 1).await?;
    }
    results.send(wisdom).await
}

/// Reaches left first, tells so, and reaches right when it is told that all hold their left fork.
#[tasklet]
async fn greedy_philosopher<B: Backend>(
    left: (B::Channel<u64>, B::Channel<u64>),
    right: (B::Channel<u64>, B::Channel<u64>),
    holds: B::Channel<()>,
    go_on: B::Channel<()>,
    results: B::Channel<u64>,
) -> Result<(), Error> {
    let one: u64 = left.0.receive().await?;
    holds.send(()).await?;
    go_on.receive().await?;
    let other: u64 = right.0.receive().await?;
    left.1.send(one + 1).await?;
    right.1.send(other + 1).await?;
    results.send(0).await
}

/// Forks on a table, each to be used so many times.
fn lay<B: Backend>(times: u64, results: &B::Channel<u64>) -> Vec<Fork<B>> {
    let lay = |_| {
        let (offer, back) = (B::channel::<u64>(), B::channel::<u64>());
        B::spawn(fork(times, offer.clone(), back.clone(), results.clone()));
        (offer, back)
    };
    (0..SEATS).map(lay).collect()
}

/// The forks left and right of a seat.
fn beside<T: Clone>(forks: &[T], seat: u64) -> (T, T) {
    let right = (seat + 1) % SEATS;
    (forks[seat as usize].clone(), forks[right as usize].clone())
}

#[tasklet]
async fn table<B: Backend>(rounds: u64) -> Result<u64, Error> {
    let results: B::Channel<u64> = B::channel();
    let forks: Vec<(B::Channel<u64>, B::Channel<u64>)> = lay::<B>(2 * rounds, &results);
    for seat in 0u64..SEATS {
        let (left, right) = beside(&forks, seat);
        let (first, second) = if seat + 1 < SEATS { (left, right) } else { (right, left) };
        B::spawn(philosopher(seat, rounds, first, second, results.clone()));
    }
    let mut sum: u64 = 0;
    for _ in 0u64..2 * SEATS {
        let result: u64 = results.receive().await?;
        sum = sum.wrapping_add(result);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

#[tasklet]
async fn greedy_table<B: Backend>() -> Result<u64, Error> {
    let results: B::Channel<u64> = B::channel();
    let (holds, go_on) = (B::channel::<()>(), B::channel::<()>());
    let forks: Vec<(B::Channel<u64>, B::Channel<u64>)> = lay::<B>(2, &results);
    for seat in 0u64..SEATS {
        let (left, right) = beside(&forks, seat);
        B::spawn(greedy_philosopher(left, right, holds.clone(), go_on.clone(), results.clone()));
    }
    for _ in 0u64..SEATS {
        holds.receive().await?;
    }
    for _ in 0u64..SEATS {
        go_on.send(()).await?;
    }
    results.receive().await
}

/// Eats `rounds` meals at each seat.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(rounds: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(table(rounds), counting)
}

/// The table at which all philosophers hold their left fork and reach for the right one.
///
/// # Errors
/// [`Kind::Deadlock`](switchback::Kind) or [`Kind::MainReceiving`](switchback::Kind), always, on a
/// backend that finds deadlocks; others hang.
pub fn greedy<B: Backend>() -> Result<u64, Error> {
    B::run(greedy_table())
}

/// What all meals and forks add up to, and what they cost.
#[must_use]
pub fn law(rounds: u64) -> Law {
    let wisdom = |number| (0..rounds).fold(number, eat);
    let forks = SEATS.wrapping_mul(mix(0, 2 * rounds));
    Law {
        tasklets: Some(2 * SEATS),
        messages: Some(SEATS * rounds * 4 + 2 * SEATS),
        ..Law::of((0..SEATS).map(wisdom).fold(forks, u64::wrapping_add))
    }
}

/// The same meals in one loop, seat by seat in each round; forks are numbers in a list.
///
/// # Errors
/// None.
pub fn plain(rounds: u64) -> Result<Witness, String> {
    let mut forks = [0_u64; SEATS as usize];
    let mut wisdom: Vec<u64> = (0..SEATS).collect();
    for round in 0..rounds {
        for (seat, wisdom) in wisdom.iter_mut().enumerate() {
            *wisdom = eat(*wisdom, round);
            forks[seat] += 1;
            forks[(seat + 1) % forks.len()] += 1;
        }
    }
    let forks = forks.iter().map(|uses| mix(0, *uses));
    Ok(Witness::of(forks.chain(wisdom).fold(0, u64::wrapping_add)))
}

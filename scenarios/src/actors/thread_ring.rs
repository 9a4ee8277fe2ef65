//! Actors in a circle pass a token on that counts down; the size is how often it is passed.
//!
//! Published: 100 actors, 100,000 passes.
//!
//! ```text
//!   main --Left(n)--> 1 --Left(n-1)--> 2 --> .. --> 100 --> 1 --> ..
//!                     the one that gets Left(0) sends End around and then its number to main
//! ```
//!
//! Law: the number of the actor that holds the token at the end. Messages: the first one, the
//! passes, the lap of the end, and the number for main.

use std::hint::black_box;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "thread-ring",
    family: Family::Actors,
    words: Words {
        title: "Thread ring",
        work: "A hundred actors in a circle pass on a token that counts down, and the one that \
               holds it at zero says its number.",
        shows: "A message between neighbours of which one waits for the other: the next actor to \
                run is always known.",
        does_not_show: "Parallelism: the holder of the token alone runs. More tasklets than the \
                        caches hold: that is the ring.",
        cost: "Linear in the passes, after a fixed price for the circle and its end.",
        plot: Plot::Median,
    },
    operation: "pass",
    size: "passes of the token between 100 actors",
    origin: "the Savina actor suite (AGERE 2014), problem \"thread ring\"",
    sizes: &[5_000],
    large: &[100_000],
    small: &[1, 130],
    operations: |passes| passes,
    law,
    limits: &[messages_on_threads(100_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Actors in the circle, with numbers from 1.
pub const ACTORS: u64 = 100;

/// What is passed on.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
enum Token {
    /// How often it is to be passed on.
    Left(u64),
    /// The receiver passes this on and ends.
    End,
}

#[tasklet]
async fn actor<B: Backend>(
    number: u64,
    left: B::Channel<Token>,
    right: B::Channel<Token>,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    loop {
        match left.receive().await? {
            Token::Left(0) => {
                right.send(Token::End).await?;
                // Back from the circle: all others have passed it on.
                left.receive().await?;
                return done.send(number).await;
            }
            Token::Left(passes) => right.send(Token::Left(passes - 1)).await?,
            Token::End => return right.send(Token::End).await,
        }
    }
}

#[tasklet]
async fn circle<B: Backend>(passes: u64) -> Result<u64, Error> {
    let done = B::channel::<u64>();
    let first = B::channel::<Token>();
    let mut left: B::Channel<Token> = first.clone();
    for number in 1..ACTORS {
        let right = B::channel::<Token>();
        B::spawn(actor(number, left, right.clone(), done.clone()));
        left = right;
    }
    B::spawn(actor(ACTORS, left, first.clone(), done.clone()));
    first.send(Token::Left(passes)).await?;
    let holder = done.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(holder)
}

/// Passes the token on `passes` times.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(passes: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(circle(passes), counting)
}

/// The reference: a loop that knows the holder and what is left.
///
/// # Errors
/// None.
pub fn plain(passes: u64) -> Result<Witness, String> {
    let mut holder = 1;
    let mut left = passes;
    while left > 0 {
        // The loop is not to become a formula.
        holder = if black_box(holder) == ACTORS { 1 } else { holder + 1 };
        left -= 1;
    }
    Ok(Witness::of(holder))
}

/// The holder, and what it costs.
#[must_use]
pub fn law(passes: u64) -> Law {
    Law {
        tasklets: Some(ACTORS),
        messages: Some(1 + passes + ACTORS + 1),
        ..Law::of(passes % ACTORS + 1)
    }
}

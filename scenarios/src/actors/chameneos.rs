//! Creatures go to a mall, which pairs them; a pair takes the colour that its colours call for.
//!
//! Published: 100 creatures, 200,000 meetings.
//!
//! ```text
//!   creature --colour, reply--> mall      the first one waits there
//!   creature --colour, reply--> mall      the second one makes a pair
//!            <--colour of the other--     to both; after the last meeting: none
//! ```
//!
//! A pair of one colour keeps it, any other takes the third: with colours as numbers 0, 1 and 2
//! both take `-(a + b)`, modulo 3. So the sum of all colours stays what it was, modulo 3.
//!
//! Law: the meetings of all creatures, twice those of the mall, and the sum of their colours: the
//! same whichever creatures meet. Messages: four per meeting, and three at the end of a creature.

use std::collections::VecDeque;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "chameneos",
    family: Family::Actors,
    words: Words {
        title: "Chameneos",
        work: "A hundred creatures go to a mall again and again, which pairs them; each takes a \
               new colour and at the end tells how often it met another one.",
        shows: "Many actors that wait for one: a queue at its channel, and two messages to others \
                per pair.",
        does_not_show: "Fairness: how often one creature meets others is left open. Parallelism: \
                        all go through the mall.",
        cost: "Linear in the meetings, four messages each; nothing is allocated per meeting.",
        plot: Plot::Median,
    },
    operation: "meeting",
    size: "meetings of 100 creatures",
    origin: "the Savina actor suite (AGERE 2014), problem \"chameneos\"",
    sizes: &[2_000],
    large: &[200_000],
    small: &[1, 40],
    operations: |meetings| meetings,
    law,
    limits: &[messages_on_threads(200_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Creatures, with numbers from 1.
pub const CREATURES: u64 = 100;

/// The colour that a creature is born with.
const fn born(number: u64) -> u8 {
    (number % 3) as u8
}

/// The colour of both after a meeting.
const fn complement(a: u8, b: u8) -> u8 {
    (6 - a - b) % 3
}

/// How often creatures met others, and the sum of their colours modulo 3, in one number.
#[must_use]
pub const fn answer(met: u64, colours: u64) -> u64 {
    3 * met + colours % 3
}

/// A creature at the mall: its colour, and where it waits to hear of another's.
#[message]
struct Arrival<B: Backend> {
    colour: u8,
    reply: B::Channel<Option<u8>>,
}

#[tasklet]
async fn mall<B: Backend>(
    arrivals: B::Channel<Arrival<B>>,
    creatures: u64,
    meetings: u64,
) -> Result<(), Error> {
    for _ in 0..meetings {
        let first: Arrival<B> = arrivals.receive().await?;
        let second: Arrival<B> = arrivals.receive().await?;
        first.reply.send(Some(second.colour)).await?;
        second.reply.send(Some(first.colour)).await?;
    }
    for _ in 0..creatures {
        let late: Arrival<B> = arrivals.receive().await?;
        late.reply.send(None).await?;
    }
    Ok(())
}

#[tasklet]
async fn creature<B: Backend>(
    number: u64,
    mall: B::Channel<Arrival<B>>,
    done: B::Channel<(u64, u8)>,
) -> Result<(), Error> {
    let reply = B::channel::<Option<u8>>();
    let mut colour: u8 = born(number);
    let mut met = 0u64;
    loop {
        mall.send(Arrival { colour, reply: reply.clone() }).await?;
        match reply.receive().await? {
            Some(other) => colour = complement(colour, other),
            None => return done.send((met, colour)).await,
        }
        met += 1;
    }
}

#[tasklet]
async fn meet<B: Backend>(creatures: u64, meetings: u64) -> Result<u64, Error> {
    let arrivals = B::channel::<Arrival<B>>();
    let done = B::channel::<(u64, u8)>();
    B::spawn(mall(arrivals.clone(), creatures, meetings));
    for number in 1..=creatures {
        B::spawn(creature(number, arrivals.clone(), done.clone()));
    }
    let mut met = 0u64;
    let mut colours = 0u64;
    for _ in 0..creatures {
        let (times, colour): (u64, u8) = done.receive().await?;
        met += times;
        colours += u64::from(colour);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(answer(met, colours))
}

/// Lets creatures meet `meetings` times.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(meetings: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(meet(CREATURES, meetings), counting)
}

/// The reference: creatures in a queue, of which the first two meet and go to its end.
///
/// # Errors
/// If there are fewer than two creatures in the queue.
pub fn plain(meetings: u64) -> Result<Witness, String> {
    let mut queue: VecDeque<(u64, u8)> = (1..=CREATURES).map(|number| (0, born(number))).collect();
    for _ in 0..meetings {
        let (Some(first), Some(second)) = (queue.pop_front(), queue.pop_front()) else {
            return Err("a meeting takes two creatures".to_owned());
        };
        let colour = complement(first.1, second.1);
        queue.push_back((first.0 + 1, colour));
        queue.push_back((second.0 + 1, colour));
    }
    let (met, colours) = queue
        .into_iter()
        .fold((0, 0), |(met, colours), (times, colour)| (met + times, colours + u64::from(colour)));
    Ok(Witness::of(answer(met, colours)))
}

/// The meetings of all creatures with the sum of their colours, and what they cost.
#[must_use]
pub fn law(meetings: u64) -> Law {
    let colours = (1..=CREATURES).map(|number| u64::from(born(number))).sum();
    Law {
        tasklets: Some(CREATURES + 1),
        messages: Some(4 * meetings + 3 * CREATURES),
        ..Law::of(answer(2 * meetings, colours))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_of_one_colour_keeps_it_and_another_takes_the_third() {
        for a in 0..3 {
            for b in 0..3 {
                let new = complement(a, b);
                assert!(if a == b { new == a } else { new != a && new != b }, "{a} {b} {new}");
                assert_eq!((a + b) % 3, 2 * new % 3, "the sum stays");
            }
        }
    }
}

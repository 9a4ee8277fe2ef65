//! A barber that sleeps while there is no customer, and customers that find the room full and come
//! back.
//!
//! ```text
//!   customer --"may I?"--> +------+ --the next one--> +--------+
//!   customer <-"sit down"- | room |                   | barber | --done--> customer
//!            <--"full"---- +------+ <---"next"------- +--------+
//! ```
//!
//! The room keeps the customers that wait, as the channels on which they are told. One that is told
//! "full" gives way to the others and asks again.
//!
//! Named after the problem of the Savina suite: 5,000 haircuts, 1,000 chairs. Here the chairs are
//! always a fifth of the haircuts, so the first customers to come back have to come back often: the
//! cost grows with the square of the size, as it does there. On OS threads each time is a switch of
//! threads or two: they are asked for fewer than 1,000 haircuts.
//!
//! Law: the sum of all haircuts, one for each customer. How often a customer is turned away depends
//! on the order in which they come, so the number of messages is no part of it.

use std::collections::VecDeque;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::labour;
use crate::scenario::{Family, Limit, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "barber",
    family: Family::Actors,
    words: Words {
        title: "Sleeping barber",
        work: "A barber cuts the hair of customers that wait in a room with chairs for a fifth of \
               them. A customer that finds the room full gives way to the others and asks again; \
               the size is the haircuts.",
        shows: "Polling: most of the work is done by tasklets that are turned away, and by the \
                room that turns them away.",
        does_not_show: "Equal work: how often a customer is turned away depends on the order of \
                        the scheduler, so the figures of two backends may be of different numbers \
                        of messages. The reference is the haircuts alone, without any waiting.",
        cost: "Quadratic in the haircuts: while one is cut, all that find no chair ask again.",
        plot: Plot::Median,
    },
    operation: "haircut",
    size: "haircuts",
    origin: "the Savina actor suite (AGERE 2014), problem \"sleeping barber\"",
    sizes: &[100],
    large: &[5_000],
    small: &[5, 20],
    operations: |haircuts| haircuts,
    law,
    limits: &[Limit {
        of: on_threads,
        from: 1_000,
        why: "customers that ask again and again: a switch of OS threads each time",
    }],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Rounds of [`labour`] in a haircut.
pub const COST: u64 = 25;

/// Chairs in the room, for so many haircuts.
#[must_use]
pub const fn chairs(haircuts: u64) -> u64 {
    if haircuts < 5 { 1 } else { haircuts / 5 }
}

/// What a customer hears.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// No chair is free.
    Full,
    /// Wait until your hair is cut.
    Wait,
    /// The hair is cut: how it looks.
    Done(u64),
}

/// A customer as the room and the barber know it.
#[message]
pub struct Customer<B: Backend> {
    number: u64,
    told: B::Channel<Told>,
}

/// What the room is asked.
#[message]
pub enum Asked<B: Backend> {
    /// A customer asks for a chair.
    MayI(Customer<B>),
    /// The barber is free.
    Next,
}

fn cut(number: u64) -> u64 {
    labour(mix(number, COST), COST)
}

#[tasklet]
async fn customer<B: Backend>(
    number: u64,
    room: B::Channel<Asked<B>>,
    results: B::Channel<u64>,
) -> Result<(), Error> {
    let told: B::Channel<Told> = B::channel();
    loop {
        let me: Customer<B> = Customer { number, told: told.clone() };
        room.send(Asked::MayI(me)).await?;
        match told.receive().await? {
            Told::Full => B::schedule().await?,
            Told::Wait | Told::Done(_) => break,
        }
    }
    let hair: Told = told.receive().await?;
    let Told::Done(hair) = hair else {
        return Err(Error::new("barber", "a customer that waits is turned away"));
    };
    results.send(hair).await
}

/// Hands over so many customers, one at a time.
#[tasklet]
async fn waiting_room<B: Backend>(
    haircuts: u64,
    asked: B::Channel<Asked<B>>,
    chair: B::Channel<Customer<B>>,
) -> Result<(), Error> {
    let mut waiting: VecDeque<Customer<B>> = VecDeque::new();
    let mut barber_sleeps: bool = true;
    let mut handed: u64 = 0;
    while handed < haircuts {
        match asked.receive().await? {
            Asked::MayI(customer) => {
                let customer: Customer<B> = customer;
                if waiting.len() as u64 == chairs(haircuts) {
                    customer.told.send(Told::Full).await?;
                } else {
                    customer.told.send(Told::Wait).await?;
                    waiting.push_back(customer);
                }
            }
            Asked::Next => barber_sleeps = true,
        }
        if barber_sleeps && let Some(customer) = waiting.pop_front() {
            barber_sleeps = false;
            handed += 1;
            chair.send(customer).await?;
        }
    }
    Ok(())
}

#[tasklet]
async fn barber<B: Backend>(
    haircuts: u64,
    chair: B::Channel<Customer<B>>,
    room: B::Channel<Asked<B>>,
) -> Result<(), Error> {
    for done in 1..haircuts + 1 {
        let customer: Customer<B> = chair.receive().await?;
        let hair: u64 = cut(customer.number);
        customer.told.send(Told::Done(hair)).await?;
        if done < haircuts {
            room.send(Asked::Next).await?;
        }
    }
    Ok(())
}

#[tasklet]
async fn shop<B: Backend>(haircuts: u64) -> Result<u64, Error> {
    let room: B::Channel<Asked<B>> = B::channel();
    let chair: B::Channel<Customer<B>> = B::channel();
    let results: B::Channel<u64> = B::channel();
    B::spawn(waiting_room(haircuts, room.clone(), chair.clone()));
    B::spawn(barber(haircuts, chair, room.clone()));
    for number in 0..haircuts {
        B::spawn(customer(number, room.clone(), results.clone()));
    }
    let mut sum: u64 = 0;
    for _ in 0..haircuts {
        let hair: u64 = results.receive().await?;
        sum = sum.wrapping_add(hair);
    }
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Cuts the hair of so many customers.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(haircuts: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(shop(haircuts), counting)
}

/// What all haircuts add up to, with their tasklets.
#[must_use]
pub fn law(haircuts: u64) -> Law {
    let all = (0..haircuts).map(cut).fold(0, u64::wrapping_add);
    Law { tasklets: Some(haircuts + 2), ..Law::of(all) }
}

/// The haircuts one after the other: a queue of customers, none of which has to come back.
///
/// # Errors
/// None.
pub fn plain(haircuts: u64) -> Result<Witness, String> {
    let mut waiting: VecDeque<u64> = (0..haircuts).collect();
    let mut sum = 0_u64;
    while let Some(number) = waiting.pop_front() {
        sum = sum.wrapping_add(cut(number));
    }
    Ok(Witness::of(sum))
}

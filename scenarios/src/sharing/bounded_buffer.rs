//! Producers and consumers with a buffer between them that holds a fixed number of items.
//!
//! ```text
//!   producer --item--> +---------+ --item, or stop--> consumer
//!   producer <-grant-- | manager | <-----"ready"----- consumer
//!                      +---------+
//! ```
//!
//! The manager has one mailbox, and the buffer. A producer makes an item when it is granted one, and
//! a grant is given only where there will be room. A consumer says that it is ready and is fed.
//!
//! Named after the problem of the Savina suite: 40 producers, 40 consumers, a buffer of 50, 1,000
//! items per producer, 25 for the cost of producing and of consuming. Here that cost is 25
//! rounds of [`labour`].
//!
//! Law: the sum of what consumers make of all items. Messages per item: the grant, the item, "I am
//! ready", the feeding. Then each consumer is ready once more, is stopped, and gives its sum.

use std::collections::VecDeque;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::labour;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "bounded-buffer",
    family: Family::Actors,
    words: Words {
        title: "Bounded buffer",
        work: "40 producers and 40 consumers work on items, with a manager between them that has a \
               buffer for 50. The size is the items of one producer.",
        shows: "A tasklet that all others talk to, and flow control by grants: four messages per \
                item beside a little work at both ends.",
        does_not_show: "A buffer in the channel: the manager keeps the items. Parallel speed: all \
                        messages pass the manager.",
        cost: "Linear in the items; memory stays the same.",
        plot: Plot::Ratio,
    },
    operation: "item",
    size: "items of each of 40 producers",
    origin: "the Savina actor suite (AGERE 2014), problem \"bounded buffer\"",
    sizes: &[100],
    large: &[1_000],
    small: &[1, 5],
    operations: |each| PRODUCERS * each,
    law,
    limits: &[],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Tasklets that make items.
pub const PRODUCERS: u64 = 40;

/// Tasklets that use them.
pub const CONSUMERS: u64 = 40;

/// Items that the manager holds, those that are being made included.
pub const BUFFER: usize = 50;

/// Rounds of [`labour`] at either end of an item.
pub const COST: u64 = 25;

/// What arrives in the mailbox of the manager.
#[message]
#[derive(Debug)]
pub enum Said {
    /// A producer has made an item.
    Item {
        /// Which producer.
        producer: u64,
        /// The item.
        item: u64,
        /// The producer makes no other.
        last: bool,
    },
    /// A consumer, by its number, is ready for an item.
    Ready(u64),
}

/// Item `index` of a producer.
fn produce(producer: u64, index: u64) -> u64 {
    labour(mix(producer, index), COST)
}

/// What a consumer makes of an item.
fn consume(item: u64) -> u64 {
    labour(item, COST)
}

#[tasklet]
async fn producer<B: Backend>(
    number: u64,
    items: u64,
    mailbox: B::Channel<Said>,
    grants: B::Channel<()>,
) -> Result<(), Error> {
    for index in 0..items {
        grants.receive().await?;
        let item: u64 = produce(number, index);
        let last: bool = index + 1 == items;
        mailbox.send(Said::Item { producer: number, item, last }).await?;
    }
    Ok(())
}

#[tasklet]
async fn consumer<B: Backend>(
    number: u64,
    mailbox: B::Channel<Said>,
    food: B::Channel<Option<u64>>,
    sums: B::Channel<u64>,
) -> Result<(), Error> {
    let mut sum: u64 = 0;
    loop {
        mailbox.send(Said::Ready(number)).await?;
        let Some(item) = food.receive().await? else { break };
        sum = sum.wrapping_add(consume(item));
    }
    sums.send(sum).await
}

#[tasklet]
async fn manager<B: Backend>(
    items: u64,
    mailbox: B::Channel<Said>,
    grants: Vec<B::Channel<()>>,
    food: Vec<B::Channel<Option<u64>>>,
) -> Result<(), Error> {
    let mut buffer: VecDeque<u64> = VecDeque::new();
    let mut waiting: VecDeque<u64> = (0..PRODUCERS).collect();
    let mut ready: VecDeque<u64> = VecDeque::new();
    // Items that producers have been granted and that have not arrived.
    let mut granted: usize = 0;
    let mut fed: u64 = 0;
    let mut stopped: u64 = 0;
    while stopped < CONSUMERS {
        while granted + buffer.len() < BUFFER
            && let Some(producer) = waiting.pop_front()
        {
            granted += 1;
            let grant: B::Channel<()> = grants[producer as usize].clone();
            grant.send(()).await?;
        }
        match mailbox.receive().await? {
            Said::Item { producer, item, last } => {
                granted -= 1;
                buffer.push_back(item);
                if !last {
                    waiting.push_back(producer);
                }
            }
            Said::Ready(consumer) => ready.push_back(consumer),
        }
        while let Some((consumer, item)) = pair(&mut ready, &mut buffer) {
            fed += 1;
            let mouth: B::Channel<Option<u64>> = food[consumer as usize].clone();
            mouth.send(Some(item)).await?;
        }
        while fed == items
            && let Some(consumer) = ready.pop_front()
        {
            stopped += 1;
            let mouth: B::Channel<Option<u64>> = food[consumer as usize].clone();
            mouth.send(None).await?;
        }
    }
    Ok(())
}

/// A consumer that is ready with an item for it, if there are both.
fn pair(ready: &mut VecDeque<u64>, buffer: &mut VecDeque<u64>) -> Option<(u64, u64)> {
    // Neither is taken without the other.
    if ready.is_empty() || buffer.is_empty() {
        return None;
    }
    ready.pop_front().zip(buffer.pop_front())
}

#[tasklet]
async fn market<B: Backend>(each: u64) -> Result<u64, Error> {
    let mailbox: B::Channel<Said> = B::channel();
    let sums: B::Channel<u64> = B::channel();
    let mut grants: Vec<B::Channel<()>> = Vec::new();
    let mut food: Vec<B::Channel<Option<u64>>> = Vec::new();
    for number in 0u64..PRODUCERS {
        let mine: B::Channel<()> = B::channel();
        B::spawn(producer(number, each, mailbox.clone(), mine.clone()));
        grants.push(mine);
    }
    for number in 0u64..CONSUMERS {
        let mine: B::Channel<Option<u64>> = B::channel();
        B::spawn(consumer(number, mailbox.clone(), mine.clone(), sums.clone()));
        food.push(mine);
    }
    B::spawn(manager(PRODUCERS * each, mailbox, grants, food));
    let mut sum: u64 = 0;
    for _ in 0u64..CONSUMERS {
        let share: u64 = sums.receive().await?;
        sum = sum.wrapping_add(share);
    }
    // Lets the manager end, which would be killed otherwise.
    B::schedule().await?;
    Ok(sum)
}

/// Produces and consumes `each` items per producer.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(each: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(market(each), counting)
}

/// What is made of all items, and what they cost.
#[must_use]
pub fn law(each: u64) -> Law {
    let items = (0..PRODUCERS).flat_map(|producer| (0..each).map(move |n| produce(producer, n)));
    Law {
        tasklets: Some(PRODUCERS + CONSUMERS + 1),
        messages: Some(4 * PRODUCERS * each + 3 * CONSUMERS),
        ..Law::of(items.map(consume).fold(0, u64::wrapping_add))
    }
}

/// The same items through a queue in one loop: it is filled, then emptied.
///
/// # Errors
/// None.
pub fn plain(each: u64) -> Result<Witness, String> {
    let mut buffer = VecDeque::with_capacity(BUFFER);
    let mut sum = 0_u64;
    for index in 0..each {
        for producer in 0u64..PRODUCERS {
            if buffer.len() == BUFFER {
                sum = buffer.drain(..).map(consume).fold(sum, u64::wrapping_add);
            }
            buffer.push_back(produce(producer, index));
        }
    }
    Ok(Witness::of(buffer.drain(..).map(consume).fold(sum, u64::wrapping_add)))
}

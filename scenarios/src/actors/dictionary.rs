//! Workers read from one dictionary and write to it; the size is how many messages each sends.
//!
//! Published: 20 workers, 10,000 messages each, 10 % of them writes.
//!
//! Each worker has keys of its own, so that what it reads depends on its own writes alone. The
//! dictionary is an ordered map in the actor, since tasklets keep no other, and in the reference.
//!
//! Law: each worker hashes its answers in their order, main adds the hashes up and mixes in how
//! many entries there are at the end. Messages: two per message of a worker, which waits for its
//! answer; a hash per worker; the end and its answer.

use std::collections::BTreeMap;

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, dice, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "dictionary",
    family: Family::Actors,
    words: Words {
        title: "Concurrent dictionary",
        work: "Workers read from a dictionary and write to it, which is an actor, and wait for \
               each answer; one message in ten is a write.",
        shows: "An actor in place of a lock: what a request and its answer cost beside the work \
                that is asked for.",
        does_not_show: "Readers beside each other: the actor serves one worker at a time. Waiting \
                        for a lock.",
        cost: "Linear in the messages; the dictionary holds at most a few thousand entries, so \
               that a search in it costs the same at all sizes.",
        plot: Plot::Ratio,
    },
    operation: "message of a worker",
    size: "messages of each of 20 workers",
    origin: "the Savina actor suite (AGERE 2014), problem \"concurrent dictionary\"",
    sizes: &[200],
    large: &[10_000],
    small: &[1, 8],
    operations: |messages| WORKERS * messages,
    law,
    limits: &[messages_on_threads(10_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Workers in a run, with numbers from 0.
pub const WORKERS: u64 = 20;

/// Keys of a worker.
const KEYS: u64 = 100;

/// Out of a hundred messages.
const WRITES: u64 = 10;

/// What the dictionary does.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Sets the value of a key; the answer is the one before, or 0.
    Write(u64, u64),
    /// The answer is the value of a key, or 0.
    Read(u64),
    /// The answer is the number of entries; the actor ends.
    End,
}

/// What the actor is asked for.
#[message]
struct Request<B: Backend> {
    task: Task,
    reply: B::Channel<u64>,
}

/// Message `at` of worker `number`.
const fn task(number: u64, at: u64) -> Task {
    let dice = dice(number, at);
    let key = KEYS * number + (dice >> 32) % KEYS;
    if dice % 100 < WRITES { Task::Write(key, dice) } else { Task::Read(key) }
}

/// Does a task and gives the answer.
fn perform(task: Task, entries: &mut BTreeMap<u64, u64>) -> u64 {
    match task {
        Task::Write(key, value) => entries.insert(key, value).unwrap_or_default(),
        Task::Read(key) => entries.get(&key).copied().unwrap_or_default(),
        Task::End => entries.len() as u64,
    }
}

#[tasklet]
async fn dictionary<B: Backend>(requests: B::Channel<Request<B>>) -> Result<(), Error> {
    let mut entries: BTreeMap<u64, u64> = BTreeMap::new();
    loop {
        let request: Request<B> = requests.receive().await?;
        request.reply.send(perform(request.task, &mut entries)).await?;
        if request.task == Task::End {
            return Ok(());
        }
    }
}

#[tasklet]
async fn worker<B: Backend>(
    number: u64,
    messages: u64,
    dictionary: B::Channel<Request<B>>,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let answers = B::channel::<u64>();
    let mut state = 0u64;
    for at in 0..messages {
        let (task, reply) = (task(number, at), answers.clone());
        dictionary.send(Request { task, reply }).await?;
        let answer = answers.receive().await?;
        state = mix(state, answer);
    }
    done.send(state).await
}

#[tasklet]
async fn work<B: Backend>(workers: u64, messages: u64) -> Result<u64, Error> {
    let requests = B::channel::<Request<B>>();
    let done = B::channel::<u64>();
    B::spawn(dictionary(requests.clone()));
    for number in 0..workers {
        B::spawn(worker(number, messages, requests.clone(), done.clone()));
    }
    let mut sum = 0u64;
    for _ in 0..workers {
        let state = done.receive().await?;
        sum = sum.wrapping_add(state);
    }
    requests.send(Request { task: Task::End, reply: done.clone() }).await?;
    let entries = done.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(mix(sum, entries))
}

/// Has each worker send `messages` messages.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(messages: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(work(WORKERS, messages), counting)
}

/// The answers and the entries, with one worker after the other.
fn answers(messages: u64) -> u64 {
    let mut entries = BTreeMap::new();
    let mut sum = 0_u64;
    for number in 0..WORKERS {
        let mut state = 0;
        for at in 0..messages {
            state = mix(state, perform(task(number, at), &mut entries));
        }
        sum = sum.wrapping_add(state);
    }
    mix(sum, entries.len() as u64)
}

/// The reference: a map in a loop.
///
/// # Errors
/// None.
pub fn plain(messages: u64) -> Result<Witness, String> {
    Ok(Witness::of(answers(messages)))
}

/// The answers and the entries, and what they cost.
#[must_use]
pub fn law(messages: u64) -> Law {
    Law {
        tasklets: Some(WORKERS + 1),
        messages: Some(2 * WORKERS * messages + WORKERS + 2),
        ..Law::of(answers(messages))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_message_in_ten_is_a_write_and_no_worker_uses_a_key_of_another() {
        let mut writes = 0;
        for (number, at) in (0..WORKERS).flat_map(|number| (0..500).map(move |at| (number, at))) {
            let task = task(number, at);
            let (Task::Write(key, _) | Task::Read(key)) = task else { panic!("{task:?}") };
            assert_eq!(key / KEYS, number);
            writes += u32::from(matches!(task, Task::Write(..)));
        }
        assert!((900..1_100).contains(&writes), "{writes} of 10,000");
    }
}

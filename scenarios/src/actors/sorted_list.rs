//! Workers add to one sorted list and look for numbers in it; the size is how many messages each
//! sends.
//!
//! Published: 20 workers, 8,000 messages each, 10 % of them writes and 1 % questions for the size.
//!
//! Each worker adds numbers of its own and looks for those, so that what it finds depends on its
//! own writes alone. The list is a sorted vector without duplicates, in the actor and in the
//! reference: a search halves it, a write moves what is behind.
//!
//! Law: each worker hashes its answers in their order, but for the sizes that it is told, which
//! depend on the others; main adds the hashes up and mixes in how long the list is at the end.
//! Messages: two per message of a worker, which waits for its answer; a hash per worker; the end
//! and its answer.

use switchback::{Backend, Channel, Error, message, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use super::messages_on_threads;
use crate::scenario::{Family, Reference, Row, Scenario, Words, on_threads};
use crate::work::{Counting, dice, mix, witness};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "sorted-list",
    family: Family::Actors,
    words: Words {
        title: "Concurrent sorted list",
        work: "Workers add numbers to a sorted list, which is an actor, look for numbers in it, \
               now and then ask how long it is, and wait for each answer.",
        shows: "As the dictionary, with more work for the actor: an addition moves what is behind \
                it in the list.",
        does_not_show: "Readers beside each other: the actor serves one worker at a time. A \
                        linked list, whose walk would hide the messages.",
        cost: "Messages linear in the size; the work on the list grows with its length, up to \
               some ten thousand numbers.",
        plot: Plot::Ratio,
    },
    operation: "message of a worker",
    size: "messages of each of 20 workers",
    origin: "the Savina actor suite (AGERE 2014), problem \"concurrent sorted list\"",
    sizes: &[200],
    large: &[8_000],
    small: &[1, 8],
    operations: |messages| WORKERS * messages,
    law,
    limits: &[messages_on_threads(8_000)],
    slow: on_threads,
    reference: Reference::Row(Row::new("plain", plain)),
    beside: &[],
    elsewhere: &[],
};

/// Workers in a run, with numbers from 0.
pub const WORKERS: u64 = 20;

/// Different numbers that a worker adds or looks for.
const NUMBERS: u64 = 1_024;

/// What the list does.
#[message]
#[derive(Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Adds a number; the answer is 1 if it is new.
    Add(u64),
    /// Looks for a number; the answer is 1 if it is there.
    Find(u64),
    /// The answer is the length.
    Size,
    /// As `Size`; the actor ends.
    End,
}

/// What the actor is asked for.
#[message]
struct Request<B: Backend> {
    task: Task,
    reply: B::Channel<u64>,
}

/// Message `at` of worker `number`: 10 % writes, 1 % questions for the size.
const fn task(number: u64, at: u64) -> Task {
    let dice = dice(number, at);
    let value = WORKERS * ((dice >> 32) % NUMBERS) + number;
    match dice % 100 {
        0..10 => Task::Add(value),
        10 => Task::Size,
        _ => Task::Find(value),
    }
}

/// Does a task and gives the answer.
fn perform(task: Task, list: &mut Vec<u64>) -> u64 {
    match task {
        Task::Add(value) => match list.binary_search(&value) {
            Ok(_) => 0,
            Err(at) => {
                list.insert(at, value);
                1
            }
        },
        Task::Find(value) => u64::from(list.binary_search(&value).is_ok()),
        Task::Size | Task::End => list.len() as u64,
    }
}

/// The hash of a worker's answers with one more, unless it depends on other workers.
fn noted(state: u64, task: Task, answer: u64) -> u64 {
    if task == Task::Size { state } else { mix(state, answer) }
}

#[tasklet]
async fn list<B: Backend>(requests: B::Channel<Request<B>>) -> Result<(), Error> {
    let mut list: Vec<u64> = Vec::new();
    loop {
        let request: Request<B> = requests.receive().await?;
        request.reply.send(perform(request.task, &mut list)).await?;
        if request.task == Task::End {
            return Ok(());
        }
    }
}

#[tasklet]
async fn worker<B: Backend>(
    number: u64,
    messages: u64,
    list: B::Channel<Request<B>>,
    done: B::Channel<u64>,
) -> Result<(), Error> {
    let answers = B::channel::<u64>();
    let mut state = 0u64;
    for at in 0..messages {
        let task: Task = task(number, at);
        list.send(Request { task, reply: answers.clone() }).await?;
        let answer = answers.receive().await?;
        state = noted(state, task, answer);
    }
    done.send(state).await
}

#[tasklet]
async fn work<B: Backend>(workers: u64, messages: u64) -> Result<u64, Error> {
    let requests = B::channel::<Request<B>>();
    let done = B::channel::<u64>();
    B::spawn(list(requests.clone()));
    for number in 0..workers {
        B::spawn(worker(number, messages, requests.clone(), done.clone()));
    }
    let mut sum = 0u64;
    for _ in 0..workers {
        let state = done.receive().await?;
        sum = sum.wrapping_add(state);
    }
    requests.send(Request { task: Task::End, reply: done.clone() }).await?;
    let length = done.receive().await?;
    // Lets the others end, which would be killed otherwise.
    B::schedule().await?;
    Ok(mix(sum, length))
}

/// Has each worker send `messages` messages.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Backend>(messages: u64, counting: Counting) -> Result<Witness, Error> {
    witness::<B, _>(work(WORKERS, messages), counting)
}

/// The answers and the length, with one message of each worker in turn.
fn answers(messages: u64) -> u64 {
    let mut list = Vec::new();
    let mut states = [0; WORKERS as usize];
    for at in 0..messages {
        for (number, state) in (0..).zip(&mut states) {
            let task = task(number, at);
            let answer = perform(task, &mut list);
            *state = noted(*state, task, answer);
        }
    }
    let sum = states.into_iter().fold(0, u64::wrapping_add);
    mix(sum, list.len() as u64)
}

/// The reference: a vector in a loop.
///
/// # Errors
/// None.
pub fn plain(messages: u64) -> Result<Witness, String> {
    Ok(Witness::of(answers(messages)))
}

/// The answers and the length, and what they cost.
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
    fn tasks_come_in_the_published_parts_and_a_list_stays_sorted() {
        let (mut adds, mut sizes, mut list) = (0, 0, Vec::new());
        for (number, at) in (0..WORKERS).flat_map(|number| (0..500).map(move |at| (number, at))) {
            let task = task(number, at);
            adds += u32::from(matches!(task, Task::Add(_)));
            sizes += u32::from(task == Task::Size);
            perform(task, &mut list);
        }
        assert!((900..1_100).contains(&adds), "{adds} of 10,000");
        assert!((70..130).contains(&sizes), "{sizes} of 10,000");
        assert!(list.is_sorted_by(|a, b| a < b));
    }
}

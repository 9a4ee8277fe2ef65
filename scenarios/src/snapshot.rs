//! Everything that waits, in one pickle: as many tasklets, blocked on one channel, become bytes
//! and go on in another scheduler.
//!
//! ```text
//!   first scheduler                          second scheduler
//!     tasklet 1 .. n, receiving  -- bytes -->  tasklet 1 .. n, receiving
//!                                              each is sent its number, and answers
//! ```
//!
//! [`size`] gives the bytes.
//!
//! Law: each answers once, in the order of the queue.

use switchback::{Backend, Channel, Error, Portable, tasklet};
use switchback_bench::results::Plot;
use switchback_bench::witness::{Law, Witness};

use crate::scenario::{Family, Reference, Scenario, Words, never};
use crate::work::{Counting, joined, mix};

/// What it is, for lists and reports.
pub const SCENARIO: Scenario = Scenario {
    id: "snapshot",
    family: Family::Persistence,
    words: Words {
        title: "Snapshot",
        work: "Tasklets that wait on one channel become one pickle, and go on in another \
               scheduler. The size is how many they are.",
        shows: "The price per tasklet of keeping everything that waits: making them, writing, \
                reading, and an answer from each.",
        does_not_show: "Disk and network; tasklets with deep calls, which the pickle scenario has.",
        cost: "Linear in the tasklets, in time and in bytes.",
        plot: Plot::Median,
    },
    operation: "blocked tasklet moved",
    size: "tasklets that wait",
    origin: "switchback: what a program keeps that saves all it does",
    sizes: &[100_000],
    large: &[],
    small: &[1, 60],
    operations: |tasklets| tasklets,
    law,
    limits: &[],
    slow: never,
    reference: Reference::BareSwitch,
    beside: &[],
    elsewhere: &[],
};

/// Waits for a number and answers with a hash of it and its own.
#[tasklet]
async fn waiter<B: Backend>(
    number: u64,
    questions: B::Channel<u64>,
    answers: B::Channel<u64>,
) -> Result<(), Error> {
    let question = questions.receive().await?;
    answers.send(mix(question, number)).await
}

#[tasklet]
async fn freeze<B: Portable>(tasklets: u64) -> Result<Vec<u8>, Error> {
    let (questions, answers): (B::Channel<u64>, B::Channel<u64>) = (B::channel(), B::channel());
    for number in 0..tasklets {
        B::spawn(waiter(number, questions.clone(), answers.clone()));
    }
    B::schedule().await?;
    // The waiters come with the channels.
    B::dump(&(questions, answers), &B::program::<waiter::Call<B>>())
}

#[tasklet]
async fn thaw<B: Portable>(tasklets: u64, pickle: Vec<u8>) -> Result<u64, Error> {
    let (questions, answers): (B::Channel<u64>, B::Channel<u64>) =
        B::load(&pickle, &B::program::<waiter::Call<B>>())?;
    drop(pickle);
    let mut state = 0u64;
    for number in 0..tasklets {
        questions.send(number).await?;
        let answer = answers.receive().await?;
        state = mix(state, answer);
    }
    // Lets them end, which would be killed otherwise.
    B::schedule().await?;
    Ok(state)
}

/// Moves `tasklets` blocked tasklets from one scheduler to another.
///
/// # Errors
/// What the backend fails with.
pub fn run<B: Portable>(tasklets: u64, counting: Counting) -> Result<Witness, Error> {
    match counting {
        Counting::Off => {
            let pickle = B::run(freeze(tasklets))?;
            B::run(thaw(tasklets, pickle)).map(Witness::of)
        }
        Counting::On => {
            let (pickle, first) = B::audit(freeze(tasklets))?;
            let (digest, second) = B::audit(thaw(tasklets, pickle))?;
            Ok(joined(digest, first, second))
        }
    }
}

/// Bytes of the pickle of `tasklets` blocked tasklets.
///
/// # Errors
/// What the backend fails with.
pub fn size<B: Portable>(tasklets: u64) -> Result<usize, Error> {
    B::run(freeze(tasklets)).map(|pickle| pickle.len())
}

/// The answers, and what they cost.
#[must_use]
pub fn law(tasklets: u64) -> Law {
    Law {
        // Spawned; what is loaded is not counted again.
        tasklets: Some(tasklets),
        peak_alive: Some(tasklets),
        messages: Some(2 * tasklets),
        ..Law::of((0..tasklets).map(|number| mix(number, number)).fold(0, mix))
    }
}

#[cfg(test)]
mod tests {
    use switchback_soft::Soft;

    use super::*;

    #[test]
    fn the_pickle_grows_by_a_few_bytes_per_tasklet() {
        let sizes = [10, 1_010, 2_010].map(|n| size::<Soft>(n).expect("a pickle"));
        let per_tasklet = (sizes[2] - sizes[1]) as f64 / 1_000.0;
        assert!(sizes[1] > sizes[0] + 1_000 && per_tasklet < 16.0, "{sizes:?}: {per_tasklet}");
    }
}

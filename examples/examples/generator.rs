//! A tasklet as an iterator. The producer has a loop of its own and sends when it has a value; the
//! consumer asks for the next one. A generator that is dropped stops its producer.
//!
//! ```text
//! with next, on heap frames: 1 1 2 3 5 8 13 21 34 55
//! with for, on native stacks: 1 1 2 3 5 8 13 21 34 55
//! ```
#![forbid(unsafe_code)]

use switchback::{Backend, Blocking, Channel, Error, tasklet};
use switchback_examples::say;
use switchback_hard::Hard;
use switchback_soft::Soft;

/// Sends Fibonacci's numbers for as long as it is asked.
#[tasklet]
async fn fibonacci<B: Backend>(numbers: B::Channel<u64>) -> Result<(), Error> {
    let (mut a, mut b) = (1u64, 1u64);
    loop {
        numbers.send(a).await?;
        (a, b) = (b, a + b);
    }
}

/// On every backend: ask and await.
#[tasklet]
async fn first<B: Backend>(count: u64) -> Result<Vec<u64>, Error> {
    let numbers = B::generate::<u64, _>(fibonacci);
    let mut first: Vec<u64> = Vec::new();
    for _ in 0..count {
        if let Some(number) = numbers.next().await? {
            first.push(number);
        }
    }
    Ok(first)
}

/// On backends that may block, any code iterates.
#[tasklet]
async fn taken<B: Blocking>(count: usize) -> Result<Vec<u64>, Error> {
    B::generate::<u64, _>(fibonacci).take(count).collect()
}

fn line(numbers: &[u64]) -> String {
    numbers.iter().map(u64::to_string).collect::<Vec<_>>().join(" ")
}

fn main() -> Result<(), Error> {
    say(format!("with next, on heap frames: {}", line(&Soft::run(first(10))?)));
    say(format!("with for, on native stacks: {}", line(&Hard::run(taken(10))?)));
    Ok(())
}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[message]
struct Pair {
    left: u64,
    right: u64,
}

fn square(n: u64) -> u64 {
    n * n
}

#[tasklet]
async fn sums<B: Backend>(pairs: B::Channel<Pair>) -> Result<u64, Error> {
    match pairs.receive().await? {
        Pair { left, right } => Ok(square(left) + pairs.receive().await?.right),
    }
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

fn compute(n: u64) -> u64 {
    n * n
}

#[tasklet]
async fn sums<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    Ok(compute(3) + numbers.receive().await?)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

fn adder(n: u64) -> impl Fn(u64) -> u64 {
    move |x| x + n
}

#[tasklet]
async fn sum<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    Ok(adder(3)(numbers.receive().await?))
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn guards<B: Backend>(numbers: B::Channel<u64>, n: u64) -> Result<u64, Error> {
    match n {
        0 if numbers.receive().await? > 3 => Ok(1),
        _ => Ok(0),
    }
}

fn main() {}

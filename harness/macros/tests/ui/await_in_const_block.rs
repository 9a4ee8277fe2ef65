#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn constant<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    let n: u64 = const { numbers.receive().await? };
    Ok(n)
}

fn main() {}

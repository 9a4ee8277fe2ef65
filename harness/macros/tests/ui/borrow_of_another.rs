#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn two<B: Backend>(x: B::Channel<u64>, y: B::Channel<u64>) -> Result<u64, Error> {
    let mut from = &x;
    let first: u64 = from.receive().await?;
    from = &y;
    let second: u64 = from.receive().await?;
    Ok(first + second)
}

fn main() {}

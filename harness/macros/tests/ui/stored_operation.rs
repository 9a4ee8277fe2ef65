#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn stores<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    let operation = numbers.receive();
    operation.await
}

fn main() {}

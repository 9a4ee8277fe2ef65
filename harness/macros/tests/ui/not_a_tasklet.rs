#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

async fn worker<B: Backend>(numbers: B::Channel<u64>) -> Result<(), Error> {
    Ok(())
}

#[tasklet]
async fn spawns<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    B::spawn(worker::<B>(numbers.clone()));
    numbers.receive().await
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn risks<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    Ok(unsafe { numbers.receive().await? })
}

fn main() {}

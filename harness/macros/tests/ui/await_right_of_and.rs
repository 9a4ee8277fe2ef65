#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn tests<B: Backend>(numbers: B::Channel<u64>, n: u64) -> Result<bool, Error> {
    if n > 3 && numbers.receive().await? > 3 {
        return Ok(true);
    }
    Ok(false)
}

fn main() {}

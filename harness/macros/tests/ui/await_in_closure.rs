#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn maps<B: Backend>(numbers: B::Channel<u64>) -> Result<Vec<u64>, Error> {
    (0..3).map(|_| numbers.receive().await).collect()
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

macro_rules! odd {
    (from $e:expr) => {
        $e
    };
}

#[tasklet]
async fn expands<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    Ok(odd!(from numbers.receive().await?))
}

fn main() {}

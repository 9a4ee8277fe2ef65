#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[message]
struct Pair {
    name: String,
    rest: String,
}

#[tasklet]
async fn halves<B: Backend>(pair: Pair) -> Result<u64, Error> {
    drop(pair.name);
    B::schedule().await?;
    Ok(pair.rest.len() as u64)
}

fn main() {}

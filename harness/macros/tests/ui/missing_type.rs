#![allow(unused)]

use switchback::{Backend, Error, tasklet};

fn compute(n: u64) -> u64 {
    n * n
}

#[tasklet]
async fn keeps<B: Backend>(n: u64) -> Result<u64, Error> {
    let square = compute(n);
    B::schedule().await?;
    Ok(square)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn keeps<B: Backend>(n: u64) -> Result<u64, Error> {
    let add = |x: u64| x + 1;
    B::schedule().await?;
    Ok(add(n))
}

fn main() {}

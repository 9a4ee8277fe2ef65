#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn counts<B: Backend>() -> Result<u64, Error> {
    let mut total = 0;
    for _ in 0..10u64 {
        B::schedule().await?;
        total += 1;
    }
    Ok(total)
}

fn main() {}

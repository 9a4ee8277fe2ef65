#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn half<B: Backend>(n: Option<u64>) -> Result<u64, Error> {
    let Some(N) = n else { return Ok(0) };
    B::schedule().await?;
    Ok(1)
}

fn main() {}

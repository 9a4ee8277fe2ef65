#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn checks<B: Backend>(numbers: B::Channel<u64>, n: u64) -> Result<(), Error> {
    debug_assert!(numbers.receive().await? > 3);
    assert!(n > 3, "{}", numbers.receive().await?);
    let found: bool = matches!(n, x if x > numbers.receive().await?);
    Ok(())
}

fn main() {}

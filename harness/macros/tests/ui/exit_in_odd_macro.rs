#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

macro_rules! either {
    ($left:expr => $right:expr) => {
        if $left > 3 { $left } else { $right }
    };
}

#[tasklet]
async fn expands<B: Backend>(n: u64) -> Result<u64, Error> {
    B::schedule().await?;
    let more: u64 = either!(n => return Ok(0));
    B::schedule().await?;
    Ok(more)
}

fn main() {}

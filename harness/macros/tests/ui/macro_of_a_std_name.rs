#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

macro_rules! todo {
    () => {
        5u64
    };
}

#[tasklet]
async fn five<B: Backend>() -> Result<u64, Error> {
    let five: u64 = todo!();
    B::schedule().await?;
    Ok(five)
}

fn main() {}

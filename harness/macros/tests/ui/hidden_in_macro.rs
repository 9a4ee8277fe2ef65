#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

macro_rules! declare {
    ($name:ident) => {
        let $name: u64 = 3;
    };
}

macro_rules! receive {
    ($from:expr) => {
        $from.receive().await?
    };
}

macro_rules! leave {
    () => {
        return Ok(1)
    };
}

#[tasklet]
async fn keeps<B: Backend>() -> Result<u64, Error> {
    declare!(n);
    B::schedule().await?;
    Ok(n)
}

#[tasklet]
async fn awaits<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    Ok(receive!(numbers))
}

#[tasklet]
async fn leaves<B: Backend>(n: u64) -> Result<u64, Error> {
    B::schedule().await?;
    if n > 3 {
        leave!();
    }
    Ok(n)
}

fn main() {}

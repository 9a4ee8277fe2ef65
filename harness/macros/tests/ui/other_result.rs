#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

type Answer = std::task::Poll<u64>;
type Fault = std::fmt::Error;

#[tasklet]
async fn by_alias<B: Backend>(n: u64) -> Answer {
    std::task::Poll::Ready(n)
}

#[tasklet]
async fn other_fault<B: Backend>(n: u64) -> Result<u64, Fault> {
    Ok(n)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn names<B: Backend>(n: u64) -> Result<u64, Error> {
    struct Call(u64);
    B::schedule().await?;
    let call = Call(n);
    Ok(call.0)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn mixes<B: Backend>(numbers: B::Channel<u64>) -> Result<String, Error> {
    let text: String = numbers.receive().await?;
    B::schedule().await?;
    Ok(text)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn same<B: Backend, T: switchback::Message>(value: T) -> Result<T, Error> {
    Ok(value)
}

#[tasklet]
async fn infers<B: Backend>(n: u64) -> Result<u64, Error> {
    let text = same(String::from("x")).await?;
    B::schedule().await?;
    Ok(n + text.len() as u64)
}

fn main() {}

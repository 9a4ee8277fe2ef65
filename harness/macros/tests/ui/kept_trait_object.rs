#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn keeps<B: Backend>(n: u64) -> Result<u64, Error> {
    let add: Box<dyn Fn(u64) -> u64> = Box::new(|x| x + 1);
    B::schedule().await?;
    Ok(add(n))
}

fn main() {}

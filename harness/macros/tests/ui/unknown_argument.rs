#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet(fast)]
async fn plain<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(n)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn even<B: Backend>(n: u64) -> Result<bool, Error> {
    if n == 0 { Ok(true) } else { odd(n - 1).await }
}

#[tasklet]
async fn odd<B: Backend>(n: u64) -> Result<bool, Error> {
    if n == 0 { Ok(false) } else { even(n - 1).await }
}

fn main() {}

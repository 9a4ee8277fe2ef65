#![allow(unused)]

use switchback::{Error, tasklet};

#[tasklet]
async fn lonely(n: u64) -> Result<u64, Error> {
    Ok(n)
}

fn main() {}

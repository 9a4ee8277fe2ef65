#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
fn plain<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(n)
}

fn main() {}

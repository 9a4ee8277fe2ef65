#![allow(unused)]

use switchback::{Backend, tasklet};

#[tasklet]
async fn bare<B: Backend>(n: u64) -> u64 {
    n
}

fn main() {}

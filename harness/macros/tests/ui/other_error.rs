#![allow(unused)]

use switchback::{Backend, tasklet};

#[tasklet]
async fn textual<B: Backend>(n: u64) -> Result<u64, String> {
    Ok(n)
}

fn main() {}

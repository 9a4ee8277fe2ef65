#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn collect<B: Backend>(items: impl Iterator<Item = u64>) -> Result<u64, Error> {
    Ok(items.sum())
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Error, tasklet};

async fn elsewhere() -> Result<u64, Error> {
    Ok(1)
}

#[tasklet]
async fn awaits<B: Backend>() -> Result<u64, Error> {
    elsewhere().await
}

fn main() {}

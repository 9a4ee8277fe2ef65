#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn shadows<B: Backend>(n: u64) -> Result<u64, Error> {
    {
        let n: u64 = n + 1;
        B::schedule().await?;
        drop(n);
    }
    Ok(n)
}

fn main() {}

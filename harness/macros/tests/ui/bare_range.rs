#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn counts<B: Backend>() -> Result<(), Error> {
    for _ in 0..10 {
        B::schedule().await?;
    }
    Ok(())
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn keeps<B: Backend>() -> Result<i64, Error> {
    let lowest = -1;
    let half = 0.5;
    let greeting = "hello";
    B::schedule().await?;
    Ok(if half > 0.2 { lowest } else { greeting.len() as i64 })
}

fn main() {}

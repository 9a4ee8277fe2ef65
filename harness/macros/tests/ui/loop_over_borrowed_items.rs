#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn loops<B: Backend>() -> Result<usize, Error> {
    let words: Vec<&str> = vec!["ab", "c"];
    let mut total = 0usize;
    for word in words {
        B::schedule().await?;
        total += word.len();
    }
    Ok(total)
}

fn main() {}

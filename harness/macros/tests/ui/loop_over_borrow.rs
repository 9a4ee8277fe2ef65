#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn loops<B: Backend>(words: Vec<String>) -> Result<usize, Error> {
    let mut total = 0usize;
    for word in words.iter() {
        B::schedule().await?;
        total += word.len();
    }
    Ok(total)
}

fn main() {}

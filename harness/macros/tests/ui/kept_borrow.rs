#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn borrows<B: Backend>(words: Vec<String>) -> Result<usize, Error> {
    let first: &str = words[0].as_str();
    B::schedule().await?;
    Ok(first.len())
}

fn main() {}

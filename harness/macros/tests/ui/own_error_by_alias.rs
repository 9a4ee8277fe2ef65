#![allow(unused)]

use switchback::{Backend, tasklet};

type Answer<T> = Result<T, std::num::ParseIntError>;

#[tasklet]
async fn parses<B: Backend>(text: String) -> Answer<u64> {
    text.parse()
}

#[tasklet]
async fn reads<B: Backend>(text: String) -> std::io::Result<u64> {
    Ok(std::fs::read(text)?.len() as u64)
}

fn main() {}

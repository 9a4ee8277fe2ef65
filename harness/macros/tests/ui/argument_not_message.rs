#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[derive(Clone)]
pub struct Plain(pub u64);

#[tasklet]
async fn takes<B: Backend>(plain: Plain) -> Result<u64, Error> {
    Ok(plain.0)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

fn next(at: &mut usize) -> usize {
    *at += 1;
    *at
}

#[tasklet]
async fn adds<B: Backend>(numbers: B::Channel<u64>) -> Result<Vec<u64>, Error> {
    let mut sums: Vec<u64> = vec![0, 0, 0];
    let mut at: usize = 0;
    sums[next(&mut at)] += numbers.receive().await?;
    Ok(sums)
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async unsafe fn risky<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(n)
}

fn main() {}

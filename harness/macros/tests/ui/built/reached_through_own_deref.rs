#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

#[message]
struct Pair {
    a: u64,
}

#[message]
struct Loud(Pair);

impl std::ops::Deref for Loud {
    type Target = Pair;

    fn deref(&self) -> &Pair {
        println!("all");
        &self.0
    }
}

#[tasklet]
async fn op<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(n)
}

#[tasklet]
async fn sum<B: Backend>(n: u64) -> Result<u64, Error> {
    let loud: Loud = Loud(Pair { a: n });
    Ok(loud.a + op(n).await?)
}

fn main() {
    let _ = Soft::run(sum::<Soft>(1));
}

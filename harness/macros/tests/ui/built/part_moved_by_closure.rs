#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

#[message]
struct Guard(u64);

impl Drop for Guard {
    fn drop(&mut self) {}
}

#[message]
struct Pair {
    a: Guard,
    b: Guard,
}

fn called(f: impl FnOnce() -> u64) -> u64 {
    f()
}

#[tasklet]
async fn half<B: Backend>(n: u64) -> Result<u64, Error> {
    let pair: Pair = Pair { a: Guard(n), b: Guard(n) };
    let n: u64 = called(move || pair.a.0);
    B::schedule().await?;
    Ok(n)
}

fn main() {
    let _ = Soft::run(half::<Soft>(1));
}

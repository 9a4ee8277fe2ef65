#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

#[message]
struct Guard(u64);

impl Drop for Guard {
    fn drop(&mut self) {}
}

#[tasklet]
async fn maybe<B: Backend>(n: u64) -> Result<bool, Error> {
    let guard: Guard = Guard(1);
    let gone: bool = n > 3 && {
        drop(guard);
        true
    };
    B::schedule().await?;
    Ok(gone)
}

fn main() {
    let _ = Soft::run(maybe::<Soft>(1));
}

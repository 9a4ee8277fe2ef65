#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

#[message]
struct Guard(u64);

impl Drop for Guard {
    fn drop(&mut self) {}
}

#[tasklet]
async fn parts<B: Backend>(pair: (Guard, Guard)) -> Result<u64, Error> {
    match pair {
        (first, _) => {
            let first: Guard = first;
            B::schedule().await?;
            Ok(first.0)
        }
    }
}

fn main() {
    let _ = Soft::run(parts::<Soft>((Guard(1), Guard(2))));
}

#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

#[message]
struct Handle(u64);

impl Drop for Handle {
    fn drop(&mut self) {}
}

fn open(n: u64) -> Handle {
    Handle(n)
}

#[tasklet]
async fn holds<B: Backend>(n: u64) -> Result<u64, Error> {
    match open(n) {
        ref handle if handle.0 > 0 => B::schedule().await?,
        _ => {}
    }
    Ok(n)
}

fn main() {
    let _ = Soft::run(holds::<Soft>(1));
}

#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

struct Handle(u64);

impl Drop for Handle {
    fn drop(&mut self) {}
}

fn open(n: u64) -> Handle {
    Handle(n)
}

#[tasklet]
async fn holds<B: Backend>(n: u64) -> Result<u64, Error> {
    let handle = open(n);
    B::schedule().await?;
    Ok(n)
}

fn main() {
    let _ = Soft::run(holds::<Soft>(1));
}

#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

struct Handle(u64);

impl Drop for Handle {
    fn drop(&mut self) {}
}

#[tasklet]
async fn holds<B: Backend>(n: u64) -> Result<u64, Error> {
    let handle: Handle = Handle(n);
    B::schedule().await?;
    Ok(n)
}

fn main() {
    let _ = Soft::run(holds::<Soft>(1));
}

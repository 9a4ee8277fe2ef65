#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

/// Ends with a word.
struct Handle(u64);

impl Drop for Handle {
    fn drop(&mut self) {
        println!("end");
    }
}

#[tasklet]
async fn holds<B: Backend>(n: u64) -> Result<u64, Error> {
    let (_, handle) = (n, &Handle(n));
    let n: u64 = handle.0;
    B::schedule().await?;
    Ok(n)
}

fn main() {
    let _ = Soft::run(holds::<Soft>(1));
}

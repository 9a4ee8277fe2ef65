#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn counts<B: Backend>(n: u64) -> Result<u64, Error> {
    if n > 3 {
        static CALLS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        B::schedule().await?;
        CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    }
    Ok(n)
}

fn main() {}

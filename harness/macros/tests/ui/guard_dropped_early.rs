#![allow(unused)]

use std::sync::{Arc, Mutex};

use switchback::{Backend, Error, tasklet};

fn lock() -> Arc<Mutex<u64>> {
    Arc::default()
}

#[tasklet]
async fn holds<B: Backend>() -> Result<(), Error> {
    let _lock = lock();
    B::schedule().await?;
    Ok(())
}

fn main() {}

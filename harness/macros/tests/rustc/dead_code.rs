#![deny(dead_code)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn called<B: Backend>(number: u64) -> Result<u64, Error> {
    #[allow(non_snake_case)]
    struct Unused;
    fn unused() {}
    const UNUSED: u64 = 1;
    B::schedule().await?;
    Ok(number)
}

#[tasklet]
async fn never_called<B: Backend>() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = called::<switchback_soft::Soft>;
}

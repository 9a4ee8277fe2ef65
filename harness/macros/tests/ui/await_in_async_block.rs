#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn blocks<B: Backend>(numbers: B::Channel<u64>) -> Result<(), Error> {
    let later = async { numbers.receive().await };
    drop(later);
    Ok(())
}

fn main() {}

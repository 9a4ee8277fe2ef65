use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn forgets_to_ask<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    let number: u64 = numbers.receive().await;
    B::schedule().await?;
    Ok(number + 1)
}

fn main() {}

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn forgets_to_await<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    let number: u64 = numbers.receive()?;
    B::schedule().await?;
    Ok(number + 1)
}

fn main() {}

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn one<B: Backend>(values: B::Channel<u64>) -> Result<(), Error> {
    values.send(1).await
}

#[tasklet]
async fn first<B: Backend>() -> Result<u64, Error> {
    let numbers = B::generate(|values| one(values));
    match numbers.next().await? {
        Some(number) => Ok(number),
        None => Ok(0),
    }
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, Message, tasklet};

#[tasklet]
async fn lends<B: Backend>(numbers: &B::Channel<u64>) -> Result<u64, Error> {
    numbers.receive().await
}

#[tasklet]
async fn keeps<B: Backend, T: Message>(value: T) -> Result<T, Error> {
    let number = 1;
    B::schedule().await?;
    if number == 1 { Ok(value) } else { panic!() }
}

struct Shop;

impl Shop {
    #[tasklet]
    async fn open<B: Backend>(&self) -> Result<u64, Error> {
        Ok(1)
    }
}

#[tasklet]
async fn calls<B: Backend>(numbers: B::Channel<u64>) -> Result<u64, Error> {
    B::spawn(lends::<B>(&numbers));
    let lent: u64 = lends::<B>(numbers.clone()).await?;
    let kept = keeps::<B, String>(String::from("text")).await?;
    let opened: u64 = Shop.open::<B>().await?;
    Ok(lent + kept.len() as u64 + opened)
}

fn start<B: Backend>() -> Result<u64, Error> {
    B::run(keeps::<B, u64>(3))
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Error, tasklet};

struct Shop;

impl Shop {
    const PRICE: u64 = 3;

    #[tasklet]
    async fn price<B: Backend>() -> Result<u64, Error> {
        B::schedule().await?;
        let text: String = format!("{}", Self::PRICE);
        Ok(Self::PRICE)
    }
}

trait Named {
    #[tasklet]
    async fn named<B: Backend>(name: Self) -> Result<Self, Error> {
        B::schedule().await?;
        Ok(name)
    }
}

fn main() {}

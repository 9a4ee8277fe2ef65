#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[message]
enum Order {
    Buy(u64),
    Leave,
}

#[tasklet]
async fn shop<B: Backend>(orders: B::Channel<Order>) -> Result<u64, Error> {
    match orders.receive().await? {
        Order::Buy(count) => {
            B::schedule().await?;
            Ok(count)
        }
        Order::Leave => Ok(0),
    }
}

fn main() {}

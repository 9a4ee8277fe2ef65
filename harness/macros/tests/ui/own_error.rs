#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[derive(Debug)]
struct OutOfStock;

#[tasklet]
async fn orders<B: Backend>(n: u64) -> Result<u64, OutOfStock> {
    B::schedule().await.map_err(|_| OutOfStock)?;
    if n > 3 { Err(OutOfStock) } else { Ok(n) }
}

#[tasklet]
async fn boxes<B: Backend>(text: String) -> Result<u64, Box<dyn std::error::Error>> {
    B::schedule().await?;
    Ok(text.parse::<u64>()?)
}

#[tasklet]
async fn calls<B: Backend>() -> Result<u64, Error> {
    let ordered: u64 = orders(1).await.map_err(|_| Error::new("stock", "out of it"))?;
    B::spawn(boxes(String::new()));
    Ok(ordered)
}

fn main() {}

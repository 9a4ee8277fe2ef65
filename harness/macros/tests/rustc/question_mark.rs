#![allow(unused)]

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn parses<B: Backend>(text: String) -> Result<i64, Error> {
    let number: i64 = text.parse::<i64>()?;
    B::schedule().await?;
    Ok(number)
}

fn main() {}

#![allow(unused)]

use std::rc::Rc;

use switchback::{Backend, Error, tasklet};

#[tasklet]
async fn shares<B: Backend>() -> Result<u64, Error> {
    let shared: Rc<u64> = Rc::new(1);
    B::schedule().await?;
    Ok(*shared)
}

fn main() {}

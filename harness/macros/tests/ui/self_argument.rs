#![allow(unused)]

use switchback::{Backend, Error, tasklet};

struct Shop;

impl Shop {
    #[tasklet]
    async fn open<B: Backend>(self) -> Result<(), Error> {
        Ok(())
    }
}

fn main() {}

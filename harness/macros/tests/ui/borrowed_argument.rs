#![allow(unused)]

use switchback::{Backend, Channel, Error, tasklet};

#[tasklet]
async fn greet<B: Backend>(name: &str, out: B::Channel<String>) -> Result<(), Error> {
    out.send(name.to_owned()).await
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
async fn borrows<'a, B: Backend>(name: std::borrow::Cow<'a, str>) -> Result<usize, Error> {
    Ok(name.len())
}

fn main() {}

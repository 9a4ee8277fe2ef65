#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[tasklet]
struct Shop {
    size: u64,
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[message]
fn size() -> u64 {
    1
}

fn main() {}

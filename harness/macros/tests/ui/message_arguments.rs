#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[message(Copy)]
struct Size(u64);

fn main() {}

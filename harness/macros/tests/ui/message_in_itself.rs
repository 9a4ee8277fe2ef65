#![allow(unused)]

use switchback::message;

#[message]
pub enum List {
    End,
    Item(u64, Box<List>),
}

fn main() {}

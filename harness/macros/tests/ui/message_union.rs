#![allow(unused)]

use switchback::message;

#[message]
pub union Bits {
    pub number: u32,
    pub bytes: [u8; 4],
}

fn main() {}

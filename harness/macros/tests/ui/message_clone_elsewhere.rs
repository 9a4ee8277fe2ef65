#![allow(unused)]

use switchback::message;

#[derive(Clone)]
#[message]
pub struct Above {
    pub x: i64,
}

#[message]
pub struct ByHand {
    pub x: i64,
}

impl Clone for ByHand {
    fn clone(&self) -> Self {
        Self { x: self.x + 1 }
    }
}

fn main() {}

#![allow(unused)]

use switchback::message;

#[message]
#[serde(into = "i64", from = "u64")]
pub struct Signed {
    pub x: i64,
}

impl From<Signed> for i64 {
    fn from(m: Signed) -> i64 {
        m.x
    }
}

impl From<u64> for Signed {
    fn from(x: u64) -> Self {
        Self { x: x as i64 }
    }
}

fn main() {}

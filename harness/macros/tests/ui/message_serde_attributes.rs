#![allow(unused)]

use switchback::message;

#[message]
pub enum Command {
    Keep(u64),
    #[serde(skip)]
    Later(u64),
    Delete(u64),
}

#[message]
pub struct Settings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<u64>,
    #[cfg_attr(all(), serde(skip))]
    pub cache: u64,
    #[serde(serialize_with = "write")]
    pub half: u64,
}

#[message]
#[serde(tag = "kind", content = "value")]
pub enum Tagged {
    One { x: u64 },
}

#[message]
#[serde(untagged)]
pub enum Guessed {
    One(u64),
    Two(String),
}

#[message]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub struct Harmless {
    #[serde(default, rename = "x")]
    pub number: u64,
}

fn main() {}

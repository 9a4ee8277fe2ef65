#![allow(unused)]

use switchback::message;

#[message]
pub struct Name<'a> {
    pub text: &'a str,
}

fn main() {}

#![allow(unused)]

use switchback::{Backend, Channel, Error, message, tasklet};

#[message]
struct Loud(Vec<u64>);

impl std::ops::Index<usize> for Loud {
    type Output = u64;

    fn index(&self, at: usize) -> &u64 {
        println!("{at}");
        &self.0[at]
    }
}

impl std::ops::Deref for Loud {
    type Target = u64;

    fn deref(&self) -> &u64 {
        println!("all");
        &self.0[0]
    }
}

#[tasklet]
async fn most<B: Backend>(loud: Loud, numbers: B::Channel<u64>) -> Result<u64, Error> {
    Ok(loud[1].max(numbers.receive().await?))
}

fn main() {}

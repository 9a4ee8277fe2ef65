//! Control flow around awaits, in all shapes. Each file has the tasklets and their tests.

mod advice;
pub mod basic;
mod destructors;
mod formats;
mod functions;
mod loops;
mod macros;
mod names;
mod never;
mod order;
mod parts;
mod places;
mod ready;
mod scopes;
mod staying;
mod unwinding;
mod valid;
mod values;

use switchback::{Backend, Channel, Error, tasklet};

/// Sends `from`, `from + 1`, .. for ever.
#[tasklet]
pub async fn count<B: Backend>(from: u64, numbers: B::Channel<u64>) -> Result<(), Error> {
    let mut next = from;
    loop {
        numbers.send(next).await?;
        next += 1;
    }
}

/// Starts [`count`].
pub fn counter<B: Backend>(from: u64) -> B::Channel<u64> {
    let numbers = B::channel();
    B::spawn(count(from, B::Channel::clone(&numbers)));
    numbers
}

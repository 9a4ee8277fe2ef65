//! Two tasklets wait for each other, and main waits for them. The last tasklet that could run is
//! not blocked but gets an error, with which it ends here; main is told. A deadlock is an error,
//! not a program that hangs.
//!
//! ```text
//! main: Deadlock: the last runnable tasklet cannot be blocked.
//! left: 0 waiting
//! right: 1 waiting
//! ```
#![forbid(unsafe_code)]

use switchback::{Backend, Channel, Error, Kind, tasklet};
use switchback_soft::Soft;

/// Takes a value of its neighbour before it gives one.
#[tasklet]
async fn greedy<B: Backend>(own: B::Channel<u64>, other: B::Channel<u64>) -> Result<(), Error> {
    let value: u64 = other.receive().await?;
    own.send(value).await
}

#[tasklet]
async fn neighbours<B: Backend>() -> Result<(), Error> {
    let left: B::Channel<u64> = B::channel();
    let right: B::Channel<u64> = B::channel();
    let results: B::Channel<u64> = B::channel();
    B::spawn(greedy(left.clone(), right.clone()));
    B::spawn(greedy(right.clone(), left.clone()));
    match results.receive().await {
        Err(error) if error.kind() == Kind::Deadlock => println!("main: {error}"),
        other => println!("main: {other:?}"),
    }
    // A negative balance: so many receivers wait.
    println!("left: {} waiting", -left.balance()?);
    println!("right: {} waiting", -right.balance()?);
    Ok(())
}

fn main() -> Result<(), Error> {
    Soft::run(neighbours())
}

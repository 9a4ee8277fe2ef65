//! Two tasklets wait for each other, and main waits for them. The last tasklet that could run is
//! not blocked but gets an error, with which it ends here; main is told. A deadlock is an error,
//! not a program that hangs.
//!
//! ```text
//! main waits for a result
//! left waits for a value of right
//! right waits for a value of left
//! right: Deadlock: the last runnable tasklet cannot be blocked.
//! main: Deadlock: the last runnable tasklet cannot be blocked.
//! tasklets that still wait for a value of left: 0
//! tasklets that still wait for a value of right: 1
//! ```
#![forbid(unsafe_code)]

use switchback::{Backend, Channel, Error, Kind, tasklet};
use switchback_examples::say;
use switchback_soft::Soft;

/// Takes a value of its neighbour before it gives one.
#[tasklet]
async fn greedy<B: Backend>(
    name: String,
    neighbour: String,
    own: B::Channel<u64>,
    other: B::Channel<u64>,
) -> Result<(), Error> {
    say(format!("{name} waits for a value of {neighbour}"));
    match other.receive().await {
        Ok(value) => own.send(value).await,
        Err(error) => {
            say(format!("{name}: {error}"));
            Err(error)
        }
    }
}

#[tasklet]
async fn neighbours<B: Backend>() -> Result<(), Error> {
    let left: B::Channel<u64> = B::channel();
    let right: B::Channel<u64> = B::channel();
    let results: B::Channel<u64> = B::channel();
    B::spawn(greedy("left".to_owned(), "right".to_owned(), left.clone(), right.clone()));
    B::spawn(greedy("right".to_owned(), "left".to_owned(), right.clone(), left.clone()));
    say("main waits for a result");
    match results.receive().await {
        Err(error) if error.kind() == Kind::Deadlock => say(format!("main: {error}")),
        other => say(format!("main: {other:?}")),
    }
    // A negative balance: so many tasklets wait to receive.
    say(format!("tasklets that still wait for a value of left: {}", -left.balance()?));
    say(format!("tasklets that still wait for a value of right: {}", -right.balance()?));
    Ok(())
}

fn main() -> Result<(), Error> {
    Soft::run(neighbours())
}

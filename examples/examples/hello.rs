//! Two tasklets take turns: `schedule` lets the other one run.
//!
//! ```text
//! Hello, A
//! Hello, B
//! Goodbye A
//! Goodbye B
//! ```
#![forbid(unsafe_code)]

use switchback::{Backend, Error, tasklet};
use switchback_examples::say;
use switchback_soft::Soft;

#[tasklet]
async fn greet<B: Backend>(name: String) -> Result<(), Error> {
    say(format!("Hello, {name}"));
    B::schedule().await?;
    say(format!("Goodbye {name}"));
    Ok(())
}

#[tasklet]
async fn both<B: Backend>() -> Result<(), Error> {
    B::spawn(greet("A".to_owned()));
    B::spawn(greet("B".to_owned()));
    B::run_others().await
}

fn main() -> Result<(), Error> {
    Soft::run(both())
}

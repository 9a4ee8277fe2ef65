//! A tasklet that takes too many steps is paused by a budget, and goes on when main wants it to.
//!
//! ```text
//! watchdog: a tasklet took more than 1000 steps
//! watchdog: it goes on with more
//! polite: done
//! busy: 2000 steps are done
//! ```
#![forbid(unsafe_code)]

use switchback::{Backend, Budget, Control, Error, tasklet};
use switchback_examples::say;
use switchback_soft::Soft;

/// Works without giving way to another tasklet.
#[tasklet]
async fn busy<B: Backend>(steps: u64) -> Result<(), Error> {
    for _ in 0..steps {
        B::checkpoint().await?;
    }
    say(format!("busy: {steps} steps are done"));
    Ok(())
}

#[tasklet]
async fn polite<B: Backend>() -> Result<(), Error> {
    B::schedule().await?;
    say("polite: done");
    Ok(())
}

#[tasklet]
async fn watch<B: Backend>() -> Result<(), Error> {
    B::spawn(polite());
    B::spawn(busy(2_000));
    let late: Option<B::Handle> = B::run_for(Budget::steps(1_000)).await?;
    match late {
        None => Ok(()),
        Some(late) => {
            say("watchdog: a tasklet took more than 1000 steps");
            say("watchdog: it goes on with more");
            late.insert()?;
            B::run_others().await
        }
    }
}

fn main() -> Result<(), Error> {
    Soft::run(watch())
}

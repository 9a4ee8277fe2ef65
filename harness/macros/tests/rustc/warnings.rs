#![deny(unused_must_use)]

use switchback::{Backend, Channel, Error, tasklet};

#[must_use]
fn important(n: u64) -> u64 {
    n + 1
}

#[tasklet]
async fn careless<B: Backend>(unread: u64, numbers: B::Channel<u64>) -> Result<u64, Error> {
    let before: u64 = 1;
    let got = numbers.receive().await?;
    let mut behind: u64 = got;
    important(got);
    B::schedule();
    numbers.send(got);
    let kept: u64 = got;
    B::schedule().await?;
    if got > 4 {
        return Ok(kept);
        important(got);
    }
    let mut stored: u64 = 0;
    stored = 3;
    while true {
        B::schedule().await?;
    }
    Ok((got))
}

#[tasklet]
async fn never_called<B: Backend>() -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _ = careless::<switchback_soft::Soft>;
}

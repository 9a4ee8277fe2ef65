#![allow(unused)]

use switchback::{Backend, Error, message, tasklet};
use switchback_soft::Soft;

#[message]
#[derive(Copy)]
struct Steps(u64);

impl Steps {
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    fn plus(self, n: u64) -> u64 {
        self.0 * 10 + n
    }
}

#[tasklet]
async fn op<B: Backend>(n: u64) -> Result<u64, Error> {
    Ok(n)
}

#[tasklet]
async fn sum<B: Backend>(n: u64) -> Result<u64, Error> {
    let mut steps: Steps = Steps(n);
    Ok(steps.plus(op(steps.next()).await?))
}

fn main() {
    let _ = Soft::run(sum::<Soft>(1));
}

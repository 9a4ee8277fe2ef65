//! Three workers take jobs from one channel; a worker that is free takes the next one.
//!
//! ```text
//! worker 1: 1 squared is 1
//! worker 2: 2 squared is 4
//! worker 3: 3 squared is 9
//! worker 1: 4 squared is 16
//! worker 2: 5 squared is 25
//! worker 3: 6 squared is 36
//! worker 1: 7 squared is 49
//! sum 140
//! ```
#![forbid(unsafe_code)]

use switchback::{
    Backend, Channel, Error, Iteration, end_iteration, message, send_sequence, tasklet,
};
use switchback_examples::say;
use switchback_soft::Soft;

#[message]
struct Done {
    worker: u64,
    job: u64,
    square: u64,
}

#[tasklet]
async fn work<B: Backend>(
    worker: u64,
    jobs: B::Channel<u64>,
    done: B::Channel<Done>,
) -> Result<(), Error> {
    while let Some(job) = jobs.next().await.item()? {
        done.send(Done { worker, job, square: job * job }).await?;
    }
    Ok(())
}

#[tasklet]
async fn hand_out<B: Backend>(jobs: B::Channel<u64>) -> Result<(), Error> {
    send_sequence::<B, u64>(jobs.clone(), (1..=7).collect()).await?;
    end_iteration::<B, u64>(jobs).await
}

#[tasklet]
async fn pool<B: Backend>() -> Result<u64, Error> {
    let jobs: B::Channel<u64> = B::channel();
    let done: B::Channel<Done> = B::channel();
    for worker in 1..=3u64 {
        B::spawn(work(worker, jobs.clone(), done.clone()));
    }
    B::spawn(hand_out(jobs));
    let mut sum: u64 = 0;
    for _ in 0..7u64 {
        let Done { worker, job, square } = done.receive().await?;
        say(format!("worker {worker}: {job} squared is {square}"));
        sum += square;
    }
    Ok(sum)
}

fn main() -> Result<(), Error> {
    let sum = Soft::run(pool())?;
    say(format!("sum {sum}"));
    Ok(())
}

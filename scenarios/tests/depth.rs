//! Recursion is limited by memory alone where frames live on the heap: the native stack stays flat.

use std::thread;

use switchback::{Backend, Channel, Error, tasklet};
use switchback_bench::witness::Witness;
use switchback_scenarios::depth::{calls, chain};
use switchback_scenarios::work::Counting;
use switchback_soft::Soft;

const DEPTH: u64 = 1_000_000;

/// Runs `work` with a native stack of 256 KiB: a quarter of a byte for each level.
fn on_a_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let small = thread::Builder::new().stack_size(256 * 1024).spawn(work);
    small.expect("a thread").join().expect("no panic")
}

#[test]
fn calls_a_million_deep_need_no_native_stack() {
    let witness = on_a_small_stack(|| calls::run::<Soft>(DEPTH, Counting::Off));
    assert_eq!(witness, Ok(Witness::of(calls::law(DEPTH).digest)));
}

#[test]
fn tasklets_a_million_deep_need_no_native_stack() {
    let witness = on_a_small_stack(|| chain::run::<Soft>(DEPTH, Counting::Off));
    assert_eq!(witness, Ok(Witness::of(chain::law(DEPTH).digest)));
}

#[tasklet]
async fn bottomless<B: Backend>(level: u64, never: B::Channel<u64>) -> Result<u64, Error> {
    if level == 0 {
        return never.receive().await;
    }
    let below = bottomless(level - 1, never).await?;
    Ok(below + 1)
}

#[tasklet]
async fn stuck<B: Backend>(level: u64, never: B::Channel<u64>) -> Result<(), Error> {
    bottomless(level, never).await?;
    Ok(())
}

#[tasklet]
async fn leaves_it_behind<B: Backend>(depth: u64) -> Result<i64, Error> {
    let never = B::channel::<u64>();
    B::spawn(stuck(depth, never.clone()));
    B::schedule().await?;
    never.balance()
}

#[test]
fn a_deep_tasklet_that_never_ends_is_dropped_without_native_stack() {
    assert_eq!(on_a_small_stack(|| Soft::run(leaves_it_behind(DEPTH))), Ok(-1));
}

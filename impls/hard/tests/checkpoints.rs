//! What is put into the slot of a tasklet that a budget has stopped at a checkpoint: a checkpoint
//! gives nothing, whatever was there (SPEC section 2), and drops it.

#![forbid(unsafe_code)]

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};

use switchback::{Backend, Budget, Channel, Control, Error, Kind, Value, message, tasklet};
use switchback_baton::Baton;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
use switchback_direct::Direct;
use switchback_generator::Generator;
// Where there is no `direct`, another backend with stacks takes its place.
#[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
use switchback_generator::Generator as Direct;
use switchback_hard::Hard;
use switchback_poll::Poll;
use switchback_soft::Soft;

static DROPPED: AtomicU32 = AtomicU32::new(0);

#[message]
struct Counted(u64);

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, SeqCst);
    }
}

#[tasklet]
async fn worker<B: Backend>(numbers: B::Channel<u64>, gives_way: bool) -> Result<(), Error> {
    B::checkpoint().await?;
    B::checkpoint().await?;
    if gives_way {
        B::schedule().await?;
    }
    numbers.send(5).await
}

/// What a worker sends that was stopped, with something new in its slot, and how often that was
/// dropped by then.
#[tasklet]
async fn stopped<B: Backend>(gives_way: bool) -> Result<(u64, u32), Error> {
    let numbers: B::Channel<u64> = B::channel();
    let worker: B::Handle = B::spawn(worker(numbers.clone(), gives_way));
    let budget = Budget { steps: 1, soft: false, total: false };
    let found: Option<B::Handle> = B::run_for(budget).await?;
    assert!(found.is_some_and(|found| found == worker));
    let before: u32 = DROPPED.load(SeqCst);
    worker.set_slot(Value::message(Counted(1)))?;
    worker.insert()?;
    let number: u64 = numbers.receive().await?;
    Ok((number, DROPPED.load(SeqCst) - before))
}

/// The same with an error, which the checkpoint raises.
#[tasklet]
async fn thrown<B: Backend>() -> Result<u64, Error> {
    let numbers: B::Channel<u64> = B::channel();
    let worker: B::Handle = B::spawn(worker(numbers.clone(), false));
    B::run_for(Budget { steps: 1, soft: false, total: false }).await?;
    worker.throw_pending(Kind::WrongType.into())?;
    worker.insert()?;
    numbers.receive().await
}

fn one<B: Backend>() {
    for gives_way in [false, true] {
        assert_eq!(B::run(stopped::<B>(gives_way)), Ok((5, 1)), "{}", B::NAME);
    }
    let raised = B::run(thrown::<B>()).map_err(|error| error.kind());
    assert_eq!(raised, Err(Kind::WrongType), "{}", B::NAME);
}

#[test]
fn a_checkpoint_drops_what_was_put_into_the_slot_meanwhile() {
    one::<Hard>();
    one::<Direct>();
    one::<Soft>();
    one::<Poll>();
    one::<Baton>();
    // Its stacks are too small for what a sanitizer adds.
    if !cfg!(switchback_no_pools) {
        one::<Generator>();
    }
}

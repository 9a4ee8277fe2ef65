//! Suspended computations that hold handles of themselves and of each other, at the end of a run.

use switchback::{Backend, Channel, Control, Error, Portable, Value, tasklet};
use switchback_soft::Soft;

#[tasklet]
async fn keeps_itself<B: Backend>() -> Result<(), Error> {
    let me: B::Handle = B::current()?;
    B::schedule_remove(Value::Empty).await?;
    me.status().map(drop)
}

#[tasklet]
async fn ends_before_them<B: Backend>(count: u32) -> Result<(), Error> {
    for _ in 0..count {
        B::spawn(keeps_itself());
    }
    B::schedule().await
}

#[test]
fn a_run_may_end_before_tasklets_that_hold_their_own_handles() {
    assert_eq!(Soft::run(ends_before_them(3)), Ok(()));
}

#[tasklet]
async fn copies_them<B: Portable>() -> Result<(), Error> {
    let original: B::Handle = B::spawn(keeps_itself());
    B::schedule().await?;
    let copy: B::Handle = B::fork(&original)?;
    let program = B::program::<keeps_itself::Call<B>>();
    let bytes: Vec<u8> = B::dump(&copy, &program)?;
    drop(copy);
    drop(original);
    let loaded: B::Handle = B::load(&bytes, &program)?;
    drop(loaded);
    B::schedule().await
}

#[test]
fn copies_that_hold_their_own_handles_end_with_the_run() {
    assert_eq!(Soft::run(copies_them()), Ok(()));
}

#[tasklet]
async fn makes_more_after_loading<B: Portable>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let program = B::program::<keeps_itself::Call<B>>();
    let bytes: Vec<u8> = B::dump(&channel, &program)?;
    let loaded: B::Channel<u64> = B::load(&bytes, &program)?;
    let next: B::Channel<u64> = B::channel();
    assert_ne!(loaded.number(), next.number());
    Ok(())
}

#[test]
fn what_is_made_after_a_load_has_a_number_of_its_own() {
    assert_eq!(Soft::run(makes_more_after_loading()), Ok(()));
}

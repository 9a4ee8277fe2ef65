//! Frames that run the next one themselves: what a chain of them must not do.

use std::cell::RefCell;

use switchback::{Backend, Channel, Error, Kind, message, tasklet};
use switchback_soft::Soft;

/// A hundred thousand. Miri has a stack without a limit, and takes a second for a hundred.
const MANY: u64 = if cfg!(miri) { 300 } else { 100_000 };

/// Runs a program on a thread whose native stack is far too small for a frame per step.
fn on_a_small_stack<T: Send>(program: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let small = std::thread::Builder::new().stack_size(256 * 1024);
        small.spawn_scoped(scope, program).expect("a thread").join().expect("no panic")
    })
}

#[tasklet]
async fn takes_turns<B: Backend>(turns: u64) -> Result<(), Error> {
    for _ in 0..turns {
        B::schedule().await?;
    }
    Ok(())
}

#[tasklet]
async fn crowd<B: Backend>(tasklets: u64, turns: u64) -> Result<(), Error> {
    for _ in 0..tasklets {
        B::spawn(takes_turns(turns));
    }
    for _ in 0..turns + 1 {
        B::schedule().await?;
    }
    Ok(())
}

#[test]
fn a_hundred_thousand_switches_need_no_native_stack() {
    assert_eq!(on_a_small_stack(|| Soft::run(crowd(2, MANY / 2))), Ok(()));
}

#[tasklet]
async fn bequeaths<B: Backend>(left: u64, done: B::Channel<u64>) -> Result<(), Error> {
    if left == 0 {
        return done.send(7).await;
    }
    B::spawn(bequeaths(left - 1, done));
    Ok(())
}

#[tasklet]
async fn ancestor<B: Backend>(generations: u64) -> Result<u64, Error> {
    let done: B::Channel<u64> = B::channel();
    B::spawn(bequeaths(generations, done.clone()));
    done.receive().await
}

#[test]
fn a_hundred_thousand_ends_need_no_native_stack() {
    assert_eq!(on_a_small_stack(|| Soft::run(ancestor(MANY))), Ok(7));
}

#[tasklet]
async fn adds<B: Backend>(to: u64) -> Result<u64, Error> {
    Ok(to + 1)
}

#[tasklet]
async fn counts_by_calls<B: Backend>(calls: u64) -> Result<u64, Error> {
    let mut sum = 0u64;
    for _ in 0..calls {
        sum = adds::<B>(sum).await?;
    }
    Ok(sum)
}

#[test]
fn a_hundred_thousand_calls_one_after_the_other_need_no_native_stack() {
    assert_eq!(on_a_small_stack(|| Soft::run(counts_by_calls(MANY))), Ok(MANY));
}

#[message]
#[derive(Debug)]
/// Cannot be dropped in peace.
pub struct Loud;

impl Drop for Loud {
    fn drop(&mut self) {
        panic!("the value of a tasklet that nobody waits for");
    }
}

#[tasklet]
async fn leaves_a_loud_value<B: Backend>() -> Result<Loud, Error> {
    Ok(Loud)
}

#[tasklet]
async fn leaves_a_loud_value_after_a_turn<B: Backend>() -> Result<Loud, Error> {
    B::schedule().await?;
    Ok(Loud)
}

#[tasklet]
async fn leaves_a_loud_value_after_many<B: Backend>(turns: u64) -> Result<Loud, Error> {
    for _ in 0..turns {
        B::schedule().await?;
    }
    Ok(Loud)
}

#[tasklet]
async fn waits_for_all<B: Backend>() -> Result<(), Error> {
    B::run_others().await
}

#[tasklet]
async fn hears<B: Backend>(which: u64) -> Result<(), Error> {
    match which {
        0 => drop(B::spawn(leaves_a_loud_value())),
        1 => drop(B::spawn(leaves_a_loud_value_after_a_turn())),
        _ => drop(B::spawn(leaves_a_loud_value_after_many(which))),
    }
    let outcome: Result<(), Error> = waits_for_all::<B>().await;
    if !matches!(&outcome, Err(error) if error.kind() == Kind::Panicked) {
        return Err(Kind::Deadlock.into());
    }
    // A frame that was freed twice would be that of two of these.
    for number in 1..=4u64 {
        B::spawn(remembers(number));
    }
    waits_for_all::<B>().await
}

thread_local! {
    static REMEMBERED: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

#[tasklet]
async fn remembers<B: Backend>(number: u64) -> Result<(), Error> {
    B::schedule().await?;
    REMEMBERED.with_borrow_mut(|numbers| numbers.push(number));
    Ok(())
}

#[test]
fn a_value_that_panics_when_it_is_dropped_ends_its_tasklet_alone() {
    std::panic::set_hook(Box::new(|_| {}));
    for which in [0, 1, 2, 3, 5, 63, 64, 65, 200] {
        assert_eq!(Soft::run(hears(which)), Ok(()), "{which} turns");
        assert_eq!(REMEMBERED.take(), [1, 2, 3, 4], "{which} turns");
    }
}

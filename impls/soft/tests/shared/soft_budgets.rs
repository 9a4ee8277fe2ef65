//! Soft budgets: the run ends between two scheduling operations, and no tasklet is taken out of the
//! ring.

use switchback::{Backend, Budget, Channel, Control, Error, Kind, tasklet};

use super::{busy, lines, said, say};

#[tasklet]
async fn long_then_yield<B: Backend>(name: String) -> Result<(), Error> {
    busy(name.clone(), 5).await?;
    B::schedule().await?;
    say(format!("{name} again"));
    Ok(())
}

#[tasklet]
async fn stop_softly<B: Backend>(total: bool) -> Result<(), Error> {
    let a: B::Handle = B::spawn(long_then_yield("a".to_string()));
    let b: B::Handle = B::spawn(long_then_yield("b".to_string()));
    let budget = Budget { total, ..Budget::steps(2).soft() };
    assert_eq!(B::run_for(budget).await?, None);
    assert_eq!(B::run_queue()?, [B::main()?, b, a]);
    let mut expected: Vec<String> = lines("a", 0..5);
    expected.push("a done".to_string());
    assert_eq!(said(), expected);
    B::run_others().await
}

/// C065
pub fn a_soft_budget_ends_at_the_next_switch_and_takes_nobody_out<B: Backend>() {
    for total in [false, true] {
        assert_eq!(B::run(stop_softly(total)), Ok(()));
        let mut expected = lines("b", 0..5);
        expected.extend(["b done", "a again", "b again"].map(String::from));
        assert_eq!(said(), expected);
    }
}

#[tasklet]
async fn stop_at_an_end<B: Backend>() -> Result<(), Error> {
    let a: B::Handle = B::spawn(busy("a".to_string(), 3));
    let b: B::Handle = B::spawn(busy("b".to_string(), 0));
    assert_eq!(B::run_for(Budget::steps(1).soft()).await?, None);
    assert!(!a.status()?.alive);
    assert_eq!(B::run_queue()?, [B::main()?, b]);
    Ok(())
}

/// C065
pub fn the_end_of_a_tasklet_is_an_ordinary_switch<B: Backend>() {
    assert_eq!(B::run(stop_at_an_end()), Ok(()));
    assert_eq!(said(), ["a 0", "a 1", "a 2", "a done"]);
}

#[tasklet]
async fn take<B: Backend>(ch: B::Channel<u32>) -> Result<(), Error> {
    let n = ch.receive().await?;
    say(format!("took {n}"));
    B::schedule().await?;
    say("taker again");
    Ok(())
}

#[tasklet]
async fn give<B: Backend>(ch: B::Channel<u32>) -> Result<(), Error> {
    busy("giver".to_string(), 2).await?;
    ch.send(7).await?;
    say("gave");
    Ok(())
}

#[tasklet]
async fn stop_at_a_rendezvous<B: Backend>(schedule_all: bool) -> Result<Vec<String>, Error> {
    let ch: B::Channel<u32> = B::channel();
    ch.set_schedule_all(schedule_all)?;
    B::spawn(take(ch.clone()));
    B::spawn(give(ch));
    assert_eq!(B::run_for(Budget::steps(1).soft()).await?, None);
    let before: Vec<String> = said();
    B::run_others().await?;
    Ok(before)
}

/// C065: the interrupt goes on with the value and happens at the receiver's own switch.
pub fn a_rendezvous_by_preference_is_not_interrupted<B: Backend>() {
    let before = B::run(stop_at_a_rendezvous(false));
    let expected = ["giver 0", "giver 1", "giver done", "took 7"].map(String::from);
    assert_eq!(before, Ok(expected.to_vec()));
    assert_eq!(said(), ["gave", "taker again"]);
}

/// C065, C110
pub fn a_rendezvous_that_schedules_all_is_interrupted<B: Backend>() {
    let before = B::run(stop_at_a_rendezvous(true));
    let expected = ["giver 0", "giver 1", "giver done"].map(String::from);
    assert_eq!(before, Ok(expected.to_vec()));
    assert_eq!(said(), ["took 7", "gave", "taker again"]);
}

#[tasklet]
async fn wakes_main<B: Backend>() -> Result<(), Error> {
    B::main()?.insert()?;
    long_then_yield("waker".to_string()).await
}

#[tasklet]
async fn woken_early<B: Backend>() -> Result<(), Error> {
    let waker: B::Handle = B::spawn(wakes_main());
    B::spawn(busy("other".to_string(), 0));
    assert_eq!(B::run_for(Budget::steps(3).soft()).await?, None);
    assert_eq!(B::run_queue()?, [B::main()?, waker]);
    assert_eq!(said().last().map(String::as_str), Some("other done"));
    Ok(())
}

/// C065: nothing is left to do for the budget if the caller has its turn anyway.
pub fn a_soft_budget_respects_an_armed_caller_that_is_runnable<B: Backend>() {
    assert_eq!(B::run(woken_early()), Ok(()));
}

#[tasklet]
async fn yields_under_a_trap<B: Backend>() -> Result<(), Error> {
    busy("trapped".to_string(), 2).await?;
    B::switch_trap(1)?;
    let refused = B::schedule().await;
    assert!(refused.is_err_and(|e| e.kind() == Kind::SwitchTrap));
    B::switch_trap(-1)?;
    B::schedule().await?;
    say("not yet");
    Ok(())
}

#[tasklet]
async fn watch_refused<B: Backend>() -> Result<Vec<String>, Error> {
    B::spawn(yields_under_a_trap());
    B::spawn(busy("other".to_string(), 0));
    assert_eq!(B::run_for(Budget::steps(1).soft()).await?, None);
    Ok(said())
}

/// C065, C181
pub fn a_refused_switch_leaves_the_interrupt_to_the_next_one<B: Backend>() {
    let expected = ["trapped 0", "trapped 1", "trapped done"].map(String::from);
    assert_eq!(B::run(watch_refused()), Ok(expected.to_vec()));
}

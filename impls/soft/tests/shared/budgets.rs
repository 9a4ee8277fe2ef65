//! Hard budgets: which tasklet is stopped, and when.

use switchback::{Backend, Budget, Channel, Control, Error, Kind, Preference, tasklet};

use super::{busy, lines, said, say};

#[tasklet]
async fn stop_and_go_on<B: Backend>() -> Result<(), Error> {
    let t: B::Handle = B::spawn(busy("t".to_string(), 6));
    let other: B::Handle = B::spawn(busy("other".to_string(), 1));
    let stopped = B::run_for(Budget::steps(3)).await?;
    assert_eq!(stopped, Some(t.clone()));
    assert!(t.status()?.paused());
    assert_eq!(B::run_queue()?, [B::main()?, other.clone()]);
    assert_eq!(said(), lines("t", 0..4));
    t.insert()?;
    B::run_others().await?;
    assert!(!t.status()?.alive);
    Ok(())
}

/// C061
pub fn a_tasklet_over_its_budget_is_returned_paused_and_goes_on_where_it_was<B: Backend>() {
    assert_eq!(B::run(stop_and_go_on()), Ok(()));
    assert_eq!(said(), ["other 0", "other done", "t 4", "t 5", "t done"]);
}

#[tasklet]
async fn lonely_yields<B: Backend>() -> Result<(), Error> {
    for n in 0u32..9 {
        say(format!("yield {n}"));
        B::schedule().await?;
    }
    Ok(())
}

#[tasklet]
async fn watch_yields<B: Backend>() -> Result<bool, Error> {
    B::spawn(lonely_yields());
    Ok(B::run_for(Budget::steps(2)).await?.is_some())
}

/// C061: without another tasklet a schedule does not switch.
pub fn an_operation_that_does_not_switch_is_a_step<B: Backend>() {
    assert_eq!(B::run(watch_yields()), Ok(true));
    assert_eq!(said(), lines("yield", 0..3));
}

#[tasklet]
async fn enough<B: Backend>(budget: Budget) -> Result<bool, Error> {
    let t: B::Handle = B::spawn(busy("t".to_string(), 3));
    let first = B::run_for(budget).await?;
    assert!(first.is_none() && !t.status()?.alive);
    let alone = B::run_for(Budget::steps(0)).await?;
    Ok(alone.is_some())
}

/// C062: three checkpoints; with the end as a fourth step, which gives control to the caller.
pub fn a_run_queue_that_empties_in_time_gives_nobody<B: Backend>() {
    for budget in [Budget::steps(3), Budget::steps(3).total(), Budget::steps(4).total()] {
        assert_eq!(B::run(enough(budget)), Ok(false));
        assert_eq!(said().len(), 4);
    }
}

#[tasklet]
async fn refused_then_free<B: Backend>() -> Result<bool, Error> {
    let t: B::Handle = B::spawn(busy("t".to_string(), 3));
    B::switch_trap(1)?;
    let refused = B::run_for(Budget::steps(0)).await;
    assert!(refused.is_err_and(|e| e.kind() == Kind::SwitchTrap));
    B::switch_trap(-1)?;
    B::run_others().await?;
    Ok(t.status()?.alive)
}

/// C181
pub fn a_refused_run_leaves_no_budget_behind<B: Backend>() {
    assert_eq!(B::run(refused_then_free()), Ok(false));
    assert_eq!(said().len(), 4);
}

#[tasklet]
async fn polite<B: Backend>(name: String) -> Result<(), Error> {
    for _ in 0u32..4 {
        busy(name.clone(), 2).await?;
        B::schedule().await?;
    }
    Ok(())
}

#[tasklet]
async fn two_polite<B: Backend>(budget: Budget) -> Result<u32, Error> {
    B::spawn(polite("a".to_string()));
    B::spawn(polite("b".to_string()));
    let mut stops: u32 = 0;
    while let Some(t) = B::run_for(budget).await? {
        stops += 1;
        t.insert()?;
    }
    Ok(stops)
}

/// C063: no part between two switches takes more than three steps, all together take 26.
pub fn a_budget_starts_again_at_every_switch<B: Backend>() {
    assert_eq!(B::run(two_polite(Budget::steps(3))), Ok(0));
    assert_eq!(said().len(), 24);
    assert!(B::run(two_polite(Budget::steps(1))).is_ok_and(|stops| stops > 0));
    said();
}

/// C064: runs of 11, 11 and 4 steps.
pub fn a_total_budget_does_not_start_again<B: Backend>() {
    assert_eq!(B::run(two_polite(Budget::steps(10).total())), Ok(2));
    assert_eq!(said().len(), 24);
}

#[tasklet]
async fn many_short<B: Backend>() -> Result<u32, Error> {
    for _ in 0u32..9 {
        B::spawn(busy("short".to_string(), 0));
    }
    let stopped = B::run_for(Budget::steps(4).total()).await?;
    assert!(stopped.is_some_and(|t| t.status().is_ok_and(|s| s.paused())));
    Ok(said().len() as u32)
}

/// C064: the fifth end is one too many; the sixth tasklet is stopped before it begins.
pub fn the_ends_of_short_tasklets_use_up_a_total_budget<B: Backend>() {
    assert_eq!(B::run(many_short()), Ok(5));
}

#[tasklet]
async fn inner_run<B: Backend>() -> Result<(), Error> {
    B::spawn(busy("t".to_string(), 9));
    let stopped = B::run_for(Budget::steps(1)).await?;
    say(format!("inner stopped anybody: {}", stopped.is_some()));
    Ok(())
}

#[tasklet]
async fn outer_run<B: Backend>() -> Result<(), Error> {
    let inner: B::Handle = B::spawn(inner_run());
    let stopped = B::run_for(Budget::steps(4)).await?;
    assert!(stopped.is_some_and(|t| t != inner));
    assert_eq!(said(), lines("t", 0..5));
    assert_eq!(B::run_queue()?, [B::main()?, inner.clone()]);
    B::run_others().await
}

/// C068
pub fn only_the_outermost_budget_counts_and_its_caller_goes_on<B: Backend>() {
    assert_eq!(B::run(outer_run()), Ok(()));
    assert_eq!(said(), ["inner stopped anybody: false"]);
}

#[tasklet]
async fn guard_of_main<B: Backend>() -> Result<(), Error> {
    let stopped = B::run_for(Budget::steps(2)).await?;
    assert_eq!(stopped, Some(B::main()?));
    say("main is stopped");
    B::main()?.insert()
}

#[tasklet]
async fn watched_main<B: Backend>() -> Result<(), Error> {
    B::spawn(guard_of_main());
    B::schedule().await?;
    busy("main".to_string(), 4).await
}

/// C069
pub fn the_caller_may_be_a_worker_and_the_interrupted_one_main<B: Backend>() {
    assert_eq!(B::run(watched_main()), Ok(()));
    let expected = ["main 0", "main 1", "main 2", "main is stopped", "main 3", "main done"];
    assert_eq!(said(), expected);
}

#[tasklet]
async fn fails<B: Backend>() -> Result<(), Error> {
    B::checkpoint().await?;
    Err(Kind::User.into())
}

#[tasklet]
async fn watch_failure<B: Backend>() -> Result<(), Error> {
    B::spawn(fails());
    let other: B::Handle = B::spawn(busy("other".to_string(), 1));
    let failed = B::run_for(Budget::steps(5)).await;
    assert!(failed.is_err_and(|e| e.kind() == Kind::User));
    assert_eq!(B::run_queue()?, [B::main()?, other.clone()]);
    assert_eq!(B::run_for(Budget::steps(0)).await?, Some(other));
    Ok(())
}

/// C070: and the budget of the failed run is disarmed, so that the next one counts.
pub fn an_error_ends_the_run_and_leaves_the_others_alone<B: Backend>() {
    assert_eq!(B::run(watch_failure()), Ok(()));
    assert_eq!(said(), ["other 0"]);
}

#[tasklet]
async fn complains_to_main<B: Backend>() -> Result<(), Error> {
    B::main()?.throw_pending(Kind::User.into())?;
    busy("t".to_string(), 1).await
}

#[tasklet]
async fn watch_complaint<B: Backend>() -> Result<(), Error> {
    let t: B::Handle = B::spawn(complains_to_main());
    let failed = B::run_for(Budget::steps(0)).await;
    assert!(failed.is_err_and(|e| e.kind() == Kind::User));
    assert!(t.status()?.scheduled);
    B::run_others().await
}

/// C061, C070: an error has no room for the interrupted tasklet, which stays in the run queue.
pub fn an_error_for_the_caller_comes_before_an_interrupt<B: Backend>() {
    assert_eq!(B::run(watch_complaint()), Ok(()));
    assert_eq!(said(), ["t 0", "t done"]);
}

#[tasklet]
async fn produce<B: Backend>(ch: B::Channel<u32>) -> Result<(), Error> {
    for n in 0u32..12 {
        ch.send(n).await?;
    }
    Ok(())
}

#[tasklet]
async fn consume<B: Backend>(ch: B::Channel<u32>) -> Result<(), Error> {
    for _ in 0u32..12 {
        let n = ch.receive().await?;
        say(format!("n {n}"));
    }
    Ok(())
}

#[tasklet]
async fn interrupt_always<B: Backend>(
    preference: i32,
    consumer_first: bool,
    budget: Budget,
) -> Result<u32, Error> {
    let ch: B::Channel<u32> = B::channel();
    ch.set_preference(match preference {
        -1 => Preference::Receiver,
        0 => Preference::Caller,
        _ => Preference::Sender,
    })?;
    if consumer_first {
        B::spawn(consume(ch.clone()));
        B::spawn(produce(ch));
    } else {
        B::spawn(produce(ch.clone()));
        B::spawn(consume(ch));
    }
    let mut stops: u32 = 0;
    while let Some(t) = B::run_for(budget).await? {
        stops += 1;
        t.insert()?;
    }
    Ok(stops)
}

/// C071
pub fn no_message_is_lost_however_often_both_ends_are_interrupted<B: Backend>() {
    for preference in [-1, 0, 1] {
        for consumer_first in [true, false] {
            for steps in 0..4 {
                let budget = Budget::steps(steps).total();
                let stops = B::run(interrupt_always(preference, consumer_first, budget));
                assert!(stops.is_ok_and(|stops| stops >= 3), "{preference} {steps}");
                assert_eq!(said(), lines("n", 0..12), "{preference} {steps}");
            }
        }
    }
}

#[tasklet]
async fn trapped<B: Backend>() -> Result<(), Error> {
    B::switch_trap(1)?;
    busy("trapped".to_string(), 9).await?;
    B::switch_trap(-1)?;
    busy("free".to_string(), 9).await
}

#[tasklet]
async fn watch_trapped<B: Backend>() -> Result<bool, Error> {
    B::spawn(trapped());
    Ok(B::run_for(Budget::steps(3)).await?.is_some())
}

/// C180: no tasklet is switched away under the trap; the budget starts again instead.
pub fn a_trap_puts_an_interrupt_off<B: Backend>() {
    assert_eq!(B::run(watch_trapped()), Ok(true));
    let mut expected = lines("trapped", 0..9);
    expected.push("trapped done".to_string());
    expected.extend(lines("free", 0..3));
    assert_eq!(said(), expected);
}

#[tasklet]
async fn catches<B: Backend>(yields: bool) -> Result<(), Error> {
    let thrown: Result<(), Error> =
        if yields { B::schedule().await } else { B::checkpoint().await };
    say(format!("thrown: {}", thrown.is_err_and(|e| e.kind() == Kind::User)));
    Ok(())
}

#[tasklet]
async fn throws_at<B: Backend>(victim: B::Handle) -> Result<(), Error> {
    victim.throw(Kind::User.into()).await?;
    Ok(())
}

#[tasklet]
async fn throw_over_budget<B: Backend>() -> Result<(), Error> {
    let victim: B::Handle = B::spawn(catches(true));
    B::schedule().await?;
    victim.remove()?;
    B::spawn(throws_at(victim.clone()));
    let stopped = B::run_for(Budget::steps(0).total()).await?;
    assert!(stopped.is_some_and(|t| t != victim));
    Ok(())
}

/// C061: a tasklet that is to raise an error does that first; the end of the victim is the next
/// step.
pub fn an_error_on_its_way_is_raised_before_an_interrupt<B: Backend>() {
    assert_eq!(B::run(throw_over_budget()), Ok(()));
    assert_eq!(said(), ["thrown: true"]);
}

#[tasklet]
async fn throw_at_stopped<B: Backend>() -> Result<(), Error> {
    B::spawn(catches(false));
    if let Some(t) = B::run_for(Budget::steps(0)).await? {
        let t: B::Handle = t;
        t.throw(Kind::User.into()).await?;
    }
    Ok(())
}

/// C061, C140
pub fn what_is_thrown_at_an_interrupted_tasklet_arrives_at_its_checkpoint<B: Backend>() {
    assert_eq!(B::run(throw_at_stopped()), Ok(()));
    assert_eq!(said(), ["thrown: true"]);
}

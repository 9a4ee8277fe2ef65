//! What these backends promise beside the cases of the conformance suite, on all of them.

mod support;

use support::{Finished, finished, on_every_backend};
use switchback::{Backend, Capabilities, Channel, Control, Error, Iteration, Kind, tasklet};

/// Sends a value when it is told to end, and before that nothing.
#[tasklet]
async fn victim<B: Backend>(never: B::Channel<u64>, finished: Finished) -> Result<(), Error> {
    let outcome = never.receive().await;
    finished.done(outcome.as_ref().err().map_or(u64::MAX, |e| u64::from(e.is_exit())));
    outcome.map(drop)
}

#[tasklet]
async fn kills_a_waiter<B: Backend>(finished: Finished) -> Result<(i64, bool), Error> {
    let never = B::channel::<u64>();
    let handle: B::Handle = B::spawn(victim(never.clone(), finished));
    B::run_others().await?;
    handle.kill().await?;
    // No end of a tasklet, and no news for the one that has ended.
    handle.kill().await?;
    B::run_others().await?;
    handle.kill().await?;
    Ok((never.balance()?, handle.status()?.alive))
}

on_every_backend!(a_killed_waiter_is_in_no_queue_and_ends_once, B => {
    let (state, seen) = finished();
    assert_eq!(B::run(kills_a_waiter(state)), Ok((0, false)));
    assert_eq!(seen(), [1]);
});

#[tasklet]
async fn offers<B: Backend>(to: B::Channel<u64>, value: u64) -> Result<(), Error> {
    to.send(value).await
}

/// Fills the channel, so that the next sender waits.
#[tasklet]
async fn fill<B: Backend>(channel: B::Channel<u64>) -> Result<(), Error> {
    let room: u32 = B::CAPABILITIES.buffer;
    for _ in 0..room {
        channel.send(1).await?;
    }
    Ok(())
}

#[tasklet]
async fn kills_a_sender<B: Backend>() -> Result<Vec<u64>, Error> {
    let channel = B::channel::<u64>();
    fill(channel.clone()).await?;
    let handle: B::Handle = B::spawn(offers(channel.clone(), 2));
    B::spawn(offers(channel.clone(), 3));
    B::run_others().await?;
    handle.kill().await?;
    B::run_others().await?;
    channel.close()?;
    let mut got: Vec<u64> = Vec::new();
    while let Some(value) = channel.next().await.item()? {
        got.push(value);
    }
    Ok(got)
}

on_every_backend!(the_value_of_a_killed_sender_reaches_nobody, B => {
    let mut expected = vec![1; B::CAPABILITIES.buffer as usize];
    expected.push(3);
    assert_eq!(B::run(kills_a_sender()), Ok(expected));
});

#[tasklet]
async fn throws<B: Backend>() -> Result<(String, i64), Error> {
    let full = B::channel::<u64>();
    fill(full.clone()).await?;
    let handle: B::Handle = B::spawn(offers(full.clone(), 2));
    B::spawn(offers(full.clone(), 3));
    B::run_others().await?;
    handle.throw(Error::new("E7", "")).await?;
    let raised: String = B::run_others().await.err().map_or("none".into(), |e| e.name().to_owned());
    B::run_others().await?;
    let late = handle.throw(Error::new("E8", "")).await.err().map(|error| error.kind());
    if late != Some(Kind::ThrowDead) {
        return Err(Error::new("thrown at the dead", format!("{late:?}")));
    }
    Ok((raised, full.balance()?))
}

on_every_backend!(a_thrown_error_is_raised_in_its_target_once_and_then_in_main, B => {
    assert_eq!(B::run(throws()), Ok(("E7".to_owned(), 1)));
});

#[tasklet]
async fn overfills<B: Backend>() -> Result<(), Error> {
    let channel = B::channel::<u64>();
    fill(channel.clone()).await?;
    if channel.balance()? != 0 {
        return Err(Error::new("nobody waits", ""));
    }
    channel.send(0).await
}

on_every_backend!(a_sender_that_finds_no_room_and_nobody_else_is_a_deadlock, B => {
    assert_eq!(B::run(overfills()).unwrap_err().kind(), Kind::Deadlock);
});

/// Waits without ever blocking: for a tasklet that may not have started yet.
#[tasklet]
async fn spins<B: Backend>(tasklets: u64) -> Result<u64, Error> {
    let channel = B::channel::<u64>();
    let mut turns = 0u64;
    for number in 0..tasklets {
        B::spawn(offers(channel.clone(), number));
        let mut waiting: i64 = channel.balance()?;
        while waiting <= i64::try_from(number).unwrap_or(0) {
            B::schedule().await?;
            turns += 1;
            waiting = channel.balance()?;
        }
    }
    Ok(turns)
}

on_every_backend!(a_tasklet_that_only_schedules_lets_the_just_spawned_start, B => {
    if B::CAPABILITIES.buffer == 0 {
        assert!(B::run(spins(20)).is_ok_and(|turns| turns > 0));
    }
});

#[tasklet]
async fn queues_up<B: Backend>(tasklets: u64) -> Result<Vec<u64>, Error> {
    let channel = B::channel::<u64>();
    for number in 0..tasklets {
        B::spawn(offers(channel.clone(), number));
        B::run_others().await?;
    }
    let mut order: Vec<u64> = Vec::new();
    for _ in 0..tasklets {
        order.push(channel.receive().await?);
    }
    Ok(order)
}

on_every_backend!(the_first_to_wait_is_the_first_to_be_met_where_that_is_claimed, B => {
    if B::CAPABILITIES.fifo {
        assert_eq!(B::run(queues_up(10)), Ok((0..10).collect()));
    }
});

#[tasklet]
async fn looks<B: Backend>(main: B::Handle, gate: B::Channel<u64>) -> Result<(), Error> {
    let (here, above) = (B::current()?, B::main()?);
    let found = [
        here.status()?.current && !here.status()?.main,
        above == main && above != here,
        above.status()?.main && !above.status()?.current && above.status()?.alive,
    ];
    let number = found.iter().fold(0, |sum, holds| sum * 10 + u64::from(*holds));
    gate.send(number).await
}

#[tasklet]
async fn is_looked_at<B: Backend>() -> Result<(u64, bool, bool), Error> {
    let gate = B::channel::<u64>();
    fill(gate.clone()).await?;
    let handle: B::Handle = B::spawn(looks(B::current()?, gate.clone()));
    B::run_others().await?;
    let blocked: bool = handle.status()?.blocked;
    let values: u32 = B::CAPABILITIES.buffer;
    for _ in 0..values {
        gate.receive().await?;
    }
    let number = gate.receive().await?;
    B::run_others().await?;
    Ok((number, blocked, handle.status()?.alive))
}

on_every_backend!(tasklets_know_who_they_are_and_who_waits, B => {
    assert_eq!(B::run(is_looked_at()), Ok((111, true, false)));
});

#[tasklet]
async fn inner<B: Backend>() -> Result<u64, Error> {
    let channel = B::channel::<u64>();
    B::spawn(offers(channel.clone(), 4));
    channel.receive().await
}

#[tasklet]
async fn outer<B: Backend>(to: B::Channel<u64>) -> Result<(), Error> {
    let found = B::run(inner::<B>());
    to.send(found?).await
}

#[tasklet]
async fn outermost<B: Backend>() -> Result<u64, Error> {
    let channel = B::channel::<u64>();
    B::spawn(outer(channel.clone()));
    channel.receive().await
}

on_every_backend!(a_run_inside_a_tasklet_is_a_world_of_its_own, B => {
    assert_eq!(B::run(outermost()), Ok(4));
});

on_every_backend!(runs_on_several_threads_do_not_meet, B => {
    let runs: Vec<_> =
        (0..4).map(|_| std::thread::spawn(|| (0..25).map(|_| B::run(outermost())).collect())).collect();
    for run in runs {
        let values: Result<Vec<u64>, Error> = run.join().expect("no panic");
        assert_eq!(values, Ok(vec![4; 25]));
    }
});

#[tasklet]
async fn panics<B: Backend>(word: String) -> Result<(), Error> {
    B::schedule().await?;
    panic!("lost the {word}")
}

#[tasklet]
async fn hears_a_panic<B: Backend>() -> Result<Error, Error> {
    B::spawn(panics("map".to_owned()));
    let outcome = B::run_others().await;
    outcome.err().ok_or_else(|| Error::new("no panic", ""))
}

on_every_backend!(a_panic_is_an_error_of_its_tasklet, B => {
    let error = B::run(hears_a_panic()).expect("main goes on");
    assert_eq!((error.kind(), error.detail()), (Kind::Panicked, "rules::panics: lost the map"));
    let main = B::run(panics("compass".to_owned())).unwrap_err();
    assert_eq!((main.kind(), main.detail()), (Kind::Panicked, "rules::panics: lost the compass"));
});

#[tasklet]
async fn leaves_them_waiting<B: Backend>(tasklets: u64, finished: Finished) -> Result<(), Error> {
    let never = B::channel::<u64>();
    for _ in 0..tasklets {
        B::spawn(victim(never.clone(), finished.clone()));
    }
    B::run_others().await
}

on_every_backend!(who_still_waits_when_main_returns_ends_with_the_exit, B => {
    let (state, seen) = finished();
    assert_eq!(B::run(leaves_them_waiting(50u64, state)), Ok(()));
    assert_eq!(seen(), [1; 50]);
});

on_every_backend!(handles_and_channels_are_in_no_pickle, B => {
    let channel = B::channel::<u64>();
    let error = switchback::pickle::Writer::default().leaf(&channel).unwrap_err();
    assert_eq!(error.kind(), Kind::NotPicklable);
    let handle = B::spawn(offers(channel, 1));
    let error = switchback::pickle::Writer::default().leaf(&handle).unwrap_err();
    assert_eq!(error.kind(), Kind::NotPicklable);
    assert_eq!(handle.status().map(|status| status.alive), Ok(false));
});

#[test]
fn no_two_backends_have_one_name() {
    let names = support::names();
    let mut sorted: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), names.len());
    assert!(names.iter().all(|(_, capabilities): &(_, Capabilities)| !capabilities.order_exact));
}

//! What channels that hold values do differently.

mod support;

use support::{Body, wait};
use switchback::{Backend, Blocking, Channel, Control, Error, Iteration, Kind, tasklet};
use switchback_threads::{Threads, ThreadsDeque, ThreadsQueue1, ThreadsQueue1000};

/// Main sends as long as it finds room, and then asks what became of it.
#[tasklet]
async fn alone<B: Backend>(values: u64) -> Result<Vec<u64>, Error> {
    let channel = B::channel::<u64>();
    for value in 0..values {
        channel.send(value).await?;
    }
    channel.close()?;
    let refused = channel.send(values).await.err().map(|error| error.kind());
    if refused != Some(Kind::Closed) {
        return Err(Error::new("sent on a closing channel", format!("{refused:?}")));
    }
    let mut found: Vec<u64> = Vec::new();
    while let Some(value) = channel.next().await.item()? {
        found.push(value);
    }
    Ok(found)
}

#[test]
fn what_lies_in_a_closing_channel_can_be_received() {
    assert_eq!(ThreadsQueue1::run(alone(1)), Ok(vec![0]));
    assert_eq!(ThreadsQueue1000::run(alone(1_000)), Ok((0..1_000).collect()));
    assert_eq!(ThreadsDeque::run(alone(1_000)), Ok((0..1_000).collect()));
}

#[test]
fn without_room_the_only_sender_is_a_deadlock() {
    let kinds = [
        Threads::run(alone(1)).unwrap_err().kind(),
        ThreadsQueue1::run(alone(2)).unwrap_err().kind(),
        ThreadsQueue1000::run(alone(1_001)).unwrap_err().kind(),
        ThreadsDeque::run(alone(1_001)).unwrap_err().kind(),
    ];
    assert_eq!(kinds, [Kind::Deadlock; 4]);
}

#[tasklet]
async fn source<B: Backend>(
    channel: B::Channel<(u64, u64)>,
    own: u64,
    each: u64,
) -> Result<(), Error> {
    for number in 0..each {
        channel.send((own, number)).await?;
    }
    Ok(())
}

#[tasklet]
async fn sink<B: Backend>(
    channel: B::Channel<(u64, u64)>,
    to: B::Channel<Vec<(u64, u64)>>,
) -> Result<(), Error> {
    let mut found: Vec<(u64, u64)> = Vec::new();
    while let Some(pair) = channel.next().await.item()? {
        found.push(pair);
    }
    to.send(found).await
}

/// Several sources and sinks on one channel; main closes it and collects what the sinks got.
#[tasklet]
async fn market<B: Backend>(sides: u64, each: u64) -> Result<Vec<Vec<(u64, u64)>>, Error> {
    let (channel, results) = (B::channel::<(u64, u64)>(), B::channel::<Vec<(u64, u64)>>());
    for own in 0..sides {
        B::spawn(source(channel.clone(), own, each));
        B::spawn(sink(channel.clone(), results.clone()));
    }
    B::run_others().await?;
    // Everything was sent and received: the sinks wait, and each is told by one value.
    channel.close()?;
    for _ in 0..sides {
        channel.send_error(Kind::StopIteration.into()).await?;
    }
    let mut all: Vec<Vec<(u64, u64)>> = Vec::new();
    for _ in 0..sides {
        all.push(results.receive().await?);
    }
    Ok(all)
}

fn nothing_is_lost<B: Blocking>() {
    let all = B::run(market(4, 300)).expect("everybody is told");
    for found in &all {
        for own in 0..4 {
            let mine: Vec<u64> = found.iter().filter(|(o, _)| *o == own).map(|(_, n)| *n).collect();
            assert!(mine.is_sorted(), "{}: {mine:?}", B::NAME);
        }
    }
    let mut sum: Vec<(u64, u64)> = all.concat();
    sum.sort_unstable();
    let sent: Vec<_> = (0..4).flat_map(|own| (0..300).map(move |number| (own, number))).collect();
    assert_eq!(sum, sent, "{}", B::NAME);
}

#[test]
fn many_to_many_loses_nothing_and_keeps_each_senders_order() {
    nothing_is_lost::<Threads>();
    nothing_is_lost::<ThreadsQueue1>();
    nothing_is_lost::<ThreadsQueue1000>();
    nothing_is_lost::<ThreadsDeque>();
}

#[tasklet]
async fn drain<B: Backend>(channel: B::Channel<u64>) -> Result<(), Error> {
    loop {
        channel.receive().await?;
    }
}

#[tasklet]
async fn killed_while_busy<B: Backend>(rounds: u64) -> Result<(), Error> {
    for _ in 0..rounds {
        let channel = B::channel::<u64>();
        let one: B::Handle = B::spawn(drain(channel.clone()));
        let other: B::Handle = B::spawn(drain(channel.clone()));
        for value in 0..20u64 {
            channel.send(value).await?;
        }
        one.kill().await?;
        for value in 0..20u64 {
            channel.send(value).await?;
        }
        other.kill().await?;
        B::run_others().await?;
    }
    Ok(())
}

#[test]
fn a_receiver_killed_in_the_middle_of_a_stream_takes_no_value_along() {
    assert_eq!(Threads::run(killed_while_busy(50)), Ok(()));
    assert_eq!(ThreadsQueue1::run(killed_while_busy(50)), Ok(()));
    assert_eq!(ThreadsQueue1000::run(killed_while_busy(50)), Ok(()));
    assert_eq!(ThreadsDeque::run(killed_while_busy(50)), Ok(()));
}

#[test]
fn a_thread_that_never_waits_is_killed_at_its_next_operation() {
    let kind = Threads::run(Body(|| {
        let gate: switchback_threads::Channel<u8> = Threads::channel();
        let far = gate.clone();
        let busy = Threads::spawn(Body(move || {
            wait(far.send(1))?;
            while wait(Threads::schedule()).is_ok() {}
            Ok(())
        }));
        wait(gate.receive())?;
        wait(busy.kill())?;
        wait(Threads::run_others())?;
        Ok(busy.is_alive())
    }));
    assert_eq!(kind, Ok(false));
}

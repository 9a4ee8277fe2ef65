//! Deadlocks and uncaught errors: C080 to C089.

use switchback::{Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::refusals;
use super::row::{adapt, statements, yes};
use super::tools::{Log, failer, hold, once, refused, same};
use crate::group;
use crate::needs::Need;

statements! {
    group::DEADLOCKS {
        yes("C080", "main blocking as the only runnable tasklet gets the deadlock error.")
            .needing(&[Need::Deadlock]) => [tasklet c080()];
        yes("C081", "main waiting to receive is told when the last other tasklet ends.")
            .needing(&[Need::Deadlock]) => [tasklet c081()];
        yes("C082", "main waiting to send is told when the last other tasklet ends.")
            .needing(&[Need::Deadlock]) => [tasklet c082()];
        yes("C083", "An uncaught error takes a blocked main off its channel and is raised there.")
            .needing(&[Need::Deadlock]) => [tasklet c083()];
        yes("C084", "A worker blocking as the last runnable gets the deadlock error itself.")
            .needing(&[Need::Deadlock]) => [tasklet c084()];
        yes("C085", "An uncaught error is delivered before the other runnable tasklets run.")
            .pinned_by(&["r11"]) => [tasklet c057()];
        yes("C086", "An uncaught error is raised from whatever call its receiver is in.")
            => [tasklet c086()];
        adapt("C087", "A deadlock error does not lose the value of a blocked sender.")
            .needing(&[Need::Deadlock]) => [tasklet refusals::deadlocked_worker()];
        adapt("C088", "An error offered on a channel does not also surface from run.");
        yes("C089", "After a failed attempt to block, queue and balance are as before.")
            .pinned_by(&["d05"])
            .needing(&[Need::Deadlock]) => [tasklet c089()];
    }
}

/// An uncaught error: to the run() at once, the others as they were (C057, C070, C085).
#[tasklet]
pub(super) async fn c057<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let paused: B::Handle = B::spawn_paused(once(log, 'p'))?;
    B::spawn(failer(log, 'a', "E1".to_owned()));
    let after: B::Handle = B::spawn(once(log, 'b'));
    let result: Result<(), Error> = B::run_others().await;
    same("the error", result.err().map(|e| e.name().to_owned()), Some("E1".to_owned()))?;
    same("who ran before it", log.take(), "a".to_owned())?;
    hold("the paused one", paused.status()?.paused())?;
    hold("the runnable one", after.status()?.scheduled)?;
    B::run_others().await?;
    same("who ran then", log.take(), "b".to_owned())
}

#[tasklet]
pub(super) async fn c080<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let receive: Result<u64, Error> = channel.receive().await;
    refused("receive", receive, Kind::Deadlock)?;
    let send: Result<(), Error> = channel.send(1).await;
    refused("send", send, Kind::Deadlock)
}

#[tasklet]
pub(super) async fn c081<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(once(Log::new(), 'a'));
    let receive: Result<u64, Error> = channel.receive().await;
    refused("receive", receive, Kind::MainReceiving)?;
    same("the balance", channel.balance()?, 0)
}

#[tasklet]
pub(super) async fn c082<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(once(Log::new(), 'a'));
    let send: Result<(), Error> = channel.send(1).await;
    refused("send", send, Kind::MainSending)?;
    same("the balance", channel.balance()?, 0)
}

#[tasklet]
pub(super) async fn c083<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(failer(log, 'a', "E1".to_owned()));
    B::spawn(once(log, 'b'));
    let receive: Result<u64, Error> = channel.receive().await;
    same("the error", receive.err().map(|e| e.name().to_owned()), Some("E1".to_owned()))?;
    same("who ran before it", log.take(), "a".to_owned())?;
    same("the balance", channel.balance()?, 0)
}

#[tasklet]
async fn blocks_last<B: Backend>(log: Log, meet: B::Channel<u64>) -> Result<(), Error> {
    let other: B::Channel<u64> = B::channel();
    let result: Result<u64, Error> = other.receive().await;
    log.write(if result.is_err_and(|e| e.kind() == Kind::Deadlock) { 'd' } else { '!' });
    meet.send(3).await
}

/// A worker that blocks last is told and may go on (C084, C089).
#[tasklet]
pub(super) async fn c084<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let meet: B::Channel<u64> = B::channel();
    B::spawn(blocks_last(log, meet.clone()));
    let value: u64 = meet.receive().await?;
    same("the value", value, 3)?;
    same("the worker", log.take(), "d".to_owned())
}

#[tasklet]
pub(super) async fn c086<B: Backend>() -> Result<(), Error> {
    B::spawn(failer(Log::new(), 'a', "E1".to_owned()));
    let schedule: Result<(), Error> = B::schedule().await;
    same("from schedule", schedule.err().map(|e| e.name().to_owned()), Some("E1".to_owned()))?;
    let worker: B::Handle = B::spawn_paused(failer(Log::new(), 'b', "E2".to_owned()))?;
    let run: Result<Value<B>, Error> = worker.run().await;
    same("from run", run.err().map(|e| e.name().to_owned()), Some("E2".to_owned()))
}

#[tasklet]
pub(super) async fn c089<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let receive: Result<u64, Error> = channel.receive().await;
    refused("receive", receive, Kind::Deadlock)?;
    same("the balance", channel.balance()?, 0)?;
    hold("nobody waits", channel.waiting()?.is_empty())?;
    same("the ring", B::run_queue()?, vec![B::main()?])
}

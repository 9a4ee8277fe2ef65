//! Direct checks of run(), deadlocks, errors, throw and kill: C050 to C089, C140 to C152.

use switchback::{Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::tools::{Log, failer, giver, hold, once, pauser, refused, rounds, same, taker};

/// run() without and with others (C050, C051, C053).
#[tasklet]
pub(super) async fn c050<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::run_others().await?;
    B::spawn(rounds(log, 'a', 2));
    B::spawn(rounds(log, 'b', 1));
    B::run_others().await?;
    same("who ran", log.take(), "aba".to_owned())?;
    same("the ring", B::run_queue()?, vec![B::main()?])
}

#[tasklet]
pub(super) async fn c052<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let blocked: B::Handle = B::spawn(taker(Log::new(), 'a', channel));
    let paused: B::Handle = B::spawn(pauser(Log::new(), 'b'));
    B::run_others().await?;
    hold("still blocked", blocked.status()?.blocked)?;
    hold("still paused", paused.status()?.paused())
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

/// Catches what is raised where it pauses, and writes whether that was `E1`.
#[tasklet]
async fn catcher<B: Backend>(log: Log) -> Result<(), Error> {
    let result: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    log.write(if result.is_err_and(|e| e.name() == "E1") { 'e' } else { '!' });
    B::schedule().await?;
    log.write('z');
    Ok(())
}

/// throw raises now, with the target just before its caller (C140, C148).
#[tasklet]
pub(super) async fn c140<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let target: B::Handle = B::spawn(catcher(log));
    B::schedule().await?;
    let other: B::Handle = B::spawn(once(log, 'b'));
    target.throw(Error::new("E1", "")).await?;
    same("who ran before its caller", log.take(), "e".to_owned())?;
    same("the ring", B::run_queue()?, vec![B::main()?, other, target])?;
    let target: B::Handle = B::spawn_paused(catcher(log))?;
    target.run().await?;
    target.raise("E1", "").await?;
    same("an error made on the way (C148)", log.take(), "e".to_owned())
}

#[tasklet]
pub(super) async fn c141<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let target: B::Handle = B::spawn(catcher(log));
    B::schedule().await?;
    target.throw_pending(Error::new("E2", ""))?;
    target.throw_pending(Error::new("E1", ""))?;
    same("not raised yet", log.take(), String::new())?;
    B::schedule().await?;
    same("the last one counts", log.take(), "e".to_owned())
}

#[tasklet]
pub(super) async fn c142<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let killed: B::Handle = B::spawn(once(log, 'a'));
    killed.kill().await?;
    let thrown: B::Handle = B::spawn(once(log, 'b'));
    let result: Result<Value<B>, Error> = thrown.throw(Error::new("E1", "")).await;
    same("uncaught", result.err().map(|e| e.name().to_owned()), Some("E1".to_owned()))?;
    hold("both are over", !killed.status()?.alive && !thrown.status()?.alive)?;
    same("no body ran", log.take(), String::new())
}

#[tasklet]
pub(super) async fn c143<B: Backend>() -> Result<(), Error> {
    let dead: B::Handle = B::spawn(once(Log::new(), 'a'));
    B::schedule().await?;
    let throw: Result<Value<B>, Error> = dead.throw(Error::new("E1", "")).await;
    refused("throw", throw, Kind::ThrowDead)?;
    refused("throw, pending", dead.throw_pending(Error::new("E1", "")), Kind::ThrowDead)?;
    dead.kill().await?;
    dead.kill_pending()
}

#[tasklet]
pub(super) async fn c145<B: Backend>() -> Result<(), Error> {
    let me: B::Handle = B::current()?;
    let now: Result<Value<B>, Error> = me.throw(Error::new("E1", "")).await;
    same("throw", now.err().map(|e| e.name().to_owned()), Some("E1".to_owned()))?;
    refused("kill, pending", me.kill_pending(), Kind::Exit)
}

#[tasklet]
pub(super) async fn c146<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let first: B::Handle = B::spawn(pauser(log, 'a'));
    let second: B::Handle = B::spawn(pauser(log, 'b'));
    B::schedule().await?;
    first.kill().await?;
    hold("dead at once", !first.status()?.alive)?;
    second.kill_pending()?;
    hold("alive until it runs", second.status()?.alive)?;
    B::schedule().await?;
    hold("then dead", !second.status()?.alive)?;
    same("both were told", log.take(), "!!".to_owned())
}

#[tasklet]
async fn survivor<B: Backend>(log: Log) -> Result<(), Error> {
    let result: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    log.write(if result.is_err_and(|e| e.is_exit()) { 'x' } else { '!' });
    B::schedule().await?;
    log.write('z');
    Ok(())
}

#[tasklet]
pub(super) async fn c147<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let silent: B::Handle = B::spawn(pauser(log, 'a'));
    let survives: B::Handle = B::spawn(survivor(log));
    B::schedule().await?;
    silent.kill().await?;
    survives.kill().await?;
    hold("the exit was caught", survives.status()?.alive)?;
    B::run_others().await?;
    same("who wrote what", log.take(), "!xz".to_owned())
}

#[tasklet]
pub(super) async fn c149<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let first: B::Handle = B::spawn(once(log, 'a'));
    let target: B::Handle = B::spawn(once(log, 'b'));
    B::spawn(once(log, 'c'));
    target.kill().await?;
    same("its successors run before the killer", log.take(), "c".to_owned())?;
    same("the ring", B::run_queue()?, vec![B::main()?, first])
}

/// Where a pending throw puts its target (C150, C151).
#[tasklet]
pub(super) async fn c150<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let blocked: B::Handle = B::spawn(giver(log, 'a', channel.clone(), 1));
    let paused: B::Handle = B::spawn(pauser(log, 'b'));
    B::schedule().await?;
    let queued: B::Handle = B::spawn(once(log, 'c'));
    let last: B::Handle = B::spawn(once(log, 'd'));
    blocked.kill_pending()?;
    paused.kill_pending()?;
    queued.kill_pending()?;
    same("the balance", channel.balance()?, 0)?;
    let ring: Vec<B::Handle> = vec![B::main()?, queued, last, blocked, paused];
    same("the ring", B::run_queue()?, ring)
}

/// A handler of ordinary errors lets the exit pass: `is_exit` and the kind tell them apart.
#[tasklet]
async fn handles_errors<B: Backend>(log: Log) -> Result<(), Error> {
    loop {
        let result: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
        match result {
            Err(error) if error.kind() == Kind::User => log.write('e'),
            Err(error) => return Err(error),
            Ok(_) => log.write('!'),
        }
    }
}

#[tasklet]
pub(super) async fn c152<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let target: B::Handle = B::spawn(handles_errors(log));
    B::schedule().await?;
    target.throw(Error::new("E1", "")).await?;
    hold("an ordinary error is handled", target.status()?.alive)?;
    target.kill().await?;
    hold("the exit is not", !target.status()?.alive)?;
    same("what was handled", log.take(), "e".to_owned())
}

#[tasklet]
async fn cleans_up<B: Backend>(log: Log) -> Result<(), Error> {
    let result: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    let after: Result<(), Error> = result.map(drop);
    B::schedule().await?;
    log.write('c');
    after
}

/// Cleanup code that suspends while an error is on its way (C240).
#[tasklet]
pub(super) async fn c240<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let target: B::Handle = B::spawn(cleans_up(log));
    B::schedule().await?;
    target.throw(Error::new("E1", "")).await?;
    same("suspended in its cleanup", log.take(), String::new())?;
    let result: Result<(), Error> = B::run_others().await;
    same("the error goes on", result.err().map(|e| e.name().to_owned()), Some("E1".to_owned()))?;
    same("after its cleanup", log.take(), "c".to_owned())
}

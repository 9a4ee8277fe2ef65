//! Errors thrown and kills: C140 to C153.

use switchback::{Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::row::{adapt, no, statements, yes};
use super::tools::{Log, giver, hold, once, pauser, refused, same};
use crate::group;
use crate::needs::Need;

statements! {
    group::ERRORS {
        yes("C140", "throw raises in its target now, placed just before the caller.")
            .needing(&[Need::Throw]) => [tasklet c140()];
        yes("C141", "A pending throw is raised when its target next runs; the last one counts.")
            .pinned_by(&["k04"])
            .needing(&[Need::Throw]) => [tasklet c141()];
        yes("C142", "A throw before the first instruction ends the tasklet without its body.")
            .needing(&[Need::Throw]) => [tasklet c142()];
        yes("C143", "throw at a dead tasklet fails; the exit is ignored there.")
            .pinned_by(&["k07"])
            .needing(&[Need::Throw]) => [tasklet c143()];
        no("C144", "Malformed descriptions of errors are refused.");
        yes("C145", "throw or kill of the current tasklet raises at once, pending or not.")
            .needing(&[Need::Throw]) => [tasklet c145()];
        yes("C146", "kill throws the exit; a pending kill acts when the target next runs.")
            .needing(&[Need::Throw]) => [tasklet c146()];
        yes("C147", "The exit ends a worker silently and may be caught; main gets an error.")
            .needing(&[Need::Throw]) => [tasklet c147()];
        yes("C148", "raise_exception is a throw of a fresh error.")
            .needing(&[Need::Throw]) => [tasklet c140()];
        yes("C149", "throw at a tasklet in the ring jumps to its place.")
            .needing(&[Need::Throw]) => [tasklet c149()];
        yes("C150", "A pending throw takes its target off its channel to the end of the ring.")
            .needing(&[Need::Throw]) => [tasklet c150()];
        yes("C151", "A pending throw does not move a tasklet in the ring.")
            .needing(&[Need::Throw]) => [tasklet c150()];
        adapt("C152", "Handlers of ordinary errors do not catch the exit.")
            .needing(&[Need::Throw]) => [tasklet c152()];
        no("C153", "The error being handled is private to each tasklet.");
    }
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

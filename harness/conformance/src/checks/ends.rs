//! Direct checks of threads, suspended state and what is dropped when: C200, C231, C233, C280
//! to C286.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use switchback::{Backend, Channel, Control, Error, Kind, Message, Value, tasklet};

use super::tools::{Log, giver, hold, once, pauser, refused, same, taker};

#[tasklet]
async fn own_scheduler<B: Backend>() -> Result<(), Error> {
    same("the ring", B::run_queue()?, vec![B::main()?])?;
    same("the trap", B::switch_trap(1)?, 0)
}

#[tasklet]
async fn starts_a_thread<B: Backend>() -> Result<(), Error> {
    let other: B::Handle = B::spawn(once(Log::new(), 'a'));
    B::switch_trap(1)?;
    let thread = std::thread::spawn(|| B::run(own_scheduler()));
    thread.join().map_err(|_| Error::new("check", "the thread panicked"))??;
    same("the trap", B::switch_trap(-1)?, 1)?;
    same("the ring", B::run_queue()?, vec![B::main()?, other])
}

/// Two schedulers on two threads, the second while the first is busy.
pub(super) fn c200<B: Backend>() -> Result<(), Error> {
    B::run(starts_a_thread())
}

#[tasklet]
pub(super) async fn c231<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let paused: B::Handle = B::spawn(pauser(Log::new(), 'a'));
    let blocked: B::Handle = B::spawn(taker(Log::new(), 'b', channel));
    B::schedule().await?;
    let portable = B::CAPABILITIES.portable;
    same("restorable, paused", paused.status()?.restorable, portable)?;
    same("restorable, blocked", blocked.status()?.restorable, portable)
}

#[tasklet]
async fn parks<B: Backend>() -> Result<(), Error> {
    B::run_others().await
}

/// The caller of run is native state, unless its backend can do without; then it really can.
#[tasklet]
pub(super) async fn c232<B: Backend>() -> Result<(), Error> {
    let parked: B::Handle = B::spawn(parks());
    B::schedule().await?;
    hold("it is parked", parked.status()?.paused())?;
    if parked.status()?.restorable {
        return parked.unbind();
    }
    refused("unbind", parked.unbind(), Kind::NativeState)?;
    parked.kill().await?;
    hold("killed", !parked.status()?.alive)
}

/// Lets others run from its innermost call, and again after every return.
#[tasklet]
async fn deep<B: Backend>(log: Log, levels: u32) -> Result<u32, Error> {
    let mut below: u32 = 0;
    if levels > 0 {
        below = deep(log, levels - 1).await?;
    }
    B::schedule().await?;
    Ok(below + 1)
}

#[tasklet]
async fn deep_worker<B: Backend>(log: Log, levels: u32) -> Result<(), Error> {
    let calls: u32 = deep(log, levels).await?;
    log.write(if calls == levels + 1 { '.' } else { '!' });
    Ok(())
}

/// Tasklets meet from calls of different depth, and main from its own.
#[tasklet]
pub(super) async fn c233<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(deep_worker(log, 2));
    B::spawn(deep_worker(log, 40));
    B::spawn(deep_worker(log, 0));
    let own: u32 = deep(log, 20).await?;
    B::run_others().await?;
    same("calls of main", own, 21)?;
    same("calls of the workers", log.take(), "...".to_owned())
}

/// Writes `t` when it is dropped while the scheduler can be asked, else `!`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Token<B: Backend>(Log, PhantomData<fn() -> B>);

impl<B: Backend> Message for Token<B> {}

impl<B: Backend> Drop for Token<B> {
    fn drop(&mut self) {
        self.0.write(if B::run_queue().is_ok() { 't' } else { '!' });
    }
}

#[tasklet]
async fn gives_a_token<B: Backend>(log: Log) -> Result<Token<B>, Error> {
    Ok(Token(log, PhantomData))
}

#[tasklet]
async fn keeps_a_token<B: Backend>(log: Log) -> Result<(), Error> {
    let token: Token<B> = Token(log, PhantomData);
    let resumed: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    log.write('c');
    drop(token);
    resumed.map(drop)
}

/// The result of a finished tasklet runs code when it is dropped.
#[tasklet]
pub(super) async fn c282<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(gives_a_token(log));
    B::schedule().await?;
    hold("it has ended", !worker.status()?.alive)?;
    same("what its result wrote", log.take(), "t".to_owned())
}

/// Ring and channel keep tasklets without handles; a finished one is freed.
#[tasklet]
pub(super) async fn c283<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(giver(log, 's', channel.clone(), 7));
    B::schedule().await?;
    let value: u64 = channel.receive().await?;
    same("a value from nobody known", value, 7)?;
    B::run_others().await?;
    same("the sender went on", log.take(), "s".to_owned())?;
    let worker: B::Handle = B::spawn(keeps_a_token(log));
    B::schedule().await?;
    same("a suspended one keeps its state", log.take(), String::new())?;
    worker.run().await?;
    same("a finished one is freed", log.take(), "ct".to_owned())
}

/// Portable state that is dropped is freed without cleanup code; native state is not dropped.
#[tasklet]
pub(super) async fn c280<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(keeps_a_token(log));
    B::schedule().await?;
    if worker.status()?.restorable {
        worker.unbind()?;
        same("what was dropped", log.take(), "t".to_owned())?;
    } else {
        worker.kill().await?;
        same("what was killed", log.take(), "ct".to_owned())?;
    }
    hold("it is over", !worker.status()?.alive)
}

#[tasklet]
async fn leaves_a_suspended_one<B: Backend>(log: Log) -> Result<(), Error> {
    B::spawn(pauser(log, 'p'));
    B::schedule().await
}

/// Native state that is left over is killed with the scheduler, so its cleanup code runs.
pub(super) fn c281<B: Backend>() -> Result<(), Error> {
    let log = Log::new();
    B::run(leaves_a_suspended_one(log))?;
    let told = log.take();
    if B::CAPABILITIES.portable {
        return hold("portable state may be dropped or killed", told.is_empty() || told == "!");
    }
    same("what it was told", told, "!".to_owned())
}

#[tasklet]
async fn leaves_others<B: Backend>(log: Log) -> Result<(), Error> {
    B::spawn(once(log, 'a'));
    let paused: B::Handle = B::spawn_paused(once(log, 'b'))?;
    hold("paused", paused.status()?.paused())
}

/// The end of main runs no other tasklet.
pub(super) fn c286<B: Backend>() -> Result<(), Error> {
    let log = Log::new();
    B::run(leaves_others(log))?;
    same("who ran", log.take(), String::new())
}

//! What is freed and when, debugging, the interface for C: C280 to C293.

use std::marker::PhantomData;

use serde::{Deserialize, Serialize};
use switchback::{Backend, Channel, Control, Error, Message, Value, tasklet};

use super::row::{adapt, no, statements};
use super::tools::{Log, giver, hold, once, pauser, same};
use crate::group;

statements! {
    group::ENDS {
        adapt(
            "C280",
            "Dropping a suspended soft tasklet frees it; its cleanup code does not run.",
        )
            => [tasklet c280()];
        adapt("C281", "Dropping a suspended native tasklet kills it; its cleanup code runs.")
            => [function c281::<B>];
        adapt("C282", "Results and user data of finished tasklets may run code when dropped.")
            => [tasklet c282()];
        adapt("C283", "Scheduler and channels keep their tasklets; finished ones are freed.")
            => [tasklet c283()];
        adapt("C284", "Dropping a channel releases its waiters.")
            .untried("waiters own their channel (C124), so that it cannot go before them");
        no("C285", "Interpreter exit with suspended tasklets ends the process cleanly.");
        adapt("C286", "The end of main leaves the other tasklets as they are.")
            => [function c286::<B>];
        no("C290", "Trace functions are private to each tasklet.");
        no("C291", "The C evaluation entry accepts foreign frames.");
        no("C292", "Introspection flags of the module exist.");
        no("C293", "Errors raised while a stack is unwound for a switch do not confuse it.");
    }
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

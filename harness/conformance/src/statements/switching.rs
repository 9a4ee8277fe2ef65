//! How tasklets are suspended: C230 to C240.

use switchback::{Backend, Control, Error, Kind, Value, tasklet};

use super::row::{adapt, no, statements, yes};
use super::tools::{Log, hold, pauser, refused, same, taker};
use crate::group;
use crate::needs::Need;

statements! {
    group::SWITCHING {
        yes("C230", "The event order is the same however tasklets are suspended.")
            .pinned_by_all();
        adapt("C231", "A tasklet is restorable if no native frame is below it.")
            => [tasklet c231()];
        adapt("C232", "The caller of run is not restorable meanwhile.") => [tasklet c232()];
        adapt("C233", "Switching works between soft and hard tasklets and from any stack depth.")
            => [tasklet c233()];
        adapt("C234", "Soft switching can be turned off; then all state is native.")
            .untried("the choice of a backend takes its place");
        adapt("C235", "A hand-written frame can suspend, resume and report errors.")
            .untried("a backend of frames only; the frame form is tested where it is defined");
        no("C236", "Every way of calling keeps the nesting level at zero.");
        no("C237", "Failures of a native stack transfer leave the scheduler intact.");
        no("C238", "Native stacks can be inspected.");
        no("C239", "Runaway recursion is an error, not a crash.");
        adapt("C240", "Suspending in cleanup code keeps the control flow around it.")
            .needing(&[Need::Throw]) => [tasklet c240()];
    }
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

//! The switch trap and atomic sections: C180 to C187.

use switchback::{AtomicSection, Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::refusals;
use super::row::{statements, yes};
use super::tools::{Log, hold, once, refused, same, taker};
use crate::group;
use crate::needs::Need;

statements! {
    group::TRAPS {
        yes("C180", "Under the switch trap every operation that would switch fails.")
            => [tasklet c180()];
        yes("C181", "A refused operation leaves everything as it was.")
            .needing(&[Need::Throw, Need::Close, Need::Deadlock]) => [
            tasklet refusals::targets(),
            tasklet refusals::channels(),
            tasklet refusals::trapped(),
            tasklet refusals::queues(),
            tasklet refusals::deadlocks(),
            tasklet refusals::deadlocked_worker(),
            tasklet refusals::paused_main(),
            tasklet refusals::native_state(),
        ];
        yes("C182", "Errors about the target come before the switch trap.")
            .needing(&[Need::Throw]) => [tasklet c182()];
        yes("C183", "Switching to oneself is allowed under the switch trap.")
            .pinned_by(&["t01"]) => [tasklet c183()];
    }
    group::BUDGETS {
        yes("C185", "set_atomic gives the old value.") => [tasklet c185()];
        yes("C186", "The atomic scope restores the value before it.") => [tasklet c186()];
        yes("C187", "Atomic does not affect explicit switches and is not inherited.")
            => [tasklet c187()];
    }
}

#[tasklet]
pub(super) async fn c180<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let other: B::Handle = B::spawn(once(log, 'a'));
    same("the old value", B::switch_trap(2)?, 0)?;
    same("the old value", B::switch_trap(-1)?, 2)?;
    let schedule: Result<(), Error> = B::schedule().await;
    refused("schedule", schedule, Kind::SwitchTrap)?;
    let run: Result<Value<B>, Error> = other.run().await;
    refused("run", run, Kind::SwitchTrap)?;
    let receive: Result<u64, Error> = channel.receive().await;
    refused("receive", receive, Kind::SwitchTrap)?;
    other.remove()?;
    other.insert()?;
    same("the old value", B::switch_trap(-2)?, 1)?;
    let below: Result<(), Error> = B::schedule().await;
    refused("schedule below zero", below, Kind::SwitchTrap)?;
    same("the old value", B::switch_trap(1)?, -1)?;
    B::schedule().await?;
    same("who ran once it was off", log.take(), "a".to_owned())
}

#[tasklet]
pub(super) async fn c182<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let blocked: B::Handle = B::spawn(taker(Log::new(), 'a', channel));
    let dead: B::Handle = B::spawn(once(Log::new(), 'b'));
    B::schedule().await?;
    B::switch_trap(1)?;
    let run: Result<Value<B>, Error> = blocked.run().await;
    refused("run of a blocked tasklet", run, Kind::RunBlocked)?;
    let switch: Result<Value<B>, Error> = dead.switch().await;
    refused("switch to a dead tasklet", switch, Kind::RunDead)?;
    let throw: Result<Value<B>, Error> = dead.throw(Error::new("E1", "")).await;
    refused("throw at a dead tasklet", throw, Kind::ThrowDead)?;
    same("the trap", B::switch_trap(-1)?, 1)
}

#[tasklet]
pub(super) async fn c183<B: Backend>() -> Result<(), Error> {
    B::switch_trap(1)?;
    let me: B::Handle = B::current()?;
    me.run().await?;
    me.switch().await?;
    B::schedule().await?;
    B::run_others().await?;
    same("the trap", B::switch_trap(-1)?, 1)
}

#[tasklet]
pub(super) async fn c185<B: Backend>() -> Result<(), Error> {
    hold("off at first", !B::set_atomic(true)?)?;
    hold("on", B::set_atomic(true)?)?;
    hold("still on", B::set_atomic(false)?)?;
    hold("off", !B::set_atomic(false)?)
}

fn section<B: Backend>(before: bool) -> Result<(), Error> {
    B::set_atomic(before)?;
    let section = AtomicSection::<B>::enter()?;
    hold("atomic inside", B::set_atomic(true)?)?;
    drop(section);
    same("after it", B::set_atomic(before)?, before)
}

#[tasklet]
pub(super) async fn c186<B: Backend>() -> Result<(), Error> {
    section::<B>(false)?;
    section::<B>(true)
}

#[tasklet]
async fn asks<B: Backend>(log: Log) -> Result<(), Error> {
    log.write(if B::set_atomic(false)? { '!' } else { 'f' });
    Ok(())
}

#[tasklet]
pub(super) async fn c187<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::set_atomic(true)?;
    B::spawn(asks(log));
    B::schedule().await?;
    same("who ran, and whether it was atomic", log.take(), "f".to_owned())?;
    hold("the flag is that of its tasklet", B::set_atomic(false)?)
}

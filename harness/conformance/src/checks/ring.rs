//! Direct checks of the ring: C020 to C046.

use switchback::{Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::tools::{Log, giver, hold, once, pauser, refused, rounds, same, shown, taker};

#[tasklet]
pub(super) async fn c020<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let blocked: B::Handle = B::spawn(giver(log, 'c', channel, 1));
    B::schedule().await?;
    let first: B::Handle = B::spawn(once(log, 'a'));
    let second: B::Handle = B::spawn_paused(once(log, 'b'))?;
    second.insert()?;
    blocked.kill_pending()?;
    same("the ring", B::run_queue()?, vec![B::main()?, first, second, blocked])
}

#[tasklet]
pub(super) async fn c021<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let first: B::Handle = B::spawn(rounds(log, 'a', 2));
    let second: B::Handle = B::spawn(rounds(log, 'b', 2));
    B::schedule().await?;
    log.write('m');
    same("the ring", B::run_queue()?, vec![B::main()?, first, second])?;
    B::schedule().await?;
    same("the order", log.take(), "abmab".to_owned())
}

#[tasklet]
pub(super) async fn c022<B: Backend>() -> Result<(), Error> {
    let value: Value<B> = B::schedule_value(Value::message(7u64)).await?;
    same("alone", shown(value), "Message(7)".to_owned())?;
    let log: Log = Log::new();
    B::spawn(once(log, 'a'));
    let value: Value<B> = B::schedule_value(Value::message(8u64)).await?;
    same("among others", shown(value), "Message(8)".to_owned())?;
    same("who ran", log.take(), "a".to_owned())
}

#[tasklet]
async fn looks_at<B: Backend>(other: B::Handle) -> Result<(), Error> {
    let status = other.status()?;
    hold("scheduled", status.scheduled && !status.blocked && !status.current)
}

#[tasklet]
pub(super) async fn c023<B: Backend>() -> Result<(), Error> {
    let looker: B::Handle = B::spawn(looks_at(B::main()?));
    B::schedule().await?;
    hold("it has looked", !looker.status()?.alive)
}

#[tasklet]
pub(super) async fn c024<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(pauser(log, 'a'));
    B::schedule().await?;
    hold("alive and paused", worker.status()?.paused())?;
    B::schedule().await?;
    same("not run by others", log.take(), String::new())?;
    worker.insert()?;
    B::schedule().await?;
    same("after insert", log.take(), "a".to_owned())
}

#[tasklet]
async fn reports_its_slot<B: Backend>(to: B::Channel<String>) -> Result<(), Error> {
    let value: Value<B> = B::schedule_remove(Value::message(1u64)).await?;
    to.send(shown(value)).await
}

#[tasklet]
pub(super) async fn c025<B: Backend>() -> Result<(), Error> {
    let to: B::Channel<String> = B::channel();
    let worker: B::Handle = B::spawn(reports_its_slot(to.clone()));
    B::schedule().await?;
    same("preset", shown(worker.slot()?), "Message(1)".to_owned())?;
    worker.set_slot(Value::message(2u64))?;
    worker.insert()?;
    let word: String = to.receive().await?;
    same("what it was given", word, "Message(2)".to_owned())
}

#[tasklet]
pub(super) async fn c026<B: Backend>() -> Result<(), Error> {
    let worker: B::Handle = B::spawn(pauser(Log::new(), 'a'));
    B::run_others().await?;
    hold("the worker is paused", worker.status()?.paused())
}

#[tasklet]
pub(super) async fn c027<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(once(log, 'a'));
    B::spawn(pauser(log, 'b'));
    B::schedule_remove(Value::Empty).await?;
    same("who ran before main", log.take(), "a".to_owned())?;
    same("the ring", B::run_queue()?, vec![B::main()?])
}

#[tasklet]
pub(super) async fn c029<B: Backend>() -> Result<(), Error> {
    let first: B::Handle = B::spawn(once(Log::new(), 'a'));
    let second: B::Handle = B::spawn(once(Log::new(), 'b'));
    first.insert()?;
    B::current()?.insert()?;
    same("the ring", B::run_queue()?, vec![B::main()?, first, second])
}

#[tasklet]
pub(super) async fn c032<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(once(log, 'a'));
    worker.remove()?;
    hold("paused", worker.status()?.paused())?;
    worker.remove()?;
    B::schedule().await?;
    same("who ran", log.take(), String::new())
}

#[tasklet]
pub(super) async fn c034<B: Backend>() -> Result<(), Error> {
    refused("remove of the current tasklet", B::current()?.remove(), Kind::RemoveCurrent)
}

#[tasklet]
pub(super) async fn c035<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let first: B::Handle = B::spawn(once(log, 'a'));
    let second: B::Handle = B::spawn(once(log, 'b'));
    B::spawn(once(log, 'c'));
    second.run().await?;
    same("who ran before main", log.take(), "bc".to_owned())?;
    same("the ring", B::run_queue()?, vec![B::main()?, first])
}

#[tasklet]
pub(super) async fn c036<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let first: B::Handle = B::spawn(once(log, 'a'));
    let worker: B::Handle = B::spawn_paused(rounds(log, 'b', 1))?;
    worker.run().await?;
    same("who ran before main", log.take(), "b".to_owned())?;
    same("the ring", B::run_queue()?, vec![B::main()?, first, worker])
}

#[tasklet]
pub(super) async fn c038<B: Backend>() -> Result<(), Error> {
    let worker: B::Handle = B::spawn(once(Log::new(), 'a'));
    let value: Value<B> = worker.run().await?;
    same("the result", shown(value), "Empty".to_owned())
}

#[tasklet]
pub(super) async fn c039<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(once(log, 'a'));
    let worker: B::Handle = B::spawn_paused(once(log, 'b'))?;
    worker.switch().await?;
    same("who ran before main", log.take(), "ba".to_owned())
}

#[tasklet]
pub(super) async fn c040<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let other: B::Handle = B::spawn(once(log, 'a'));
    let me: B::Handle = B::current()?;
    let run: Value<B> = me.run().await?;
    same("run", shown(run), "Empty".to_owned())?;
    let switch: Value<B> = me.switch().await?;
    same("switch", shown(switch), "Empty".to_owned())?;
    same("who ran", log.take(), String::new())?;
    same("the ring", B::run_queue()?, vec![me, other])
}

#[tasklet]
pub(super) async fn c042<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(taker(log, 'a', channel));
    B::spawn(pauser(log, 'b'));
    B::schedule().await?;
    same("blocked and paused are not counted", B::run_count()?, 1)?;
    B::spawn(once(log, 'c'));
    same("the current one and a runnable one", B::run_count()?, 2)
}

#[tasklet]
pub(super) async fn c043<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let first: B::Handle = B::spawn(taker(log, 'a', channel.clone()));
    let second: B::Handle = B::spawn(taker(log, 'b', channel.clone()));
    B::schedule().await?;
    let third: B::Handle = B::spawn(once(log, 'c'));
    same("the queue", channel.waiting()?, vec![first.clone(), second.clone()])?;
    let me: B::Handle = B::current()?;
    same("the ring", B::run_queue()?, vec![me.clone(), third.clone()])?;
    let fourth: B::Handle = B::spawn_paused(once(log, 'd'))?;
    let neighbours = |t: &B::Handle| Ok::<_, Error>((t.prev()?, t.next()?));
    same("first of the queue", neighbours(&first)?, (None, Some(second.clone())))?;
    same("last of the queue", neighbours(&second)?, (Some(first), None))?;
    same("outside", neighbours(&fourth)?, (None, None))?;
    same("of two in the ring", neighbours(&me)?, (Some(third.clone()), Some(third.clone())))?;
    fourth.insert()?;
    same("first of the ring", neighbours(&me)?, (Some(fourth.clone()), Some(third.clone())))?;
    same("last of the ring", neighbours(&fourth)?, (Some(third), Some(me)))
}

#[tasklet]
pub(super) async fn c044<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(once(log, 'a'));
    B::spawn(once(log, 'b'));
    B::spawn(once(log, 'c'));
    B::schedule().await?;
    same("the order", log.take(), "abc".to_owned())
}

#[tasklet]
pub(super) async fn c045<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    for _ in 0u32..40 {
        B::spawn(rounds(log, 'a', 25));
    }
    B::run_others().await?;
    same("rounds", log.take().len(), 1000)
}

/// A host outside of any tasklet: two runs in a row, and no scheduler before, between, after.
pub(super) fn c046<B: Backend>() -> Result<(), Error> {
    for _ in 0..2 {
        refused("current outside of a run", B::current(), Kind::WrongScheduler)?;
        B::run(c021())?;
    }
    refused("current outside of a run", B::current(), Kind::WrongScheduler)
}

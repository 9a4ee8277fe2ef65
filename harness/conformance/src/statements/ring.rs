//! Operations of the ring, and run: C020 to C059.

use switchback::{Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::row::{adapt, statements, yes};
use super::tools::{Log, giver, hold, once, pauser, refused, rounds, same, shown, taker};
use super::{deadlocks, refusals};
use crate::group;
use crate::needs::Need;

statements! {
    group::SCHEDULER {
        yes("C020", "A tasklet added to the ring goes to its end, just before the current one.")
            .pinned_by(&["q05", "q07"])
            .needing(&[Need::Throw]) => [tasklet c020()];
        yes("C021", "schedule passes control to the ring successor; the caller becomes last.")
            => [tasklet c021()];
        yes("C022", "schedule gives its argument back; alone, it returns without a switch.")
            .pinned_by(&["q20"]) => [tasklet c022()];
        yes("C023", "A caller of schedule still counts as scheduled while the others run.")
            .pinned_by(&["q01"]) => [tasklet c023()];
        yes("C024", "schedule_remove takes its caller out of the ring, alive and paused.")
            => [tasklet c024()];
        adapt(
            "C025",
            "A resumed operation gives the content of the slot, which others may write.",
        )
            .pinned_by(&["c23"]) => [tasklet c025()];
        yes("C026", "When the last runnable removes itself, the innermost run returns.")
            .pinned_by(&["q16"]) => [tasklet c026()];
        yes("C027", "A paused main is resumed when the ring runs empty.") => [tasklet c027()];
        yes("C028", "Removing oneself as the last runnable while main is blocked deadlocks.")
            .needing(&[Need::Deadlock]) => [tasklet refusals::deadlocked_worker()];
        yes("C029", "insert of a tasklet in the ring does not move it.") => [tasklet c029()];
        yes("C030", "insert, run and switch of a blocked tasklet fail and leave it blocked.")
            => [tasklet refusals::targets()];
        yes("C031", "insert, run and switch of a dead tasklet fail.")
            .pinned_by(&["k07"]) => [tasklet refusals::targets()];
        yes("C032", "remove pauses a runnable tasklet and ignores one outside the ring.")
            => [tasklet c032()];
        yes("C033", "remove of a blocked tasklet fails.")
            .pinned_by(&["q06"]) => [tasklet refusals::targets()];
        yes("C034", "remove of the current tasklet fails.").pinned_by(&["q06"]) => [tasklet c034()];
        yes("C035", "run of a tasklet in the ring moves the current position, not the tasklets.")
            => [tasklet c035()];
        yes("C036", "run of a paused tasklet puts it just before its caller and switches to it.")
            => [tasklet c036()];
        yes("C037", "run of a blocked or dead tasklet is refused before anything changes.")
            => [tasklet refusals::targets()];
        yes("C038", "run gives the slot of its caller, normally empty.") => [tasklet c038()];
        yes("C039", "switch is run that also takes its caller out of the ring.")
            => [tasklet c039()];
        yes("C040", "run or switch to oneself does nothing and gives the slot.")
            .pinned_by(&["q10"]) => [tasklet c040()];
        yes("C041", "switch to a blocked tasklet fails and its caller stays in the ring.")
            => [tasklet refusals::targets()];
        yes("C042", "The run count includes the current tasklet, not blocked or parked ones.")
            => [tasklet c042()];
        adapt("C043", "The ring and the queue of a channel can be listed in order.")
            .pinned_by(&["q01", "c10"]) => [tasklet c043()];
        yes("C044", "When a tasklet ends, its ring successor runs, not its creator or killer.")
            .pinned_by(&["k01"]) => [tasklet c044()];
        yes("C045", "Many tasklets that yield many times all complete.") => [tasklet c045()];
        adapt("C046", "A host outside of any tasklet can create tasklets and drive them.")
            => [function c046::<B>];
        yes("C050", "run parks its caller until the ring is empty and gives nothing.")
            => [tasklet c050()];
        yes("C051", "run with nobody else runnable returns at once.") => [tasklet c050()];
        yes("C052", "run returns when all others are blocked or paused.") => [tasklet c052()];
        yes("C053", "run without a timeout never gives a tasklet.") => [tasklet c050()];
        yes("C054", "Open runs form a stack; the innermost caller is resumed first.");
        yes("C055", "run in a worker does not return while main is in the ring.");
        yes("C056", "run in a worker works while main is blocked, and the worker is resumed.");
        yes("C057", "An uncaught error goes to the innermost run alone.")
            => [tasklet deadlocks::c057()];
        yes("C058", "A run caller woken by hand makes the deeper callers runnable.");
        yes("C059", "A deeper run caller that is runnable already is not inserted twice.");
    }
}

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

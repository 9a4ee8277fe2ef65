//! Identity, creation, binding, life cycle: C001 to C019.

use switchback::{Backend, Channel, Control, Error, Kind, Value, tasklet};

use super::row::{adapt, no, statements, yes};
use super::tools::{Log, hold, once, pauser, refused, same, shown, taker};
use super::{refusals, threads};
use crate::group;

statements! {
    group::LIFE {
        yes("C001", "A scheduler has one main tasklet; a fresh ring holds main alone.")
            .pinned_by(&["q01"]) => [tasklet c001()];
        yes("C002", "Code in a tasklet sees that tasklet as the current one.")
            .pinned_by(&["q01", "q12"]) => [tasklet c002()];
        yes("C003", "A tasklet without a function is not alive, scheduled, blocked or paused.")
            .pinned_by(&["q06"]) => [tasklet c003()];
        adapt("C004", "A function without arguments does not make a tasklet alive.")
            .pinned_by(&["q06"]) => [tasklet c004()];
        adapt("C005", "Binding with arguments makes a tasklet alive and paused; run starts it.")
            .pinned_by(&["q09", "q13"]) => [tasklet c005()];
        yes("C006", "Setting up makes a tasklet alive and puts it at the end of the ring.")
            .pinned_by(&["q01", "q06"]) => [tasklet c006()];
        adapt("C007", "Binding arguments alone keeps the function bound before.")
            .untried("a tasklet is made of its function and arguments at once, not in two steps");
        no("C008", "Binding something that cannot be called is refused.");
        yes("C009", "The current tasklet cannot be bound or unbound.")
            .pinned_by(&["q06"]) => [tasklet c009()];
        yes("C010", "A tasklet in the ring or on a channel cannot be bound or unbound.")
            .pinned_by(&["q06"]) => [tasklet c010()];
        adapt("C011", "Unbinding a paused tasklet drops its computation; no cleanup code runs.")
            .pinned_by(&["q19"]) => [tasklet c011()];
        adapt("C012", "A tasklet with native state cannot be bound or unbound.")
            => [tasklet c011(), tasklet refusals::native_state()];
        yes("C013", "Main can never be unbound.").pinned_by(&["q06"]) => [tasklet c013()];
        no("C014", "A paused main may get another function.");
        yes("C015", "Setting up a tasklet that is alive fails.") => [tasklet c015()];
        yes("C016", "Setting up a tasklet whose function is used up or missing fails.")
            => [tasklet c016()];
        yes("C017", "A finished tasklet may be bound and run again as the same tasklet.")
            => [tasklet c017()];
        yes("C018", "A finished tasklet is not alive, not scheduled, and its slot is empty.")
            .pinned_by(&["q06", "q18"]) => [tasklet c018()];
        adapt("C019", "Users can attach their own data to tasklets and channels.")
            => [tasklet threads::c019()];
    }
}

#[tasklet]
pub(super) async fn c001<B: Backend>() -> Result<(), Error> {
    same("the ring", B::run_queue()?, vec![B::main()?])?;
    same("the running tasklet", B::current()?, B::main()?)?;
    let status = B::main()?.status()?;
    hold("main is alive, current and main", status.alive && status.current && status.main)
}

#[tasklet]
async fn introduces_itself<B: Backend>(to: B::Channel<B::Handle>) -> Result<(), Error> {
    to.send(B::current()?).await
}

#[tasklet]
pub(super) async fn c002<B: Backend>() -> Result<(), Error> {
    let to: B::Channel<B::Handle> = B::channel();
    let worker: B::Handle = B::spawn(introduces_itself(to.clone()));
    let name: B::Handle = to.receive().await?;
    same("current in the worker", name.clone(), worker)?;
    hold("main is somebody else", name != B::main()?)
}

#[tasklet]
pub(super) async fn c003<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn_paused(once(log, 'a'))?;
    worker.unbind()?;
    let status = worker.status()?;
    hold("not alive", !status.alive)?;
    hold("not linked", !status.scheduled && !status.blocked && !status.paused())?;
    worker.unbind()?;
    B::run_others().await?;
    same("what it wrote", log.take(), String::new())
}

#[tasklet]
pub(super) async fn c004<B: Backend>() -> Result<(), Error> {
    let worker: B::Handle = B::spawn_unbound(once(Log::new(), 'a'))?;
    hold("not alive", !worker.status()?.alive)?;
    same("its slot", shown(worker.slot()?), "Function".to_owned())?;
    refused("insert", worker.insert(), Kind::RunDead)?;
    let run: Result<Value<B>, Error> = worker.run().await;
    refused("run", run, Kind::RunDead)?;
    let switch: Result<Value<B>, Error> = worker.switch().await;
    refused("switch", switch, Kind::RunDead)
}

#[tasklet]
pub(super) async fn c005<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn_paused(once(log, 'x'))?;
    hold("alive and paused", worker.status()?.paused())?;
    same("the ring", B::run_queue()?, vec![B::main()?])?;
    worker.run().await?;
    same("what it wrote", log.take(), "x".to_owned())
}

#[tasklet]
pub(super) async fn c006<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let first: B::Handle = B::spawn(once(log, 'a'));
    let worker: B::Handle = B::spawn_unbound(once(log, 'b'))?;
    worker.setup()?;
    hold("alive and scheduled", worker.status()?.alive && worker.status()?.scheduled)?;
    same("the ring", B::run_queue()?, vec![B::main()?, first, worker])?;
    B::schedule().await?;
    same("what they wrote", log.take(), "ab".to_owned())
}

#[tasklet]
pub(super) async fn c009<B: Backend>() -> Result<(), Error> {
    let me: B::Handle = B::current()?;
    refused("unbind", me.unbind(), Kind::BindCurrent)?;
    refused("bind", B::bind(&me, once(Log::new(), 'a')), Kind::BindCurrent)
}

#[tasklet]
pub(super) async fn c010<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let blocked: B::Handle = B::spawn(taker(log, 'a', channel.clone()));
    B::schedule().await?;
    let queued: B::Handle = B::spawn(once(log, 'b'));
    for worker in [blocked, queued] {
        refused("unbind", worker.unbind(), Kind::BindScheduled)?;
        refused("bind", B::bind(&worker, once(log, 'c')), Kind::BindScheduled)?;
    }
    same("its queue", channel.balance()?, -1)
}

/// Unbinding a tasklet that has started: dropped, or refused for its native state (C011, C012).
#[tasklet]
pub(super) async fn c011<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(pauser(log, 'a'));
    B::schedule().await?;
    let portable = worker.status()?.restorable;
    match worker.unbind() {
        Ok(()) => {
            hold("portable state may be dropped, native may not", portable)?;
            hold("not alive", !worker.status()?.alive)?;
        }
        result => {
            hold("only native state is refused", !portable)?;
            refused("unbind", result, Kind::NativeState)?;
            hold("still paused", worker.status()?.paused())?;
        }
    }
    same("what it wrote", log.take(), String::new())
}

#[tasklet]
async fn unbinds_main<B: Backend>() -> Result<(), Error> {
    refused("unbind of a paused main", B::main()?.unbind(), Kind::UnbindMain)
}

#[tasklet]
pub(super) async fn c013<B: Backend>() -> Result<(), Error> {
    B::spawn(unbinds_main());
    B::schedule_remove(Value::Empty).await?;
    hold("main is alive", B::main()?.status()?.alive)
}

#[tasklet]
pub(super) async fn c015<B: Backend>() -> Result<(), Error> {
    let worker: B::Handle = B::spawn_paused(once(Log::new(), 'a'))?;
    refused("setup", worker.setup(), Kind::SetupAlive)?;
    hold("still paused", worker.status()?.paused())
}

#[tasklet]
pub(super) async fn c016<B: Backend>() -> Result<(), Error> {
    let worker: B::Handle = B::spawn(once(Log::new(), 'a'));
    B::schedule().await?;
    refused("setup", worker.setup(), Kind::NotBound)?;
    // The function is what the slot holds: a write into the slot replaces it.
    let worker: B::Handle = B::spawn_unbound(once(Log::new(), 'a'))?;
    worker.set_slot(Value::message(7u64))?;
    refused("setup after a write", worker.setup(), Kind::NotBound)?;
    hold("still not alive", !worker.status()?.alive)
}

#[tasklet]
pub(super) async fn c017<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(once(log, 'a'));
    B::schedule().await?;
    B::bind(&worker, once(log, 'b'))?;
    hold("alive and paused", worker.status()?.paused())?;
    deep::<B>("its depth starts again", &worker, 0)?;
    worker.run().await?;
    same("what it wrote", log.take(), "ab".to_owned())
}

/// Fails unless the depth is that, or not known.
fn deep<B: Backend>(what: &str, tasklet: &B::Handle, depth: u64) -> Result<(), Error> {
    let found = tasklet.recursion_depth()?;
    let known = tasklet.status()?.restorable || found.is_some();
    same(what, found, known.then_some(depth))
}

#[tasklet]
async fn waits_below<B: Backend>(log: Log, levels: u64) -> Result<(), Error> {
    if levels == 0 {
        return pauser(log, 'a').await;
    }
    waits_below(log, levels - 1).await
}

#[tasklet]
pub(super) async fn c018<B: Backend>() -> Result<(), Error> {
    let worker: B::Handle = B::spawn(waits_below(Log::new(), 3));
    deep::<B>("its depth before it starts", &worker, 0)?;
    B::schedule().await?;
    deep::<B>("its depth while it waits", &worker, 5)?;
    worker.run().await?;
    deep::<B>("its depth when it has ended", &worker, 0)?;
    let status = worker.status()?;
    hold("neither alive nor scheduled", !status.alive && !status.scheduled)?;
    same("its slot", shown(worker.slot()?), "Empty".to_owned())
}

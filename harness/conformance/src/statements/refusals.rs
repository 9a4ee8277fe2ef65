//! A refused operation leaves everything as it was (C030 to C041, C181): for every kind of
//! error, the ring, the queues, the slots and the flags are compared before and after.

use serde::{Deserialize, Serialize};
use switchback::{Backend, Channel, Control, Error, Kind, Message, Value, tasklet};

use super::tools::{Log, giver, once, pauser, refused, same, state, taker};

const TRAP: Kind = Kind::SwitchTrap;

/// The tasklets and channels that an operation could change, and their state before it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Scene<B: Backend> {
    tasklets: Vec<B::Handle>,
    channels: Vec<B::Channel<u64>>,
    before: String,
}

impl<B: Backend> Message for Scene<B> {}

impl<B: Backend> Scene<B> {
    fn new(tasklets: Vec<B::Handle>, channels: Vec<B::Channel<u64>>) -> Result<Self, Error> {
        let before = state::<B>(&tasklets, &channels)?;
        Ok(Self { tasklets, channels, before })
    }

    /// Takes the state as it is now for the one to keep.
    fn again(&mut self) -> Result<(), Error> {
        self.before = state::<B>(&self.tasklets, &self.channels)?;
        Ok(())
    }

    /// Fails unless the operation was refused and nothing is different.
    fn kept<T>(&self, what: &str, result: Result<T, Error>, kind: Kind) -> Result<(), Error> {
        refused(what, result, kind)?;
        let after = state::<B>(&self.tasklets, &self.channels)?;
        same(&format!("the state after {what}"), after.as_str(), self.before.as_str())
    }
}

/// Main, a blocked receiver, a blocked sender, a paused, a dead, a killed and a runnable one;
/// their two channels, an empty one and one that is closing.
#[tasklet]
async fn everybody<B: Backend>(log: Log) -> Result<Scene<B>, Error> {
    let into: B::Channel<u64> = B::channel();
    let from: B::Channel<u64> = B::channel();
    let empty: B::Channel<u64> = B::channel();
    let closing: B::Channel<u64> = B::channel();
    closing.close()?;
    let receiver: B::Handle = B::spawn(taker(log, 'r', into.clone()));
    let sender: B::Handle = B::spawn(giver(log, 's', from.clone(), 7));
    let paused: B::Handle = B::spawn(pauser(log, 'p'));
    let dead: B::Handle = B::spawn(once(log, 'd'));
    B::schedule().await?;
    log.take();
    let killed: B::Handle = B::spawn(once(log, 'k'));
    killed.kill_pending()?;
    let queued: B::Handle = B::spawn(once(log, 'q'));
    let tasklets = vec![B::main()?, receiver, sender, paused, dead, killed, queued];
    Scene::new(tasklets, vec![into, from, empty, closing])
}

/// Targets in the wrong state.
#[tasklet]
pub(super) async fn targets<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let scene: Scene<B> = everybody(log).await?;
    for index in 1usize..3 {
        let target: B::Handle = scene.tasklets[index].clone();
        scene.kept("insert of a blocked tasklet", target.insert(), Kind::RunBlocked)?;
        let run: Result<Value<B>, Error> = target.run().await;
        scene.kept("run of a blocked tasklet", run, Kind::RunBlocked)?;
        let switch: Result<Value<B>, Error> = target.switch().await;
        scene.kept("switch to a blocked tasklet", switch, Kind::RunBlocked)?;
        scene.kept("remove of a blocked tasklet", target.remove(), Kind::RemoveBlocked)?;
        scene.kept("unbind of a blocked tasklet", target.unbind(), Kind::BindScheduled)?;
        let bind = B::bind(&target, once(log, '!'));
        scene.kept("bind of a blocked tasklet", bind, Kind::BindScheduled)?;
        scene.kept("setup of a blocked tasklet", target.setup(), Kind::SetupAlive)?;
    }
    let dead: B::Handle = scene.tasklets[4].clone();
    scene.kept("insert of a dead tasklet", dead.insert(), Kind::RunDead)?;
    let run: Result<Value<B>, Error> = dead.run().await;
    scene.kept("run of a dead tasklet", run, Kind::RunDead)?;
    let switch: Result<Value<B>, Error> = dead.switch().await;
    scene.kept("switch to a dead tasklet", switch, Kind::RunDead)?;
    let throw: Result<Value<B>, Error> = dead.throw(Error::new("E1", "")).await;
    scene.kept("throw at a dead tasklet", throw, Kind::ThrowDead)?;
    let pending = dead.throw_pending(Error::new("E1", ""));
    scene.kept("pending throw at a dead tasklet", pending, Kind::ThrowDead)?;
    scene.kept("setup of a dead tasklet", dead.setup(), Kind::NotBound)?;
    let queued: B::Handle = scene.tasklets[6].clone();
    scene.kept("unbind of a runnable tasklet", queued.unbind(), Kind::BindScheduled)?;
    let bind = B::bind(&queued, once(log, '!'));
    scene.kept("bind of a runnable tasklet", bind, Kind::BindScheduled)?;
    scene.kept("setup of a runnable tasklet", queued.setup(), Kind::SetupAlive)?;
    let me: B::Handle = B::current()?;
    scene.kept("remove of the current tasklet", me.remove(), Kind::RemoveCurrent)?;
    scene.kept("unbind of the current tasklet", me.unbind(), Kind::BindCurrent)?;
    let bind = B::bind(&me, once(log, '!'));
    scene.kept("bind of the current tasklet", bind, Kind::BindCurrent)?;
    same("nobody ran", log.take(), String::new())
}

/// Channels and tasklets that do not block.
#[tasklet]
pub(super) async fn channels<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let mut scene: Scene<B> = everybody(log).await?;
    let closing: B::Channel<u64> = scene.channels[3].clone();
    let send: Result<(), Error> = closing.send(1).await;
    scene.kept("send on a closing channel", send, Kind::Closed)?;
    let receive: Result<u64, Error> = closing.receive().await;
    scene.kept("receive on a closing channel", receive, Kind::Closed)?;
    let next: Result<u64, Error> = closing.next().await;
    scene.kept("next on a closing channel", next, Kind::StopIteration)?;
    let error: Result<(), Error> = closing.send_error(Error::new("E1", "")).await;
    scene.kept("an error sent on a closing channel", error, Kind::Closed)?;
    B::block_trap(true)?;
    scene.again()?;
    let empty: B::Channel<u64> = scene.channels[2].clone();
    let send: Result<(), Error> = empty.send(1).await;
    scene.kept("send under the block trap", send, Kind::BlockTrap)?;
    let receive: Result<u64, Error> = empty.receive().await;
    scene.kept("receive under the block trap", receive, Kind::BlockTrap)?;
    same("nobody ran", log.take(), String::new())
}

/// Every operation that would switch, under the switch trap; then the same ones without it.
#[tasklet]
pub(super) async fn trapped<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let mut scene: Scene<B> = everybody(log).await?;
    B::switch_trap(1)?;
    scene.again()?;
    let schedule: Result<(), Error> = B::schedule().await;
    scene.kept("schedule", schedule, TRAP)?;
    let value: Result<Value<B>, Error> = B::schedule_value(Value::message(3u64)).await;
    scene.kept("schedule with a value", value, TRAP)?;
    let removed: Result<Value<B>, Error> = B::schedule_remove(Value::message(3u64)).await;
    scene.kept("schedule_remove", removed, TRAP)?;
    let others: Result<(), Error> = B::run_others().await;
    scene.kept("run", others, TRAP)?;
    let ready: Vec<usize> = vec![3, 5, 6];
    for index in ready {
        let target: B::Handle = scene.tasklets[index].clone();
        let run: Result<Value<B>, Error> = target.run().await;
        scene.kept("run of a tasklet", run, TRAP)?;
        let switch: Result<Value<B>, Error> = target.switch().await;
        scene.kept("switch to a tasklet", switch, TRAP)?;
    }
    let alive: Vec<usize> = vec![1, 2, 3, 5, 6];
    for index in alive {
        let target: B::Handle = scene.tasklets[index].clone();
        let throw: Result<Value<B>, Error> = target.throw(Error::new("E1", "")).await;
        scene.kept("throw", throw, TRAP)?;
        let kill: Result<Value<B>, Error> = target.kill().await;
        scene.kept("kill", kill, TRAP)?;
    }
    let into: B::Channel<u64> = scene.channels[0].clone();
    let send: Result<(), Error> = into.send(1).await;
    scene.kept("send to a waiting receiver", send, TRAP)?;
    let more: Result<u64, Error> = into.receive().await;
    scene.kept("receive behind a waiting receiver", more, TRAP)?;
    let from: B::Channel<u64> = scene.channels[1].clone();
    from.set_preference(switchback::Preference::Sender)?;
    let receive: Result<u64, Error> = from.receive().await;
    scene.kept("receive from a waiting sender", receive, TRAP)?;
    let more: Result<(), Error> = from.send(8).await;
    scene.kept("send behind a waiting sender", more, TRAP)?;
    same("nobody ran", log.take(), String::new())?;
    B::switch_trap(-1)?;
    let value: u64 = from.receive().await?;
    same("the value of the sender", value, 7)?;
    into.send(1).await?;
    B::run_others().await?;
    let mut ran: Vec<char> = log.take().chars().collect();
    ran.sort_unstable();
    same("the same operations succeed later", ran, vec!['q', 'r', 's'])
}

/// A refused rendezvous leaves the first waiter in front of the others, however many they are.
#[tasklet]
pub(super) async fn queues<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let into: B::Channel<u64> = B::channel();
    let from: B::Channel<u64> = B::channel();
    from.set_preference(switchback::Preference::Sender)?;
    let mut tasklets: Vec<B::Handle> = Vec::new();
    for letter in ['a', 'b', 'c'] {
        tasklets.push(B::spawn(taker(log, letter, into.clone())));
    }
    for letter in ['x', 'y', 'z'] {
        tasklets.push(B::spawn(giver(log, letter, from.clone(), 7)));
    }
    B::schedule().await?;
    let mut scene: Scene<B> = Scene::new(tasklets, vec![into.clone(), from.clone()])?;
    for value in 0u64..3 {
        B::switch_trap(1)?;
        scene.again()?;
        let send: Result<(), Error> = into.send(value).await;
        scene.kept("send to the first of several receivers", send, TRAP)?;
        let receive: Result<u64, Error> = from.receive().await;
        scene.kept("receive from the first of several senders", receive, TRAP)?;
        B::switch_trap(-1)?;
        into.send(value).await?;
        let given: u64 = from.receive().await?;
        same("the value of a sender", given, 7)?;
    }
    same("each was met in its turn", log.take(), "axbycz".to_owned())
}

/// Main alone, with others that are blocked and paused.
#[tasklet]
pub(super) async fn deadlocks<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let mut scene: Scene<B> = everybody(log).await?;
    B::run_others().await?;
    log.take();
    scene.again()?;
    for index in 0usize..4 {
        let channel: B::Channel<u64> = scene.channels[index].clone();
        if channel.is_closing()? {
            continue;
        }
        if channel.balance()? >= 0 {
            let send: Result<(), Error> = channel.send(1).await;
            scene.kept("send with nobody left", send, Kind::Deadlock)?;
            let error: Result<(), Error> = channel.send_error(Error::new("E1", "")).await;
            scene.kept("an error sent with nobody left", error, Kind::Deadlock)?;
        }
        if channel.balance()? <= 0 {
            let receive: Result<u64, Error> = channel.receive().await;
            scene.kept("receive with nobody left", receive, Kind::Deadlock)?;
        }
    }
    same("nobody ran", log.take(), String::new())
}

/// As the last runnable tasklet, while main waits to send, tries to leave and to block.
#[tasklet]
async fn last<B: Backend>(log: Log, meet: B::Channel<u64>) -> Result<(), Error> {
    let own: B::Channel<u64> = B::channel();
    let tasklets: Vec<B::Handle> = vec![B::main()?, B::current()?];
    let scene: Scene<B> = Scene::new(tasklets, vec![own.clone(), meet.clone()])?;
    let leave: Result<Value<B>, Error> = B::schedule_remove(Value::message(3u64)).await;
    scene.kept("schedule_remove while main is blocked", leave, Kind::Deadlock)?;
    let receive: Result<u64, Error> = own.receive().await;
    scene.kept("receive while main is blocked", receive, Kind::Deadlock)?;
    let send: Result<(), Error> = own.send(4).await;
    scene.kept("send while main is blocked", send, Kind::Deadlock)?;
    let value: u64 = meet.receive().await?;
    log.write(if value == 9 { 'v' } else { '!' });
    Ok(())
}

/// Deadlocks that a worker is told of; the value that main offers is not lost (C028, C087).
#[tasklet]
pub(super) async fn deadlocked_worker<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let meet: B::Channel<u64> = B::channel();
    B::spawn(last(log, meet.clone()));
    meet.send(9).await?;
    B::run_others().await?;
    same("the value arrived", log.take(), "v".to_owned())
}

#[tasklet]
async fn refuses_for_main<B: Backend>(log: Log) -> Result<(), Error> {
    let tasklets: Vec<B::Handle> = vec![B::main()?, B::current()?];
    let scene: Scene<B> = Scene::new(tasklets, Vec::new())?;
    scene.kept("unbind of a paused main", B::main()?.unbind(), Kind::UnbindMain)?;
    scene.kept("setup of a paused main", B::main()?.setup(), Kind::SetupAlive)?;
    log.write('w');
    Ok(())
}

/// What is refused for a main that is paused.
#[tasklet]
pub(super) async fn paused_main<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(refuses_for_main(log));
    B::schedule_remove(Value::Empty).await?;
    same("it was tried", log.take(), "w".to_owned())
}

/// Native state, which only some backends have (C012).
#[tasklet]
pub(super) async fn native_state<B: Backend>() -> Result<(), Error> {
    let scene: Scene<B> = everybody(Log::new()).await?;
    let paused: B::Handle = scene.tasklets[3].clone();
    if paused.status()?.restorable {
        return Ok(());
    }
    scene.kept("unbind of native state", paused.unbind(), Kind::NativeState)?;
    let bind = B::bind(&paused, once(Log::new(), '!'));
    scene.kept("bind over native state", bind, Kind::NativeState)
}

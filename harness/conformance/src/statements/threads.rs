//! Several threads: C200 to C221.
//!
//! A scheduler ends with its run and every handle knows its own, so that a tasklet of another thread is refused
//! whether that thread still runs or not.

use std::panic::resume_unwind;
use std::thread;

use serde::{Deserialize, Serialize};
use switchback::{
    Backend, Channel, Control, Error, Kind, Message, Portable, Tasklet, Value, tasklet,
};

use super::pickles;
use super::row::{adapt, no, statements};
use super::tools::{Log, hold, once, pauser, refused, same, taker};
use crate::group;

const ELSEWHERE: &str = "one scheduler cannot reach the tasklets of another thread; C205 and C214 try that it \
                         refuses. Where each tasklet has a thread, the order-free rules (N01 to N32) take their place";
const MOVES: &str = "a tasklet moves by value: C208 and C219 try it. The copy of a runnable one comes paused (C258), \
                     and the compiler refuses native state";

statements! {
    group::THREADS {
        adapt("C200", "Every OS thread has its own scheduler.") => [function c200::<B>];
        adapt("C201", "Tasklets of different threads can meet on one channel.")
            .untried(ELSEWHERE);
        adapt("C202", "A rendezvous across threads does not switch its caller.")
            .untried(ELSEWHERE);
        adapt("C203", "insert of a tasklet of another thread wakes that thread.")
            .untried(ELSEWHERE);
        adapt("C204", "run of a tasklet of another thread does not switch.").untried(ELSEWHERE);
        adapt("C205", "switch to a tasklet of another thread fails.")
            .keeps_handles() => [function c205::<B>];
        adapt("C206", "remove works across threads.").untried(ELSEWHERE);
        adapt("C207", "throw across threads returns at once and raises there.")
            .untried(ELSEWHERE);
        adapt("C208", "bind_thread moves a soft tasklet that is not runnable.")
            => [portable_function c208::<B>];
        adapt("C209", "bind_thread refuses runnable tasklets.").untried(MOVES);
        adapt("C210", "bind_thread refuses native state.").untried(MOVES);
        adapt("C211", "bind_thread to an unknown scheduler fails.")
            .keeps_handles() => [function c214::<B>];
        adapt("C212", "A tasklet without native state just stops when its thread ends.")
            .keeps_handles() => [function c212::<B>];
        adapt("C213", "A tasklet with native state is killed when its thread ends.")
            .keeps_handles() => [function c212::<B>];
        adapt("C214", "Operations on a tasklet of a dead thread work or fail cleanly.")
            .keeps_handles() => [function c214::<B>];
        adapt("C215", "kill of a tasklet of a dead thread drops it and takes it off its channel.")
            .untried(
                "a handle of an ended scheduler refuses everything (C214); its end has dropped or \
                 killed all (C212, C213)",
            );
        no("C216", "A pending throw during the end of a thread fails cleanly.");
        adapt("C217", "A thread without runnable tasklets sleeps until another one wakes it.")
            .untried(ELSEWHERE);
        adapt("C218", "run may wait for work from other threads.").untried(ELSEWHERE);
        adapt("C219", "A suspended computation can be moved to another thread by value.")
            => [portable_function pickles::c219::<B>];
        no("C220", "Destructors at the end of a thread may touch the scheduler.");
        adapt("C221", "A tasklet running while its thread is torn down corrupts nothing.")
            => [function c221::<B>];
    }
}

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

/// Runs `main` on a thread of its own, to the end of that thread.
fn on_a_thread<B: Backend, K: Tasklet<B> + 'static>(main: K) -> Result<K::Return, Error>
where
    K::Return: Send,
{
    let thread = thread::spawn(|| B::run(main));
    thread.join().map_err(|_| Error::new("check", "the thread panicked"))?
}

/// What a scheduler leaves behind: a blocked, a paused and a runnable one, and a channel.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Left<B: Backend> {
    tasklets: Vec<B::Handle>,
    channel: B::Channel<u64>,
}

impl<B: Backend> Message for Left<B> {}

#[tasklet]
async fn leaves_some<B: Backend>(log: Log) -> Result<Left<B>, Error> {
    let channel: B::Channel<u64> = B::channel();
    let blocked: B::Handle = B::spawn(taker(log, 't', channel.clone()));
    let paused: B::Handle = B::spawn(pauser(log, 'p'));
    B::schedule().await?;
    let fresh: B::Handle = B::spawn(once(log, 'f'));
    Ok(Left { tasklets: vec![blocked, paused, fresh], channel })
}

/// Every operation on tasklets and the channel of another scheduler is refused, and nothing
/// happens.
#[tasklet]
async fn meets_strangers<B: Backend>(left: Left<B>) -> Result<(), Error> {
    const STRANGER: Kind = Kind::WrongScheduler;
    let all: Vec<B::Handle> = left.tasklets.clone();
    for next in all {
        let stranger: B::Handle = next;
        refused("status", stranger.status(), STRANGER)?;
        refused("slot", stranger.slot(), STRANGER)?;
        refused("insert", stranger.insert(), STRANGER)?;
        refused("remove", stranger.remove(), STRANGER)?;
        refused("unbind", stranger.unbind(), STRANGER)?;
        refused("setup", stranger.setup(), STRANGER)?;
        refused("bind", B::bind(&stranger, once(Log::new(), '!')), STRANGER)?;
        refused("a write to the slot", stranger.set_slot(Value::Empty), STRANGER)?;
        refused("a pending throw", stranger.throw_pending(Error::new("E1", "")), STRANGER)?;
        refused("a pending kill", stranger.kill_pending(), STRANGER)?;
        let run: Result<Value<B>, Error> = stranger.run().await;
        refused("run", run, STRANGER)?;
        let switch: Result<Value<B>, Error> = stranger.switch().await;
        refused("switch", switch, STRANGER)?;
        let throw: Result<Value<B>, Error> = stranger.throw(Error::new("E1", "")).await;
        refused("throw", throw, STRANGER)?;
        let kill: Result<Value<B>, Error> = stranger.kill().await;
        refused("kill", kill, STRANGER)?;
    }
    let channel: B::Channel<u64> = left.channel.clone();
    refused("the balance", channel.balance(), STRANGER)?;
    refused("close", channel.close(), STRANGER)?;
    let send: Result<(), Error> = channel.send(1).await;
    refused("send to a waiting stranger", send, STRANGER)?;
    let receive: Result<u64, Error> = channel.receive().await;
    refused("receive among strangers", receive, STRANGER)?;
    same("the ring", B::run_queue()?, vec![B::main()?])
}

/// The thread of the tasklets has ended (C126, C211, C214).
pub(super) fn c214<B: Backend>() -> Result<(), Error> {
    let log = Log::new();
    let left = on_a_thread(leaves_some::<B>(log))?;
    log.take();
    B::run(meets_strangers(left))?;
    same("none of them ran", log.take(), String::new())
}

#[tasklet]
async fn shows_its_own<B: Backend>(log: Log) -> Result<(), Error> {
    let left: Left<B> = leaves_some(log).await?;
    let before = B::run_queue()?;
    let strangers = left.clone();
    // While this thread waits, its scheduler is alive.
    on_a_thread(meets_strangers::<B>(strangers))?;
    same("the ring", B::run_queue()?, before)?;
    same("the queue", left.channel.balance()?, -1)?;
    left.channel.send(1).await?;
    left.tasklets[1].run().await?;
    B::run_others().await?;
    let mut wrote: Vec<char> = log.take().chars().collect();
    wrote.sort_unstable();
    same("they go on at home", wrote, vec!['f', 'p', 't'])
}

/// The thread of the tasklets is alive (C205).
pub(super) fn c205<B: Backend>() -> Result<(), Error> {
    B::run(shows_its_own(Log::new()))
}

/// At the end of a thread portable computations are dropped and native ones killed (C212, C213, C215).
pub(super) fn c212<B: Backend>() -> Result<(), Error> {
    let log = Log::new();
    on_a_thread(leaves_some::<B>(log))?;
    let told = log.take();
    let expected = if B::CAPABILITIES.portable { "" } else { "!!" };
    same("what those that had started were told", told.as_str(), expected)
}

fn tear_down() {
    // As a panic, but without its message.
    resume_unwind(Box::new("torn down"));
}

#[tasklet]
async fn is_torn_down<B: Backend>(log: Log) -> Result<(), Error> {
    let left: Left<B> = leaves_some(log).await?;
    drop(left);
    tear_down();
    Ok(())
}

#[tasklet]
async fn works<B: Backend>(log: Log) -> Result<(), Error> {
    let left: Left<B> = leaves_some(log).await?;
    left.channel.send(1).await?;
    B::run_others().await
}

/// A thread that is torn down in the middle of a run takes its own tasklets with it and no others.
pub(super) fn c221<B: Backend>() -> Result<(), Error> {
    let (torn, log) = (Log::new(), Log::new());
    let thread = thread::spawn(move || B::run(is_torn_down(torn)));
    hold("it was torn down", thread.join().is_err())?;
    torn.take();
    B::run(works(log))?;
    let mut wrote: Vec<char> = log.take().chars().filter(|letter| *letter != '!').collect();
    wrote.sort_unstable();
    same("another run works", wrote, vec!['f', 't'])
}

/// A tasklet with what its user knows of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Named<B: Backend> {
    name: String,
    tasklet: B::Handle,
    inbox: B::Channel<u64>,
}

impl<B: Backend> Message for Named<B> {}

#[tasklet]
async fn greets<B: Backend>(to: B::Channel<Named<B>>) -> Result<(), Error> {
    let friend: Named<B> = to.receive().await?;
    hold("its name", friend.name == "Ringo")?;
    hold("it waits", friend.tasklet.status()?.blocked)?;
    friend.inbox.send(1).await
}

/// Data of the user travel with handles and channels (C019).
#[tasklet]
pub(super) async fn c019<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let inbox: B::Channel<u64> = B::channel();
    let tasklet: B::Handle = B::spawn(taker(log, 't', inbox.clone()));
    let to: B::Channel<Named<B>> = B::channel();
    B::spawn(greets(to.clone()));
    B::schedule().await?;
    to.send(Named { name: "Ringo".to_owned(), tasklet, inbox }).await?;
    B::run_others().await?;
    same("it was reached", log.take(), "t".to_owned())
}

#[tasklet]
async fn writes_down<B: Portable>(log: Log) -> Result<Vec<u8>, Error> {
    let inbox: B::Channel<u64> = B::channel();
    let blocked: B::Handle = B::spawn(taker(log, 't', inbox.clone()));
    let paused: B::Handle = B::spawn(pauser(log, 'p'));
    B::schedule().await?;
    let fresh: B::Handle = B::spawn_paused(once(log, 'f'))?;
    let named: Named<B> = Named { name: "George".to_owned(), tasklet: blocked, inbox };
    B::dump(&(named, paused, fresh), &program::<B>())
}

fn program<B: Portable>() -> switchback::frame::FrameList {
    let mut program = B::program::<taker::Call<B>>();
    program.add::<B, pauser::Call<B>>();
    program.add::<B, once::Call<B>>();
    program
}

#[tasklet]
async fn goes_on<B: Portable>(log: Log, bytes: Vec<u8>) -> Result<(), Error> {
    let (named, paused, fresh): (Named<B>, B::Handle, B::Handle) =
        B::load(&bytes, &program::<B>())?;
    same("the name", named.name.as_str(), "George")?;
    hold("its place on the channel", named.inbox.waiting()? == vec![named.tasklet.clone()])?;
    hold("paused", paused.status()?.paused() && fresh.status()?.paused())?;
    named.inbox.send(1).await?;
    paused.run().await?;
    fresh.run().await?;
    B::run_others().await?;
    same("they go on here", log.take(), "tpf".to_owned())
}

/// Fresh, paused and blocked tasklets move to another thread and go on there (C208).
pub(super) fn c208<B: Portable>() -> Result<(), Error> {
    let log = Log::new();
    let bytes = on_a_thread(writes_down::<B>(log))?;
    log.take();
    on_a_thread(goes_on::<B>(log, bytes))
}

//! Pickles: C250 to C269.

use switchback::{Backend, Channel, Control, Error, Kind, Portable, Value, send_sequence, tasklet};

use super::row::{adapt, no, statements};
use super::tools::{Log, hold, once, pauser, refused, rounds, same, state, taker};
use crate::group;
use crate::needs::Need;

statements! {
    group::PICKLES {
        adapt("C250", "A tasklet that never started pickles with its function and arguments.")
            => [portable_tasklet c250()];
        adapt("C251", "A suspended tasklet pickles at any depth and its copy goes on from there.")
            => [portable_tasklet c251()];
        adapt("C252", "Pickling copies: the original is untouched, copies are independent.")
            => [portable_tasklet c251()];
        adapt("C253", "Suspension in entry, body and exit of a scope survives pickling.")
            => [portable_tasklet c253()];
        adapt("C254", "Identity inside one pickle is kept, across pickles it is not.")
            => [portable_tasklet c254()];
        adapt(
            "C255",
            "A blocked tasklet pickled with its channel comes back blocked on the copy.",
        )
            => [portable_tasklet c255()];
        adapt("C256", "A blocked tasklet pickled without its channel comes back paused.")
            .untried(
                "the frame of a blocked tasklet holds its channel, so that a pickle cannot miss it",
            );
        adapt("C257", "Channel and waiters may be loaded in either order.")
            => [portable_tasklet c255()];
        adapt("C258", "Copies come back paused, with their flags and pending errors.")
            .needing(&[Need::Close]) => [portable_tasklet c258()];
        adapt("C259", "The current tasklet cannot be pickled.") => [portable_tasklet c259()];
        adapt("C260", "Native state cannot be continued from a pickle.")
            .untried("the compiler refuses it: backends of native state are not Portable");
        adapt("C261", "A tasklet inside a sequence of sends can be pickled.")
            => [portable_tasklet c261()];
        adapt("C262", "Errors being handled are restored with the tasklet.")
            => [portable_tasklet c253()];
        no("C263", "The reduced form of a tasklet has a fixed shape.");
        adapt("C264", "Pickles work across encoders and versions of the format.")
            .untried("there is one encoder and one version of the format");
        no("C265", "Objects of the language that usually cannot be pickled can.");
        adapt("C266", "Malformed frame state is refused, not crashed on.")
            => [portable_tasklet c266()];
        no("C267", "Flags per thread control optional content of pickles.");
        no("C268", "Killing while deep structures are pickled corrupts nothing.");
        adapt("C269", "A pickle can be continued in another process of the same program.")
            .untried("needs a second process of the same program, which a case cannot start");
    }
}

#[tasklet]
pub(super) async fn c250<B: Portable>() -> Result<(), Error> {
    let log: Log = Log::new();
    let original: B::Handle = B::spawn_paused(rounds(log, 'a', 2))?;
    let program = B::program::<rounds::Call<B>>();
    let copy: B::Handle = B::load(&B::dump(&original, &program)?, &program)?;
    hold("alive and paused", copy.status()?.paused())?;
    hold("somebody else", copy != original)?;
    copy.insert()?;
    B::run_others().await?;
    same("what the copy wrote", log.take(), "aa".to_owned())?;
    hold("the original is untouched", original.status()?.paused())
}

#[tasklet]
async fn descends<B: Backend>(log: Log, level: u32) -> Result<u32, Error> {
    let mut below: u32 = 0;
    if level > 1 {
        below = descends(log, level - 1).await?;
    } else {
        B::schedule_remove(Value::Empty).await?;
    }
    log.write('u');
    Ok(below + 1)
}

#[tasklet]
async fn descent<B: Backend>(log: Log, level: u32) -> Result<(), Error> {
    let levels: u32 = descends(log, level).await?;
    log.write(if levels == level { '.' } else { '!' });
    Ok(())
}

/// A copy goes on from the depth of the original, which is untouched (C251, C252).
#[tasklet]
pub(super) async fn c251<B: Portable>() -> Result<(), Error> {
    let log: Log = Log::new();
    let original: B::Handle = B::spawn(descent(log, 9));
    B::schedule().await?;
    let program = B::program::<descent::Call<B>>();
    let bytes: Vec<u8> = B::dump(&original, &program)?;
    let first: B::Handle = B::load(&bytes, &program)?;
    let second: B::Handle = B::load(&bytes, &program)?;
    let all: Vec<B::Handle> = vec![first, original, second];
    for next in all {
        let tasklet: B::Handle = next;
        same("not run yet", log.take(), String::new())?;
        tasklet.run().await?;
        same("what it wrote", log.take(), "uuuuuuuuu.".to_owned())?;
    }
    Ok(())
}

/// Suspends before, inside and after a scope; passes an error on after its cleanup.
#[tasklet]
async fn scoped<B: Backend>(log: Log) -> Result<(), Error> {
    B::schedule_remove(Value::Empty).await?;
    log.write('e');
    let body: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    log.write(if body.is_err() { 'x' } else { 'b' });
    let outcome: Result<(), Error> = body.map(drop);
    B::schedule_remove(Value::Empty).await?;
    log.write('c');
    outcome
}

/// Suspended in entry, body and exit of a scope, the exit with an error on its way (C253, C262).
#[tasklet]
pub(super) async fn c253<B: Portable>() -> Result<(), Error> {
    let log: Log = Log::new();
    let mut tasklet: B::Handle = B::spawn(scoped(log));
    B::schedule().await?;
    for step in 0u32..3 {
        let program = B::program::<scoped::Call<B>>();
        tasklet = B::load(&B::dump(&tasklet, &program)?, &program)?;
        if step == 1 {
            tasklet.throw_pending(Error::new("E1", ""))?;
        }
        let result: Result<Value<B>, Error> = tasklet.run().await;
        let name = result.err().map(|e| e.name().to_owned());
        same("what surfaces", name, (step == 2).then(|| "E1".to_owned()))?;
    }
    same("what the copies wrote", log.take(), "exc".to_owned())
}

#[tasklet]
pub(super) async fn c254<B: Portable>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let original: B::Handle = B::spawn(taker(log, 'a', channel.clone()));
    B::schedule().await?;
    let program = B::program::<taker::Call<B>>();
    let bytes = B::dump(&(original.clone(), original, channel), &program)?;
    let (first, second, own): (B::Handle, B::Handle, B::Channel<u64>) = B::load(&bytes, &program)?;
    same("one tasklet named twice", first.clone(), second)?;
    same("the channel in its frame", own.waiting()?, vec![first.clone()])?;
    let (other, ..): (B::Handle, B::Handle, B::Channel<u64>) = B::load(&bytes, &program)?;
    hold("nothing is shared by two pickles", other != first)
}

/// Waiters with their channel, whichever is loaded first (C255, C257).
#[tasklet]
pub(super) async fn c255<B: Portable>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let first: B::Handle = B::spawn(taker(log, 'a', channel.clone()));
    let second: B::Handle = B::spawn(taker(log, 'b', channel.clone()));
    B::schedule().await?;
    let program = B::program::<taker::Call<B>>();
    let bytes = B::dump(&(second.clone(), channel.clone(), first.clone()), &program)?;
    let (b, copy, a): (B::Handle, B::Channel<u64>, B::Handle) = B::load(&bytes, &program)?;
    same("the queue of the copy", copy.waiting()?, vec![a, b])?;
    same("its balance", copy.balance()?, -2)?;
    let bytes = B::dump(&(channel.clone(), first.clone()), &program)?;
    let (other, a): (B::Channel<u64>, B::Handle) = B::load(&bytes, &program)?;
    same("the first waiter", other.waiting()?.first(), Some(&a))?;
    let lone: B::Channel<u64> = other;
    copy.send(1).await?;
    lone.send(1).await?;
    lone.send(1).await?;
    same("who received", log.take(), "aab".to_owned())?;
    same("the original queue", channel.waiting()?, vec![first, second])
}

/// Copies are paused or dead, and keep a pending error.
#[tasklet]
pub(super) async fn c258<B: Portable>() -> Result<(), Error> {
    let log: Log = Log::new();
    let dead: B::Handle = B::spawn(once(log, 'd'));
    let thrown: B::Handle = B::spawn(pauser(log, 'p'));
    B::schedule().await?;
    let runnable: B::Handle = B::spawn(once(log, 'r'));
    thrown.throw_pending(Error::new("E1", ""))?;
    let mut program = B::program::<once::Call<B>>();
    program.add::<B, pauser::Call<B>>();
    let bytes = B::dump(&(dead, runnable, thrown.clone()), &program)?;
    let (d, r, t): (B::Handle, B::Handle, B::Handle) = B::load(&bytes, &program)?;
    let copy: B::Handle = t;
    hold("a dead one is dead", !d.status()?.alive)?;
    hold("a runnable one is paused", r.status()?.paused())?;
    hold("one with a pending error too", copy.status()?.paused())?;
    thrown.remove()?;
    B::run_others().await?;
    log.take();
    let result: Result<Value<B>, Error> = copy.run().await;
    same("it raises", result.err().map(|e| e.name().to_owned()), Some("E1".to_owned()))?;
    same("where it paused", log.take(), "!".to_owned())
}

#[tasklet]
pub(super) async fn c259<B: Portable>() -> Result<(), Error> {
    let me: B::Handle = B::current()?;
    let program = B::program::<once::Call<B>>();
    refused("dump of the current tasklet", B::dump(&me, &program), Kind::PickleCurrent)?;
    refused("fork of the current tasklet", B::fork(&me), Kind::PickleCurrent)
}

#[tasklet]
pub(super) async fn c261<B: Portable>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let sender: B::Handle = B::spawn(send_sequence::<B, u64>(channel.clone(), vec![1, 2, 3]));
    let first: u64 = channel.receive().await?;
    B::run_others().await?;
    let program = B::program::<send_sequence::Call<B, u64>>();
    let bytes = B::dump(&(sender, channel), &program)?;
    let (_, copied): (B::Handle, B::Channel<u64>) = B::load(&bytes, &program)?;
    let copy: B::Channel<u64> = copied;
    let second: u64 = copy.receive().await?;
    let third: u64 = copy.receive().await?;
    same("the items", [first, second, third], [1, 2, 3])
}

/// Every beginning of a pickle is refused, and nothing changes by that.
#[tasklet]
pub(super) async fn c266<B: Portable>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let waiter: B::Handle = B::spawn(taker(Log::new(), 'a', channel.clone()));
    B::schedule().await?;
    let program = B::program::<taker::Call<B>>();
    let bytes = B::dump(&(waiter.clone(), channel.clone()), &program)?;
    let (tasklets, channels) = ([waiter], [channel]);
    let before = state::<B>(&tasklets, &channels)?;
    for length in 0..bytes.len() {
        let result: Result<(B::Handle, B::Channel<u64>), Error> =
            B::load(&bytes[..length], &program);
        refused(&format!("{length} of {} bytes", bytes.len()), result, Kind::BadPickle)?;
    }
    same("the state", state::<B>(&tasklets, &channels)?, before)
}

#[tasklet]
async fn freezes<B: Portable>(log: Log) -> Result<Vec<u8>, Error> {
    let original: B::Handle = B::spawn(descent(log, 3));
    B::schedule().await?;
    let bytes = B::dump(&original, &B::program::<descent::Call<B>>())?;
    original.unbind()?;
    Ok(bytes)
}

#[tasklet]
async fn thaws<B: Portable>(bytes: Vec<u8>) -> Result<(), Error> {
    let copy: B::Handle = B::load(&bytes, &B::program::<descent::Call<B>>())?;
    copy.run().await?;
    hold("it has ended", !copy.status()?.alive)
}

/// A computation goes to a scheduler of another thread by value.
pub(super) fn c219<B: Portable>() -> Result<(), Error> {
    let log = Log::new();
    let bytes = B::run(freezes(log))?;
    same("before the move", log.take(), String::new())?;
    let thread = std::thread::spawn(move || B::run(thaws(bytes)));
    thread.join().map_err(|_| Error::new("check", "the thread panicked"))??;
    same("after it", log.take(), "uuu.".to_owned())
}

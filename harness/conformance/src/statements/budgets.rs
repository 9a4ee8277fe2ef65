//! Runs with a budget: C060 to C072.

use switchback::{Backend, Budget, Channel, Control, Error, Portable, tasklet};

use super::deadlocks;
use super::row::{adapt, statements, yes};
use super::tools::{Log, hold, same};
use crate::group;

statements! {
    group::BUDGETS {
        yes("C060", "main may open a run inside a worker's run; it is then the innermost.");
        adapt("C061", "A timeout interrupts a tasklet that runs too long and gives it, paused.")
            => [tasklet c061()];
        adapt("C062", "A timeout gives nothing if the ring empties first.") => [tasklet c062()];
        adapt("C063", "The budget of a timeout restarts at every switch.") => [tasklet c063()];
        adapt("C064", "A total timeout covers the whole run.") => [tasklet c064()];
        adapt("C065", "A soft timeout stops at the next ordinary switch only.") => [tasklet c065()];
        adapt("C066", "An atomic tasklet is interrupted when it stops being atomic.")
            => [tasklet c066()];
        adapt("C067", "A tasklet with native frames is not interrupted unless it asks for it.")
            => [tasklet c067()];
        adapt("C068", "Only the outermost timeout is armed.") => [tasklet c068()];
        adapt("C069", "A worker may own the timeout, and is then the one resumed.")
            => [tasklet c069()];
        yes("C070", "An error raised by run leaves all other tasklets as they were.")
            => [tasklet deadlocks::c057()];
        adapt("C071", "Interrupting tasklets that talk over channels loses no message.")
            => [tasklet c071()];
        adapt("C072", "An interrupted tasklet can be pickled and its copy continued.")
            => [portable_tasklet c072()];
    }
}

/// Writes its letter before every checkpoint, of which there are that many.
#[tasklet]
async fn busy<B: Backend>(log: Log, letter: char, checkpoints: u32) -> Result<(), Error> {
    for _ in 0..checkpoints {
        log.write(letter);
        B::checkpoint().await?;
    }
    Ok(())
}

#[tasklet]
pub(super) async fn c061<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(busy(log, 'a', 6));
    let other: B::Handle = B::spawn(busy(log, 'b', 1));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(3)).await?;
    same("who was stopped", stopped, Some(worker.clone()))?;
    hold("alive and paused", worker.status()?.paused())?;
    same("the ring", B::run_queue()?, vec![B::main()?, other])?;
    same("stopped at the step after the budget", log.take(), "aaaa".to_owned())?;
    worker.insert()?;
    B::run_others().await?;
    same("goes on where it was", log.take(), "baa".to_owned())
}

#[tasklet]
pub(super) async fn c062<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(busy(log, 'a', 3));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(100)).await?;
    same("who was stopped", stopped, None)?;
    same("what it wrote", log.take(), "aaa".to_owned())
}

/// Takes a few steps between two switches, and many in all.
#[tasklet]
async fn polite<B: Backend>(log: Log) -> Result<(), Error> {
    for _ in 0u32..4 {
        busy(log, 'a', 2).await?;
        B::schedule().await?;
    }
    Ok(())
}

#[tasklet]
async fn two_polite<B: Backend>(budget: Budget) -> Result<bool, Error> {
    B::spawn(polite(Log::new()));
    B::spawn(polite(Log::new()));
    let stopped: Option<B::Handle> = B::run_for(budget).await?;
    Ok(stopped.is_some())
}

#[tasklet]
pub(super) async fn c063<B: Backend>() -> Result<(), Error> {
    let stopped: bool = two_polite(Budget::steps(6)).await?;
    hold("nobody is over the budget between two switches", !stopped)
}

#[tasklet]
pub(super) async fn c064<B: Backend>() -> Result<(), Error> {
    let stopped: bool = two_polite(Budget::steps(6).total()).await?;
    hold("all together are over the budget", stopped)
}

#[tasklet]
pub(super) async fn c065<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let first: B::Handle = B::spawn(polite(log));
    let second: B::Handle = B::spawn(busy(log, 'b', 1));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(1).soft()).await?;
    same("who is taken out", stopped, None)?;
    same("as far as the next switch", log.take(), "aa".to_owned())?;
    same("the ring", B::run_queue()?, vec![B::main()?, second, first])
}

#[tasklet]
async fn atomic_at_first<B: Backend>(log: Log) -> Result<(), Error> {
    B::set_atomic(true)?;
    busy(log, 'a', 5).await?;
    B::set_atomic(false)?;
    busy(log, 'b', 5).await
}

#[tasklet]
pub(super) async fn c066<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(atomic_at_first(log));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(2)).await?;
    same("who was stopped", stopped, Some(worker))?;
    same("after it was atomic", log.take(), "aaaaab".to_owned())
}

/// Writes its letter often in a plain function, then comes to a checkpoint.
#[tasklet]
async fn absorbed<B: Backend>(log: Log) -> Result<(), Error> {
    (0..50).for_each(|_| log.write('a'));
    B::checkpoint().await?;
    log.write('b');
    Ok(())
}

/// Plain code is interrupted only where it asks for it: its native frames cannot be left.
#[tasklet]
pub(super) async fn c067<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(absorbed(log));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(0)).await?;
    same("who was stopped", stopped, Some(worker))?;
    same("as far as its checkpoint", log.take(), "a".repeat(50))
}

/// Runs a busy one on a small budget of its own; writes `s` if that stopped it, else `n`.
#[tasklet]
async fn owner<B: Backend>(log: Log) -> Result<(), Error> {
    B::spawn(busy(log, 'a', 5));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(2)).await?;
    log.write(if stopped.is_some() { 's' } else { 'n' });
    Ok(())
}

#[tasklet]
pub(super) async fn c068<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(owner(log));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(100)).await?;
    same("who was stopped", stopped, None)?;
    same("the inner budget does not count", log.take(), "aaaaan".to_owned())
}

#[tasklet]
pub(super) async fn c069<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(owner(log));
    B::run_others().await?;
    same("the worker is resumed", log.take(), "aaas".to_owned())
}

#[tasklet]
async fn counts_up<B: Backend>(to: B::Channel<u64>) -> Result<(), Error> {
    for number in 1u64..21 {
        to.send(number).await?;
        B::checkpoint().await?;
    }
    Ok(())
}

#[tasklet]
async fn adds_up<B: Backend>(log: Log, from: B::Channel<u64>) -> Result<(), Error> {
    for number in 1u64..21 {
        let value: u64 = from.receive().await?;
        log.write(if value == number { '.' } else { '!' });
        B::checkpoint().await?;
    }
    Ok(())
}

#[tasklet]
pub(super) async fn c071<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(counts_up(channel.clone()));
    B::spawn(adds_up(log, channel));
    let mut stops: u32 = 0;
    loop {
        let stopped: Option<B::Handle> = B::run_for(Budget::steps(3).total()).await?;
        let Some(worker) = stopped else { break };
        worker.insert()?;
        stops += 1;
    }
    hold("some were stopped", stops > 0)?;
    same("every message in order", log.take(), ".".repeat(20))
}

#[tasklet]
pub(super) async fn c072<B: Portable>() -> Result<(), Error> {
    let log: Log = Log::new();
    let worker: B::Handle = B::spawn(busy(log, 'a', 6));
    let stopped: Option<B::Handle> = B::run_for(Budget::steps(3)).await?;
    same("who was stopped", stopped, Some(worker.clone()))?;
    log.take();
    let program = B::program::<busy::Call<B>>();
    let copy: B::Handle = B::load(&B::dump(&worker, &program)?, &program)?;
    copy.insert()?;
    B::run_others().await?;
    same("the copy goes on", log.take(), "aa".to_owned())
}

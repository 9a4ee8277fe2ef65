//! Errors over channels, sequences, closing, traps of a channel: C113 to C127.

use switchback::{Backend, Channel, Control, Error, Iteration, Kind, send_sequence, tasklet};

use super::row::{adapt, no, statements, yes};
use super::threads;
use super::tools::{Log, giver, hold, once, refused, same, taker};
use crate::group;
use crate::needs::Need;

statements! {
    group::CHANNELS {
        yes("C113", "An error sent over a channel is raised in the receiver.")
            .needing(&[Need::Close]) => [tasklet c113()];
        adapt("C114", "An existing error sent over a channel keeps its origin.")
            .needing(&[Need::Close]) => [tasklet c113()];
        yes("C115", "The sender of an error returns normally once it is received.")
            .pinned_by(&["d09"])
            .needing(&[Need::Close]) => [tasklet c113()];
        yes("C116", "A sequence is sent item by item with full channel rules.") => [tasklet c116()];
        adapt("C117", "Iterating a channel ends when StopIteration arrives.")
            .needing(&[Need::Close]) => [tasklet c117()];
        yes("C118", "close wakes nobody; closed means closing with an empty queue.")
            .needing(&[Need::Close]) => [tasklet c118()];
        yes("C119", "On a closing channel an operation that would block fails.")
            .needing(&[Need::Close]) => [tasklet c119()];
        yes("C120", "On a closing channel an operation that meets a peer succeeds.")
            .needing(&[Need::Close]) => [tasklet c120()];
        yes("C121", "Iterating a closing channel drains its senders, then stops.")
            .needing(&[Need::Close]) => [tasklet c121()];
        yes("C122", "open takes close back.").needing(&[Need::Close]) => [tasklet c122()];
        yes("C123", "Under block_trap an operation that would block fails, nothing changed.")
            .needing(&[Need::Close]) => [tasklet c123()];
        adapt("C124", "A channel lives as long as a tasklet is blocked on it.")
            .needing(&[Need::Throw]) => [tasklet c124()];
        yes("C125", "kill or throw takes a blocked tasklet off its channel first.")
            .pinned_by(&["k05"])
            .needing(&[Need::Throw]) => [tasklet c125()];
        adapt("C126", "A receiver of a dead thread stays queued; a send to it fails.")
            .keeps_handles() => [function threads::c214::<B>];
        no("C127", "Wrong argument counts are reported.");
    }
}

#[tasklet]
async fn error_giver<B: Backend>(
    log: Log,
    channel: B::Channel<u64>,
    error: Error,
) -> Result<(), Error> {
    channel.send_error(error).await?;
    log.write('s');
    Ok(())
}

/// An error over a channel: raised in the receiver, of one origin, not in the sender
/// (C113, C114, C115).
#[tasklet]
pub(super) async fn c113<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let error: Error = Error::new("E1", "");
    B::spawn(error_giver(log, channel.clone(), error.clone()));
    let received: Result<u64, Error> = channel.receive().await;
    let raised = received.err();
    hold("raised, origin kept", raised.is_some_and(|raised| raised.same_origin(&error)))?;
    B::run_others().await?;
    same("the sender", log.take(), "s".to_owned())
}

#[tasklet]
async fn sends_three<B: Backend>(log: Log, channel: B::Channel<u64>) -> Result<(), Error> {
    let sent: u64 = send_sequence::<B, u64>(channel, vec![7, 8, 9]).await?;
    log.write(if sent == 3 { 'n' } else { '!' });
    Ok(())
}

#[tasklet]
pub(super) async fn c116<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(sends_three(log, channel.clone()));
    B::schedule().await?;
    for item in 7u64..10 {
        same("one item at a time", channel.balance()?, 1)?;
        let value: u64 = channel.receive().await?;
        same("the item", value, item)?;
        B::schedule().await?;
    }
    same("their number", log.take(), "n".to_owned())
}

#[tasklet]
async fn sends_and_ends<B: Backend>(channel: B::Channel<u64>) -> Result<(), Error> {
    for item in 1u64..4 {
        channel.send(item).await?;
    }
    channel.send_error(Kind::StopIteration.into()).await
}

#[tasklet]
pub(super) async fn c117<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(sends_and_ends(channel.clone()));
    let mut sum: u64 = 0;
    loop {
        let next: Result<u64, Error> = channel.next().await;
        match next.item()? {
            Some(item) => sum += item,
            None => return same("the sum", sum, 6),
        }
    }
}

#[tasklet]
pub(super) async fn c118<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let receiver: B::Handle = B::spawn(taker(log, 'a', channel.clone()));
    B::schedule().await?;
    channel.close()?;
    B::schedule().await?;
    hold("still blocked", receiver.status()?.blocked)?;
    hold("closing, not closed", channel.is_closing()? && !channel.is_closed()?)?;
    same("its queue", channel.balance()?, -1)?;
    let empty: B::Channel<u64> = B::channel();
    hold("open", !empty.is_closing()? && !empty.is_closed()?)?;
    empty.close()?;
    hold("closed", empty.is_closing()? && empty.is_closed()?)?;
    same("nobody woke", log.take(), String::new())
}

#[tasklet]
pub(super) async fn c119<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    channel.close()?;
    let send: Result<(), Error> = channel.send(1).await;
    refused("send", send, Kind::Closed)?;
    let receive: Result<u64, Error> = channel.receive().await;
    refused("receive", receive, Kind::Closed)
}

#[tasklet]
pub(super) async fn c120<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(taker(log, 'a', channel.clone()));
    B::schedule().await?;
    channel.close()?;
    channel.send(1).await?;
    same("the receiver", log.take(), "a".to_owned())
}

#[tasklet]
pub(super) async fn c121<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(giver(Log::new(), 'a', channel.clone(), 7));
    B::schedule().await?;
    channel.close()?;
    let first: Result<u64, Error> = channel.next().await;
    same("the waiting sender is drained", first.item()?, Some(7))?;
    let second: Result<u64, Error> = channel.next().await;
    same("then it stops", second.item()?, None)
}

#[tasklet]
pub(super) async fn c122<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    channel.close()?;
    channel.open()?;
    hold("not closing", !channel.is_closing()?)?;
    B::spawn(giver(Log::new(), 'a', channel.clone(), 7));
    let value: u64 = channel.receive().await?;
    same("a receive that blocks", value, 7)
}

#[tasklet]
pub(super) async fn c123<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let other: B::Handle = B::spawn(once(Log::new(), 'a'));
    channel.close()?;
    hold("it was off", !B::block_trap(true)?)?;
    let send: Result<(), Error> = channel.send(1).await;
    refused("the trap comes before closing", send, Kind::BlockTrap)?;
    let receive: Result<u64, Error> = channel.receive().await;
    refused("receive", receive, Kind::BlockTrap)?;
    same("the balance", channel.balance()?, 0)?;
    same("the ring", B::run_queue()?, vec![B::main()?, other])?;
    hold("it was on", B::block_trap(false)?)
}

#[tasklet]
async fn lends<B: Backend>(log: Log, to: B::Channel<B::Channel<u64>>) -> Result<(), Error> {
    let own: B::Channel<u64> = B::channel();
    to.send(own.clone()).await?;
    let value: u64 = own.receive().await?;
    log.write(if value == 5 { 'a' } else { '!' });
    Ok(())
}

#[tasklet]
async fn blocks_alone<B: Backend>() -> Result<(), Error> {
    let own: B::Channel<u64> = B::channel();
    own.receive().await?;
    Ok(())
}

#[tasklet]
pub(super) async fn c124<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let to: B::Channel<B::Channel<u64>> = B::channel();
    let lonely: B::Handle = B::spawn(blocks_alone());
    B::spawn(lends(log, to.clone()));
    let lent: B::Channel<u64> = to.receive().await?;
    B::run_others().await?;
    // Others are made meanwhile: the channel that only its waiter holds must not be reused.
    let fresh: B::Channel<u64> = B::channel();
    same("a new channel", fresh.balance()?, 0)?;
    hold("blocked where nobody else can look", lonely.status()?.blocked)?;
    lent.send(5).await?;
    same("a lent channel works", log.take(), "a".to_owned())?;
    lonely.kill().await?;
    hold("killed", !lonely.status()?.alive)
}

#[tasklet]
pub(super) async fn c125<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let first: B::Handle = B::spawn(taker(log, 'a', channel.clone()));
    let second: B::Handle = B::spawn(taker(log, 'b', channel.clone()));
    let third: B::Handle = B::spawn(taker(log, 'c', channel.clone()));
    let fourth: B::Handle = B::spawn(taker(log, 'd', channel.clone()));
    B::schedule().await?;
    second.kill().await?;
    third.kill_pending()?;
    same("the balance", channel.balance()?, -2)?;
    same("the others in order", channel.waiting()?, vec![first, fourth])?;
    channel.send(1).await?;
    B::run_others().await?;
    same("who received", log.take(), "!a!".to_owned())
}

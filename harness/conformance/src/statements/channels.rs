//! Rendezvous and preferences: C100 to C112.

use switchback::{Backend, Channel, Control, Error, Preference, tasklet};

use super::row::{adapt, statements, yes};
use super::tools::{Log, giver, hold, once, same, shown, taker};
use crate::group;

statements! {
    group::CHANNELS {
        yes("C100", "send without a receiver blocks and raises the balance by one.")
            => [tasklet c100()];
        yes("C101", "receive without a sender blocks and lowers the balance by one.")
            => [tasklet c101()];
        yes("C102", "send to a waiting receiver does not block.")
            .pinned_by(&["c18", "c0m1"]) => [tasklet c102()];
        yes("C103", "receive from a waiting sender does not block and gives its value.")
            .pinned_by(&["c18", "c10"]) => [tasklet c103()];
        yes("C104", "Waiting tasklets are served in the order in which they blocked.")
            => [tasklet c104()];
        yes("C105", "Preference receiver: send lets the waiting receiver run now.")
            => [tasklet c105()];
        yes("C106", "Preference receiver: receive goes on, the sender is put at the end.")
            => [tasklet c106()];
        yes("C107", "Preference sender: send goes on, the receiver is put at the end.")
            => [tasklet c107()];
        yes("C108", "Preference sender: receive lets the waiting sender run now.")
            => [tasklet c108()];
        yes("C109", "Preference caller: whoever completes the rendezvous goes on.")
            => [tasklet c109()];
        yes("C110", "schedule_all puts the peer at the end and lets the ring successor run.")
            => [tasklet c110()];
        adapt("C111", "The preference is receiver and schedule_all is off unless set.")
            => [tasklet c111()];
        yes("C112", "The balance counts waiting senders, or receivers below zero.")
            => [tasklet c112()];
    }
}

#[tasklet]
pub(super) async fn c100<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let sender: B::Handle = B::spawn(giver(Log::new(), 'a', channel.clone(), 1));
    B::schedule().await?;
    let status = sender.status()?;
    hold("blocked and scheduled", status.blocked && status.scheduled)?;
    same("the balance", channel.balance()?, 1)
}

#[tasklet]
pub(super) async fn c101<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    let receiver: B::Handle = B::spawn(taker(Log::new(), 'a', channel.clone()));
    B::schedule().await?;
    let status = receiver.status()?;
    hold("blocked and scheduled", status.blocked && status.scheduled)?;
    same("the balance", channel.balance()?, -1)
}

#[tasklet]
pub(super) async fn c102<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(taker(log, 'a', channel.clone()));
    B::schedule().await?;
    B::block_trap(true)?;
    channel.send(1).await?;
    same("the receiver has run", log.take(), "a".to_owned())?;
    same("the balance", channel.balance()?, 0)
}

#[tasklet]
pub(super) async fn c103<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    B::spawn(giver(Log::new(), 'a', channel.clone(), 7));
    B::spawn(giver(Log::new(), 'b', channel.clone(), 8));
    B::schedule().await?;
    B::block_trap(true)?;
    let value: u64 = channel.receive().await?;
    same("the first value", value, 7)?;
    same("the balance", channel.balance()?, 1)
}

#[tasklet]
pub(super) async fn c104<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    B::spawn(taker(log, 'a', channel.clone()));
    B::spawn(taker(log, 'b', channel.clone()));
    B::schedule().await?;
    channel.send(1).await?;
    same("served first", log.take(), "a".to_owned())?;
    channel.send(2).await?;
    same("served second", log.take(), "b".to_owned())
}

/// A rendezvous of main with a worker while a bystander `x` is runnable.
///
/// Gives the names of the tasklets that wrote before main went on: `w` if the worker ran, `x` if
/// the bystander did.
#[tasklet]
async fn meeting<B: Backend>(channel: B::Channel<u64>, sending: bool) -> Result<String, Error> {
    let log: Log = Log::new();
    if sending {
        B::spawn(taker(log, 'w', channel.clone()));
    } else {
        B::spawn(giver(log, 'w', channel.clone(), 1));
    }
    B::schedule().await?;
    B::spawn(once(log, 'x'));
    if sending {
        channel.send(1).await?;
    } else {
        channel.receive().await?;
    }
    let before: String = log.take();
    B::run_others().await?;
    same("all have run", (before.clone() + &log.take()).len(), 2)?;
    Ok(before)
}

#[tasklet]
async fn meets<B: Backend>(preference: i8, sending: bool, expected: String) -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    channel.set_preference(match preference {
        -1 => Preference::Receiver,
        0 => Preference::Caller,
        _ => Preference::Sender,
    })?;
    let before: String = meeting(channel, sending).await?;
    same("who ran before main went on", before, expected)
}

#[tasklet]
pub(super) async fn c105<B: Backend>() -> Result<(), Error> {
    meets(-1, true, "wx".to_owned()).await
}

#[tasklet]
pub(super) async fn c106<B: Backend>() -> Result<(), Error> {
    meets(-1, false, String::new()).await
}

#[tasklet]
pub(super) async fn c107<B: Backend>() -> Result<(), Error> {
    meets(1, true, String::new()).await
}

#[tasklet]
pub(super) async fn c108<B: Backend>() -> Result<(), Error> {
    meets(1, false, "wx".to_owned()).await
}

#[tasklet]
pub(super) async fn c109<B: Backend>() -> Result<(), Error> {
    meets(0, true, String::new()).await?;
    meets(0, false, String::new()).await
}

#[tasklet]
pub(super) async fn c110<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    channel.set_schedule_all(true)?;
    let sent: String = meeting(channel.clone(), true).await?;
    same("who ran before the sender went on", sent, "xw".to_owned())?;
    let received: String = meeting(channel, false).await?;
    same("who ran before the receiver went on", received, "xw".to_owned())
}

#[tasklet]
pub(super) async fn c111<B: Backend>() -> Result<(), Error> {
    let channel: B::Channel<u64> = B::channel();
    same("the preference", channel.preference()?, Preference::Receiver)?;
    hold("schedule_all is off", !channel.schedule_all()?)?;
    let sent: String = meeting(channel.clone(), true).await?;
    same("the receiver goes on, then its successor", sent, "wx".to_owned())?;
    let received: String = meeting(channel, false).await?;
    same("nobody runs before the receiver", received, String::new())?;
    let other: B::Channel<u64> = B::channel();
    let all: Vec<i32> = vec![1, 0, -1];
    for sign in all {
        let preference = match sign {
            1 => Preference::Sender,
            0 => Preference::Caller,
            _ => Preference::Receiver,
        };
        other.set_preference(preference)?;
        same("the preference that was set", other.preference()?, preference)?;
    }
    other.set_schedule_all(true)?;
    hold("schedule_all is on", other.schedule_all()?)
}

#[tasklet]
pub(super) async fn c112<B: Backend>() -> Result<(), Error> {
    let senders: B::Channel<u64> = B::channel();
    let receivers: B::Channel<u64> = B::channel();
    let first: B::Handle = B::spawn(giver(Log::new(), 'a', senders.clone(), 7));
    B::spawn(giver(Log::new(), 'b', senders.clone(), 8));
    let third: B::Handle = B::spawn(taker(Log::new(), 'c', receivers.clone()));
    B::schedule().await?;
    same("waiting senders", senders.balance()?, 2)?;
    same("waiting receivers", receivers.balance()?, -1)?;
    same("the first waiter", senders.waiting()?.first(), Some(&first))?;
    same("what a sender offers", shown(first.slot()?), "Message(7)".to_owned())?;
    same("what a receiver holds", shown(third.slot()?), "Empty".to_owned())
}

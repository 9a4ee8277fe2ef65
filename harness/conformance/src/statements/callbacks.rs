//! The error handler and the callbacks: C160 to C177.

use std::rc::Rc;

use switchback::{
    Backend, Channel, ChannelCallback, Control, Error, ErrorHandler, Kind, Operation,
    ScheduleCallback, tasklet,
};

use super::row::{adapt, statements, yes};
use super::tools::{Log, failer, hold, once, pauser, refused, rounds, same, taker};
use crate::group;
use crate::needs::Need;

statements! {
    group::CALLBACKS {
        yes("C160", "Setting the error handler gives the previous one.") => [tasklet c160()];
        yes("C161", "An error taken by the handler vanishes.")
            .needing(&[Need::Throw]) => [tasklet c161()];
        yes("C162", "An error of the handler replaces the original.") => [tasklet c162()];
        yes("C163", "The handler sees errors thrown at tasklets that never started.")
            .pinned_by(&["k20"])
            .needing(&[Need::Throw]) => [tasklet c163()];
        yes("C164", "The handler runs in the dying tasklet and never sees the exit.")
            .needing(&[Need::Throw]) => [tasklet c161()];
        yes("C165", "A pending throw reaches the handler only when its target runs.")
            .needing(&[Need::Throw]) => [tasklet c165()];
        yes("C170", "The schedule callback is called once before every real switch.")
            .pinned_by(&["q01", "q02", "t01"]) => [tasklet c170()];
        yes("C171", "Setting a schedule callback gives the previous one.") => [tasklet c171()];
        adapt("C172", "A failing schedule callback does not prevent the switch.")
            => [tasklet c172()];
        yes("C175", "The channel callback is called before every channel operation.")
            .needing(&[Need::Close]) => [tasklet c175()];
        yes("C176", "Setting a channel callback gives the previous one.") => [tasklet c176()];
        yes("C177", "Channel operations in a channel callback fail.")
            .needing(&[Need::Blocking]) => [tasklet c177()];
    }
}

/// Installs a handler that writes `h` if it runs in the dying tasklet, and else `!`.
fn handle<B: Backend>(log: Log, replace: bool) -> Result<(), Error> {
    let handler: ErrorHandler<B> = Rc::new(move |dying, _| {
        let at_home = B::current().is_ok_and(|current| current == *dying);
        log.write(if at_home { 'h' } else { '!' });
        if replace { Err(Error::new("E2", "")) } else { Ok(()) }
    });
    B::set_error_handler(Some(handler)).map(drop)
}

fn swaps_handlers<B: Backend>() -> Result<(), Error> {
    let handler: ErrorHandler<B> = Rc::new(|_, _| Ok(()));
    hold("none before", B::set_error_handler(Some(handler.clone()))?.is_none())?;
    let asked = B::error_handler()?;
    hold("the one that is set", asked.is_some_and(|asked| Rc::ptr_eq(&asked, &handler)))?;
    let previous = B::set_error_handler(None)?;
    hold("the one before", previous.is_some_and(|previous| Rc::ptr_eq(&previous, &handler)))?;
    hold("none disables", B::set_error_handler(None)?.is_none())
}

#[tasklet]
pub(super) async fn c160<B: Backend>() -> Result<(), Error> {
    swaps_handlers::<B>()
}

/// A handler takes an error, in the dying tasklet (C161, C164).
#[tasklet]
pub(super) async fn c161<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    handle::<B>(log, false)?;
    B::spawn(failer(log, 'a', "E1".to_owned()));
    B::spawn(once(log, 'b'));
    B::run_others().await?;
    same("who ran", log.take(), "ahb".to_owned())?;
    let exits: B::Handle = B::spawn(pauser(log, 'c'));
    B::schedule().await?;
    exits.kill().await?;
    same("the exit is not handled", log.take(), "!".to_owned())
}

#[tasklet]
pub(super) async fn c162<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    handle::<B>(log, true)?;
    B::spawn(failer(log, 'a', "E1".to_owned()));
    let result: Result<(), Error> = B::run_others().await;
    same("the error", result.err().map(|e| e.name().to_owned()), Some("E2".to_owned()))
}

#[tasklet]
pub(super) async fn c163<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    handle::<B>(log, false)?;
    let worker: B::Handle = B::spawn(once(log, 'a'));
    worker.throw(Error::new("E1", "")).await?;
    same("the handler, not the body", log.take(), "h".to_owned())
}

#[tasklet]
pub(super) async fn c165<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    handle::<B>(log, false)?;
    let worker: B::Handle = B::spawn(pauser(log, 'a'));
    B::schedule().await?;
    worker.throw_pending(Error::new("E1", ""))?;
    same("not before it runs", log.take(), String::new())?;
    B::schedule().await?;
    same("when it runs", log.take(), "!h".to_owned())
}

fn watch_switches<B: Backend>(log: Log) -> Result<(), Error> {
    let callback: ScheduleCallback<B> = Rc::new(move |previous, next| {
        let before = B::current().is_ok_and(|current| current == *previous);
        log.write(if before && previous != next { 's' } else { '!' });
    });
    B::set_schedule_callback(Some(callback)).map(drop)
}

#[tasklet]
pub(super) async fn c170<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    watch_switches::<B>(log)?;
    B::schedule().await?;
    same("no switch alone", log.take(), String::new())?;
    B::spawn(rounds(log, 'a', 1));
    B::schedule().await?;
    same("there and back", log.take(), "sas".to_owned())?;
    B::schedule().await?;
    same("to its end and back", log.take(), "ss".to_owned())
}

fn swaps_schedule_callbacks<B: Backend>() -> Result<(), Error> {
    let callback: ScheduleCallback<B> = Rc::new(|_, _| {});
    hold("none before", B::set_schedule_callback(Some(callback.clone()))?.is_none())?;
    let asked = B::schedule_callback()?;
    hold("the one that is set", asked.is_some_and(|asked| Rc::ptr_eq(&asked, &callback)))?;
    let previous = B::set_schedule_callback(None)?;
    hold("the one before", previous.is_some_and(|previous| Rc::ptr_eq(&previous, &callback)))?;
    hold("none disables", B::set_schedule_callback(None)?.is_none())
}

#[tasklet]
pub(super) async fn c171<B: Backend>() -> Result<(), Error> {
    swaps_schedule_callbacks::<B>()
}

fn fail_in_callback<B: Backend>(log: Log) -> Result<(), Error> {
    let callback: ScheduleCallback<B> = Rc::new(move |_, _| {
        log.write('(');
        // As a panic, but without its message.
        std::panic::resume_unwind(Box::new("the callback failed"));
    });
    B::set_schedule_callback(Some(callback)).map(drop)
}

#[tasklet]
pub(super) async fn c172<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    B::spawn(once(log, 'a'));
    fail_in_callback::<B>(log)?;
    B::schedule().await?;
    B::set_schedule_callback(None)?;
    same("the switches take place", log.take(), "(a(".to_owned())
}

fn watch_channels<B: Backend>(log: Log) -> Result<(), Error> {
    let callback: ChannelCallback<B> = Rc::new(move |_, acting, sending, blocks| {
        let own = B::current().is_ok_and(|current| current == *acting);
        log.write(if own { '(' } else { '!' });
        log.write(if sending { 's' } else { 'r' });
        log.write(if blocks { 'b' } else { '-' });
        log.write(')');
    });
    B::set_channel_callback(Some(callback)).map(drop)
}

#[tasklet]
pub(super) async fn c175<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    watch_channels::<B>(log)?;
    B::spawn(taker(log, 'a', channel.clone()));
    B::schedule().await?;
    same("a receive that blocks", log.take(), "(rb)".to_owned())?;
    channel.send(1).await?;
    same("a send that does not, before it", log.take(), "(s-)a".to_owned())?;
    channel.close()?;
    let send: Result<(), Error> = channel.send(1).await;
    refused("send", send, Kind::Closed)?;
    same("a send that is refused", log.take(), "(sb)".to_owned())
}

fn swaps_channel_callbacks<B: Backend>() -> Result<(), Error> {
    let callback: ChannelCallback<B> = Rc::new(|_, _, _, _| {});
    hold("none before", B::set_channel_callback(Some(callback.clone()))?.is_none())?;
    let asked = B::channel_callback()?;
    hold("the one that is set", asked.is_some_and(|asked| Rc::ptr_eq(&asked, &callback)))?;
    let previous = B::set_channel_callback(None)?;
    hold("the one before", previous.is_some_and(|previous| Rc::ptr_eq(&previous, &callback)))?;
    hold("none disables", B::set_channel_callback(None)?.is_none())
}

#[tasklet]
pub(super) async fn c176<B: Backend>() -> Result<(), Error> {
    swaps_channel_callbacks::<B>()
}

/// Uses a channel in a channel callback and switches in a schedule callback; both are refused.
fn misuse<B: Backend>(log: Log, other: B::Channel<u64>) -> Result<(), Error> {
    let callback: ChannelCallback<B> = Rc::new(move |_, _, _, _| {
        let result: Result<(), Error> = other.send(1).wait();
        let recursive = result.is_err_and(|e| e.kind() == Kind::RecursiveChannel);
        log.write(if recursive { 'c' } else { '!' });
    });
    B::set_channel_callback(Some(callback))?;
    let callback: ScheduleCallback<B> = Rc::new(move |_, _| {
        let result: Result<(), Error> = B::schedule().wait();
        let refused = result.is_err_and(|e| e.kind() == Kind::SwitchInCallback);
        log.write(if refused { 's' } else { '!' });
    });
    B::set_schedule_callback(Some(callback)).map(drop)
}

/// For backends that block in plain functions: others cannot suspend in a callback at all.
#[tasklet]
pub(super) async fn c177<B: Backend>() -> Result<(), Error> {
    let log: Log = Log::new();
    let channel: B::Channel<u64> = B::channel();
    let other: B::Channel<u64> = B::channel();
    B::spawn(taker(log, 'a', channel.clone()));
    B::schedule().await?;
    misuse::<B>(log, other.clone())?;
    channel.send(1).await?;
    B::set_channel_callback(None)?;
    B::set_schedule_callback(None)?;
    same("what was refused, before the receiver ran", log.take(), "csas".to_owned())?;
    same("the other channel", other.balance()?, 0)
}

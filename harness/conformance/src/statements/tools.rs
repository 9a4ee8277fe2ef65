//! What the direct checks share: assertions that return errors, a log, and small tasklets.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use switchback::{Backend, Channel, Control, Error, Kind, Message, Value, tasklet};

/// Fails unless the condition holds.
pub(super) fn hold(what: &str, holds: bool) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::new("check", what)) }
}

/// Fails unless both are equal.
pub(super) fn same<T: PartialEq + Debug>(what: &str, actual: T, expected: T) -> Result<(), Error> {
    let differ = || Error::new("check", format!("{what}: {actual:?} instead of {expected:?}"));
    if actual == expected { Ok(()) } else { Err(differ()) }
}

/// Fails unless the operation was refused with an error of that kind.
pub(super) fn refused<T>(what: &str, result: Result<T, Error>, kind: Kind) -> Result<(), Error> {
    match result {
        Ok(_) => Err(Error::new("check", format!("{what}: done instead of {kind:?}"))),
        Err(error) => same(what, error.kind(), kind),
    }
}

/// The content of a slot in words.
pub(super) fn shown<B: Backend>(value: Value<B>) -> String {
    match value {
        Value::Tasklet(handle) => format!("Tasklet({})", handle.number()),
        Value::Message(message) => match message.into_any().downcast::<u64>() {
            Ok(number) => format!("Message({number})"),
            Err(_) => "Message".to_owned(),
        },
        other => format!("{other:?}"),
    }
}

/// Letters in the order in which tasklets wrote them.
///
/// Tasklets keep plain data only, and a backend may give each an OS thread, so the letters are
/// in a table of the process and a log is their number.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Log(u64);

impl Message for Log {}

static LOGS: Mutex<BTreeMap<u64, String>> = Mutex::new(BTreeMap::new());
static NUMBERS: AtomicU64 = AtomicU64::new(0);

fn logs() -> MutexGuard<'static, BTreeMap<u64, String>> {
    LOGS.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Log {
    pub(super) fn new() -> Self {
        Self(NUMBERS.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn write(self, letter: char) {
        logs().entry(self.0).or_default().push(letter);
    }

    /// The letters so far, which are then forgotten.
    pub(super) fn take(self) -> String {
        logs().remove(&self.0).unwrap_or_default()
    }
}

/// Writes its letter, then lets the others run, that many times.
#[tasklet]
pub(super) async fn rounds<B: Backend>(log: Log, letter: char, times: u32) -> Result<(), Error> {
    for _ in 0..times {
        log.write(letter);
        B::schedule().await?;
    }
    Ok(())
}

/// Writes its letter and ends.
#[tasklet]
pub(super) async fn once<B: Backend>(log: Log, letter: char) -> Result<(), Error> {
    log.write(letter);
    Ok(())
}

/// Receives, then writes its letter; writes `!` for an error and passes it on.
#[tasklet]
pub(super) async fn taker<B: Backend>(
    log: Log,
    letter: char,
    channel: B::Channel<u64>,
) -> Result<(), Error> {
    let result: Result<u64, Error> = channel.receive().await;
    log.write(if result.is_ok() { letter } else { '!' });
    result.map(drop)
}

/// Sends, then writes its letter; writes `!` for an error and passes it on.
#[tasklet]
pub(super) async fn giver<B: Backend>(
    log: Log,
    letter: char,
    channel: B::Channel<u64>,
    value: u64,
) -> Result<(), Error> {
    let result: Result<(), Error> = channel.send(value).await;
    log.write(if result.is_ok() { letter } else { '!' });
    result
}

/// Pauses itself, then writes its letter; writes `!` for an error and passes it on.
#[tasklet]
pub(super) async fn pauser<B: Backend>(log: Log, letter: char) -> Result<(), Error> {
    let result: Result<Value<B>, Error> = B::schedule_remove(Value::Empty).await;
    log.write(if result.is_ok() { letter } else { '!' });
    result.map(drop)
}

/// Writes its letter and fails.
#[tasklet]
pub(super) async fn failer<B: Backend>(log: Log, letter: char, name: String) -> Result<(), Error> {
    log.write(letter);
    Err(Error::new(name, ""))
}

/// All that a refused operation must leave alone, in words.
///
/// Reads the block trap by setting it twice, which no operation in between sees.
pub(super) fn state<B: Backend>(
    tasklets: &[B::Handle],
    channels: &[B::Channel<u64>],
) -> Result<String, Error> {
    let numbers = |list: Vec<B::Handle>| list.iter().map(Control::number).collect::<Vec<_>>();
    let mut text = format!("ring {:?}", numbers(B::run_queue()?));
    for tasklet in tasklets {
        let (number, status) = (tasklet.number(), tasklet.status()?);
        text.push_str(&format!("\n{number}: {status:?}, slot {}", shown(tasklet.slot()?)));
    }
    for channel in channels {
        let (balance, closing) = (channel.balance()?, channel.is_closing()?);
        let waiting = numbers(channel.waiting()?);
        text.push_str(&format!("\nchannel {balance} {waiting:?}, closing {closing}"));
    }
    let block_trap = B::block_trap(false)?;
    B::block_trap(block_trap)?;
    text.push_str(&format!("\ntraps {block_trap} {}", B::switch_trap(0)?));
    Ok(text)
}

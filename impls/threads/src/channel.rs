//! The rendezvous channel: a ledger decides whether two meet, crossbeam carries the value.
//!
//! ```text
//!                       waiter (may leave)       arrival (bound to meet, never leaves)
//!   balance > 0         sender   == upward   ==> receiver
//!   balance < 0         receiver <= downward ==  sender
//! ```
//!
//! An arrival that finds a waiter in the ledger takes one off, and then one of the waiters has
//! to stay for it. A waiter that must leave (error for main, end of the run) takes one off
//! likewise; if none is left, all of them are needed and it tries to be the one that is met.
//! The two directions are apart so that a waiter never takes the peer an arrival is bound to.
//! Which of several waiters is met is crossbeam's choice; the ledger only counts them.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded, select_biased};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::{Error, Kind, Message, Operation, operation::Block};

use crate::{Threads, cannot_pickle, context::Context, run::Run};

/// A rendezvous channel between OS threads. It belongs to the run that first uses it.
pub struct Channel<T>(Arc<Shared<T>>);

struct Shared<T> {
    number: u64,
    ledger: Mutex<Ledger>,
    /// Senders that wait to receivers that arrive.
    upward: Pipe<T>,
    /// Senders that arrive to receivers that wait.
    downward: Pipe<T>,
}

/// Both ends of a crossbeam channel of capacity 0, with errors as values (C113).
struct Pipe<T>(Sender<Result<T, Error>>, Receiver<Result<T, Error>>);

#[derive(Default)]
struct Ledger {
    /// Waiting senders if positive, waiting receivers if negative, less those already bound.
    balance: i64,
    closing: bool,
    /// The run that uses the channel; 0 before the first operation.
    run: u64,
}

/// Which end of a channel an operation is at; the number is its effect on the balance.
#[derive(Clone, Copy)]
enum Side {
    Send = 1,
    Receive = -1,
}

enum Entry {
    /// A peer was waiting, and one will stay for this operation.
    Arrives,
    /// In the ledger as a waiter.
    Waits,
}

impl<T: Message> Channel<T> {
    pub(crate) fn new() -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self(Arc::new(Shared {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            ledger: Mutex::default(),
            upward: Pipe::new(),
            downward: Pipe::new(),
        }))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, context: &Context, side: Side, nobody: Kind) -> Result<Entry, Error> {
        context.check()?;
        self.ledger().enter(context.run(), side, nobody)
    }

    fn offer(&self, value: Result<T, Error>) -> Result<(), Error> {
        let context = Context::of_this_thread()?;
        let pipe = match self.enter(&context, Side::Send, Kind::Closed)? {
            Entry::Arrives => return self.0.downward.0.send(value).map_err(|_| gone()),
            Entry::Waits => &self.0.upward.0,
        };
        select_biased! {
            recv(context.alarms()) -> alarm => {
                let mut value = value;
                while !self.ledger().leave(Side::Send) {
                    match pipe.try_send(value) {
                        Err(TrySendError::Full(back)) => value = back,
                        done => {
                            context.postpone(alarm.ok());
                            return done.map_err(|_| gone());
                        }
                    }
                    thread::yield_now();
                }
                Err(context.interrupted(alarm.ok(), Kind::MainSending))
            }
            send(pipe, value) -> done => done.map_err(|_| gone()),
        }
    }

    fn take(&self, nobody: Kind) -> Result<T, Error> {
        let context = Context::of_this_thread()?;
        let pipe = match self.enter(&context, Side::Receive, nobody)? {
            Entry::Arrives => return self.0.upward.1.recv().unwrap_or_else(|_| Err(gone())),
            Entry::Waits => &self.0.downward.1,
        };
        select_biased! {
            recv(context.alarms()) -> alarm => {
                while !self.ledger().leave(Side::Receive) {
                    if let Ok(value) = pipe.try_recv() {
                        context.postpone(alarm.ok());
                        return value;
                    }
                    thread::yield_now();
                }
                Err(context.interrupted(alarm.ok(), Kind::MainReceiving))
            }
            recv(pipe) -> value => value.unwrap_or_else(|_| Err(gone())),
        }
    }
}

impl<T> Pipe<T> {
    fn new() -> Self {
        let (sender, receiver) = bounded(0);
        Self(sender, receiver)
    }
}

impl Ledger {
    /// Binds a waiting peer or becomes a waiter; `nobody` is the error on a closing channel.
    fn enter(&mut self, run: &Run, side: Side, nobody: Kind) -> Result<Entry, Error> {
        if self.run == 0 {
            self.run = run.number();
        }
        if self.run != run.number() {
            return Err(Kind::WrongScheduler.into());
        }
        let step = side as i64;
        if self.balance * step < 0 {
            self.balance += step;
            run.meet();
            return Ok(Entry::Arrives);
        }
        if self.closing {
            return Err(nobody.into());
        }
        run.wait_for_peer()?;
        self.balance += step;
        Ok(Entry::Waits)
    }

    /// Takes one waiter of `side` off; false if all that are there are bound to be met.
    fn leave(&mut self, side: Side) -> bool {
        let free = self.balance * side as i64 > 0;
        if free {
            self.balance -= side as i64;
        }
        free
    }
}

/// Everybody who waits holds both ends, so crossbeam never reports a lost peer.
#[cold]
fn gone() -> Error {
    Kind::Exit.into()
}

impl<T: Message> switchback::Channel<Threads> for Channel<T> {
    type Item = T;

    fn send(&self, value: T) -> impl Operation<Threads, Output = Result<(), Error>> + Send {
        Block(move || self.offer(Ok(value)))
    }

    fn receive(&self) -> impl Operation<Threads, Output = Result<T, Error>> + Send {
        Block(move || self.take(Kind::Closed))
    }

    fn send_error(
        &self,
        error: Error,
    ) -> impl Operation<Threads, Output = Result<(), Error>> + Send {
        Block(move || self.offer(Err(error)))
    }

    fn next(&self) -> impl Operation<Threads, Output = Result<T, Error>> + Send {
        Block(move || self.take(Kind::StopIteration))
    }

    fn close(&self) -> Result<(), Error> {
        self.ledger().closing = true;
        Ok(())
    }

    fn open(&self) -> Result<(), Error> {
        self.ledger().closing = false;
        Ok(())
    }

    fn is_closing(&self) -> Result<bool, Error> {
        Ok(self.ledger().closing)
    }

    fn number(&self) -> u64 {
        self.0.number
    }
}

impl<T> Clone for Channel<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Channel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({})", self.0.number)
    }
}

impl<T: Message> Message for Channel<T> {}

impl<T> Serialize for Channel<T> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(cannot_pickle("a channel")))
    }
}

impl<'de, T> Deserialize<'de> for Channel<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(cannot_pickle("a channel")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Alarm;

    /// Main waits at one end; a peer binds it, and only then comes an alarm and after it the peer.
    fn alarmed_while_bound<T: Send + 'static>(
        side: Side,
        peer: impl Fn(&Channel<u8>) + Send + 'static,
        main: impl FnOnce(&Channel<u8>) -> Result<T, Error>,
    ) -> (T, Error) {
        let run = || {
            let channel = Channel::new();
            let far = channel.clone();
            Context::of_this_thread()?.run().spawn(move || {
                let context = Context::of_this_thread()?;
                while far.ledger().balance == 0 {
                    thread::yield_now();
                }
                far.ledger().enter(context.run(), side, Kind::Closed)?;
                context.run().alarm(Alarm::Failed(Error::new("E1", "")));
                peer(&far);
                Ok(())
            });
            let done = main(&channel)?;
            Ok((done, Context::of_this_thread()?.check().unwrap_err()))
        };
        Run::run_main(run).expect("main completes what it is bound to").0
    }

    #[test]
    fn a_receiver_bound_before_an_alarm_takes_the_value_and_then_the_error() {
        let send = |far: &Channel<u8>| far.0.downward.0.send(Ok(8)).expect("main stays");
        let (value, error) = alarmed_while_bound(Side::Send, send, |near| near.take(Kind::Closed));
        assert_eq!((value, error.name()), (8, "E1"));
    }

    #[test]
    fn a_sender_bound_before_an_alarm_gives_the_value_and_then_the_error() {
        let (seen, value) = std::sync::mpsc::channel();
        let receive = move |far: &Channel<u8>| {
            let got = far.0.upward.1.recv().expect("main stays");
            seen.send(got).expect("the test waits");
        };
        let ((), error) = alarmed_while_bound(Side::Receive, receive, |near| near.offer(Ok(8)));
        assert_eq!((value.recv(), error.name()), (Ok(Ok(8)), "E1"));
    }
}

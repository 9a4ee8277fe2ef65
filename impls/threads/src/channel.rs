//! The channel of threads: a ledger decides which tasklets wait, a pipe carries the values.

use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::{Error, Kind, Message, Operation, give_up, operation::Block};
use switchback_free::{Free, cannot_pickle};

use crate::OsThreads;
use crate::here::Here;
use crate::ledger::{Ledger, Side};
use crate::queue::{Pipe, Queue, Rendezvous};

/// A channel between OS threads. It belongs to the run that first uses it.
pub struct Channel<T: Send + 'static, Q: Queue = Rendezvous>(Arc<Shared<T, Q>>);

struct Shared<T: Send + 'static, Q: Queue> {
    number: u64,
    ledger: Mutex<Ledger>,
    /// With errors as values (C113).
    pipe: Q::Pipe<Result<T, Error>>,
}

impl<T: Send + 'static, Q: Queue> Channel<T, Q> {
    pub(crate) fn new() -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self(Arc::new(Shared {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            ledger: Mutex::new(Ledger::new(Q::CAPACITY)),
            pipe: Q::Pipe::new(Q::CAPACITY),
        }))
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, side: Side, nobody: Kind) -> Result<(Rc<Here>, bool), Error> {
        let here = Here::current().ok_or(Kind::WrongScheduler)?;
        here.member().check()?;
        let arrives = self.ledger().enter(here.member(), side, nobody)?;
        Ok((here, arrives))
    }

    fn offer(&self, value: Result<T, Error>) -> Result<(), Error> {
        let (here, arrives) = match self.enter(Side::Send, Kind::Closed) {
            Ok(entered) => entered,
            Err(refusal) => return give_up(refusal, || drop(value)),
        };
        let sent = self.0.pipe.put(&here, value, arrives, &|| self.ledger().leave(Side::Send));
        here.member().woke();
        // The value is dropped when all is counted: its destructor may do anything.
        sent.or_else(|value| give_up(here.member().called_away(Kind::MainSending), || drop(value)))
    }

    fn take(&self, nobody: Kind) -> Result<T, Error> {
        let (here, arrives) = self.enter(Side::Receive, nobody)?;
        let value = self.0.pipe.get(&here, arrives, &|| self.ledger().leave(Side::Receive));
        here.member().woke();
        match value {
            Some(value) => {
                here.member().run().count_message();
                value
            }
            None => {
                let closing = self.ledger().closing;
                Err(here.member().called_away(Error::main_receiving(closing)))
            }
        }
    }
}

impl<T: Message, Q: Queue> switchback::Channel<Free<OsThreads<Q>>> for Channel<T, Q> {
    type Item = T;

    fn send(
        &self,
        value: T,
    ) -> impl Operation<Free<OsThreads<Q>>, Output = Result<(), Error>> + Send {
        Block(move || self.offer(Ok(value)))
    }

    fn receive(&self) -> impl Operation<Free<OsThreads<Q>>, Output = Result<T, Error>> + Send {
        Block(move || self.take(Kind::Closed))
    }

    fn send_error(
        &self,
        error: Error,
    ) -> impl Operation<Free<OsThreads<Q>>, Output = Result<(), Error>> + Send {
        Block(move || self.offer(Err(error)))
    }

    fn next(&self) -> impl Operation<Free<OsThreads<Q>>, Output = Result<T, Error>> + Send {
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

    fn balance(&self) -> Result<i64, Error> {
        Ok(self.ledger().balance())
    }

    fn number(&self) -> u64 {
        self.0.number
    }
}

impl<T: Send + 'static, Q: Queue> Clone for Channel<T, Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Send + 'static, Q: Queue> fmt::Debug for Channel<T, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Channel({})", self.0.number)
    }
}

impl<T: Message, Q: Queue> Message for Channel<T, Q> {}

impl<T: Send + 'static, Q: Queue> Serialize for Channel<T, Q> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(cannot_pickle::<OsThreads<Q>>("a channel")))
    }
}

impl<'de, T: Send + 'static, Q: Queue> Deserialize<'de> for Channel<T, Q> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom(cannot_pickle::<OsThreads<Q>>("a channel")))
    }
}

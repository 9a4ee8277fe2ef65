//! The blocking form: every tasklet is a thread, channels are queues under a lock.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::{
    Backend, Capabilities, Channel, Control, Error, Message, Operation, Tasklet, operation::Block,
};

#[derive(Clone, Copy, Debug, Default)]
pub struct Threads;

/// Threads are not told apart here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle;

impl Message for Handle {}
impl Control<Threads> for Handle {}

impl Backend for Threads {
    const NAME: &'static str = "threads";
    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: false,
        blocking: true,
        portable: false,
        control: false,
        throw: false,
        close: false,
        deadlock: false,
        parallel: true,
        ..Capabilities::NONE
    };
    type Channel<T: Message> = Meeting<T>;
    type Handle = Handle;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        main.wait()
    }

    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Handle {
        thread::spawn(move || {
            let _ = tasklet.wait();
        });
        Handle
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Block(|| {
            thread::yield_now();
            Ok(())
        })
    }

    fn channel<T: Message>() -> Meeting<T> {
        Meeting(Arc::new((
            Mutex::new(Queue { offers: VecDeque::new(), made: 0, taken: 0 }),
            Condvar::new(),
        )))
    }
}

struct Queue<T> {
    offers: VecDeque<T>,
    made: u64,
    taken: u64,
}

pub struct Meeting<T>(Arc<(Mutex<Queue<T>>, Condvar)>);

impl<T> Meeting<T> {
    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self, ready: impl Fn(&Queue<T>) -> bool) -> MutexGuard<'_, Queue<T>> {
        let queue = self.0.1.wait_while(self.queue(), |queue| !ready(queue));
        queue.unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Message> Channel<Threads> for Meeting<T> {
    type Item = T;

    fn send(&self, value: T) -> impl Operation<Threads, Output = Result<(), Error>> + Send {
        Block(move || {
            let mut queue = self.queue();
            queue.made += 1;
            let mine = queue.made;
            queue.offers.push_back(value);
            drop(queue);
            self.0.1.notify_all();
            drop(self.until(|queue| queue.taken >= mine));
            Ok(())
        })
    }

    fn receive(&self) -> impl Operation<Threads, Output = Result<T, Error>> + Send {
        Block(move || {
            let mut queue = self.until(|queue| !queue.offers.is_empty());
            queue.taken += 1;
            let value = queue.offers.pop_front();
            drop(queue);
            self.0.1.notify_all();
            value.ok_or_else(|| Error::new("empty", "an offer vanished"))
        })
    }
}

impl<T> Clone for Meeting<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Message> Message for Meeting<T> {}

impl<T> Serialize for Meeting<T> {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom("a thread's channel cannot be pickled"))
    }
}

impl<'de, T> Deserialize<'de> for Meeting<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("a thread's channel cannot be pickled"))
    }
}

//! The future form: tasklets are boxed futures, polled in turn on one thread.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use switchback::{
    Backend, Capabilities, Channel, Control, Error, Kind, Message, Operation, Tasklet,
    operation::Poll as Polled,
};

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

thread_local! {
    static SPAWNED: RefCell<Vec<Task>> = const { RefCell::new(Vec::new()) };
    /// Operations completed so far: a round without any is a deadlock.
    static PROGRESS: Cell<u64> = const { Cell::new(0) };
}

fn progress() {
    PROGRESS.set(PROGRESS.get() + 1);
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Futures;

/// Tasks are not told apart here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handle;

impl Message for Handle {}
impl Control<Futures> for Handle {}

impl Backend for Futures {
    const NAME: &'static str = "futures";
    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: false,
        blocking: false,
        portable: false,
        control: false,
        throw: false,
        close: false,
        deadlock: true,
        parallel: false,
        ..Capabilities::NONE
    };
    type Channel<T: Message> = Meeting<T>;
    type Handle = Handle;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        let mut main = pin!(main.into_future());
        let mut tasks: Vec<Task> = Vec::new();
        let mut context = Context::from_waker(Waker::noop());
        SPAWNED.take();
        loop {
            let before = PROGRESS.get();
            if let Poll::Ready(result) = main.as_mut().poll(&mut context) {
                return result;
            }
            tasks.retain_mut(|task| task.as_mut().poll(&mut context).is_pending());
            let new = SPAWNED.take();
            if new.is_empty() && PROGRESS.get() == before {
                return Err(Kind::Deadlock.into());
            }
            tasks.extend(new);
        }
    }

    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Handle {
        let future = tasklet.into_future();
        let task = async move {
            let _ = future.await;
        };
        SPAWNED.with_borrow_mut(|spawned| spawned.push(Box::pin(task)));
        Handle
    }

    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        let mut passed = false;
        Polled(poll_fn(move |_| {
            progress();
            if std::mem::replace(&mut passed, true) { Poll::Ready(Ok(())) } else { Poll::Pending }
        }))
    }

    fn channel<T: Message>() -> Meeting<T> {
        Meeting(Arc::new(Mutex::new(Queue { offers: VecDeque::new(), made: 0, taken: 0 })))
    }
}

struct Queue<T> {
    offers: VecDeque<T>,
    made: u64,
    taken: u64,
}

pub struct Meeting<T>(Arc<Mutex<Queue<T>>>);

impl<T> Meeting<T> {
    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Message> Channel<Futures> for Meeting<T> {
    type Item = T;

    fn send(&self, value: T) -> impl Operation<Futures, Output = Result<(), Error>> + Send {
        let mut mine = None;
        let mut value = Some(value);
        Polled(poll_fn(move |_| {
            let mut queue = self.queue();
            if let Some(value) = value.take() {
                progress();
                queue.offers.push_back(value);
                queue.made += 1;
                mine = Some(queue.made);
            }
            if mine.is_some_and(|mine| queue.taken >= mine) {
                progress();
                return Poll::Ready(Ok(()));
            }
            Poll::Pending
        }))
    }

    fn receive(&self) -> impl Operation<Futures, Output = Result<T, Error>> + Send {
        Polled(poll_fn(move |_| {
            let mut queue = self.queue();
            match queue.offers.pop_front() {
                Some(value) => {
                    progress();
                    queue.taken += 1;
                    Poll::Ready(Ok(value))
                }
                None => Poll::Pending,
            }
        }))
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
        Err(ser::Error::custom("a future's channel cannot be pickled"))
    }
}

impl<'de, T> Deserialize<'de> for Meeting<T> {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(de::Error::custom("a future's channel cannot be pickled"))
    }
}

//! crossbeam's channels as pipes.

use std::thread;

use crossbeam_channel::{Receiver, SendError, Sender, TrySendError, bounded, select_biased};

use switchback::dispose;

use crate::here::Here;
use crate::queue::Pipe;

/// Both ends of a crossbeam channel.
struct Ends<T>(Sender<T>, Receiver<T>);

/// A channel that holds values. Values and room are alike, so a caller that is called away may
/// leave in place of any waiter of its side. So all callers listen for that, arrivals too.
pub struct Buffer<T>(Ends<T>);

/// Two channels of capacity 0, one for each side that may come first.
///
/// ```text
///                       waiter (may leave)       arrival (certain to meet, never leaves)
///   senders wait        sender   == upward   ==> receiver
///   receivers wait      receiver <= downward ==  sender
/// ```
///
/// The two directions are apart so that a waiter never takes the peer an arrival is certain of.
pub struct Crossing<T> {
    upward: Ends<T>,
    downward: Ends<T>,
}

/// What lies in the buffer is dropped one by one: crossbeam would drop no more after one that
/// panics. The panic hook reports it.
impl<T> Drop for Ends<T> {
    fn drop(&mut self) {
        while let Ok(value) = self.1.try_recv() {
            let _ = dispose(value);
        }
    }
}

impl<T> Ends<T> {
    fn new(capacity: usize) -> Self {
        let (sender, receiver) = bounded(capacity);
        Self(sender, receiver)
    }

    // Both ends are held by the pipe, so crossbeam never reports a lost peer.

    fn put(&self, here: &Here, mut value: T, leave: &dyn Fn() -> bool) -> Result<(), T> {
        loop {
            select_biased! {
                recv(here.bell()) -> _ => {}
                send(self.0, value) -> done => return done.map_err(SendError::into_inner),
            }
            while here.member().is_called() {
                if leave() {
                    return Err(value);
                }
                match self.0.try_send(value) {
                    Err(TrySendError::Full(back)) => value = back,
                    done => return done.map_err(TrySendError::into_inner),
                }
                thread::yield_now();
            }
        }
    }

    fn get(&self, here: &Here, leave: &dyn Fn() -> bool) -> Option<T> {
        loop {
            select_biased! {
                recv(here.bell()) -> _ => {}
                recv(self.1) -> value => return value.ok(),
            }
            while here.member().is_called() {
                if leave() {
                    return None;
                }
                if let Ok(value) = self.1.try_recv() {
                    return Some(value);
                }
                thread::yield_now();
            }
        }
    }
}

impl<T: Send + 'static> Pipe<T> for Buffer<T> {
    fn new(capacity: u32) -> Self {
        Self(Ends::new(capacity as usize))
    }

    fn put(&self, here: &Here, value: T, _: bool, leave: &dyn Fn() -> bool) -> Result<(), T> {
        self.0.put(here, value, leave)
    }

    fn get(&self, here: &Here, _: bool, leave: &dyn Fn() -> bool) -> Option<T> {
        self.0.get(here, leave)
    }
}

impl<T: Send + 'static> Pipe<T> for Crossing<T> {
    fn new(_: u32) -> Self {
        Self { upward: Ends::new(0), downward: Ends::new(0) }
    }

    fn put(&self, here: &Here, value: T, arrives: bool, leave: &dyn Fn() -> bool) -> Result<(), T> {
        if arrives {
            return self.downward.0.send(value).map_err(SendError::into_inner);
        }
        self.upward.put(here, value, leave)
    }

    fn get(&self, here: &Here, arrives: bool, leave: &dyn Fn() -> bool) -> Option<T> {
        if arrives {
            return self.upward.1.recv().ok();
        }
        self.downward.get(here, leave)
    }
}

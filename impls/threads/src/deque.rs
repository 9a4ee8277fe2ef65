//! The queue that people make by hand: a lock, a deque, a condition variable for each side.
//!
//! ```text
//!   put   lock; while full  wait(room);    push; notify one that waits for values
//!   get   lock; while empty wait(filled);  pop;  notify one that waits for room
//!   poke  lock; notify all waiters: one is called away and has to look
//! ```
//!
//! A waiter looks at the deque first and only then whether it is called away. The other way
//! round, the one notification of a value could end at a waiter that leaves, and the value lie
//! there.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use switchback::dispose;

use crate::here::{Here, Poke};
use crate::queue::Pipe;
use crate::sync::{Condvar, Mutex, MutexGuard};

/// See the module documentation.
pub struct Monitor<T>(Arc<Inner<T>>);

struct Inner<T> {
    capacity: usize,
    values: Mutex<VecDeque<T>>,
    filled: Condvar,
    room: Condvar,
}

/// The waiter: a thread, or in the models one of loom's.
trait Waiter<T> {
    fn is_called(&self) -> bool;
    /// To be called before waiting, and before asking `is_called` for the last time.
    fn waits_in(&self, monitor: Option<&Arc<Inner<T>>>);
}

impl<T: Send + 'static> Waiter<T> for Here {
    fn is_called(&self) -> bool {
        self.member().is_called()
    }

    fn waits_in(&self, monitor: Option<&Arc<Inner<T>>>) {
        Self::waits_in(self, monitor.map(|inner| Arc::clone(inner) as Arc<dyn Poke>));
    }
}

/// As of the other queues: each value is dropped whatever another one does.
impl<T> Drop for Inner<T> {
    fn drop(&mut self) {
        while let Some(value) = { self.lock().pop_front() } {
            let _ = dispose(value);
        }
    }
}

impl<T> Inner<T> {
    fn new(capacity: usize) -> Self {
        let (values, filled, room) = (Mutex::new(VecDeque::new()), Condvar::new(), Condvar::new());
        Self { capacity, values, filled, room }
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<T>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The values as soon as `ready` is true of them; `None` if the caller has left.
    fn when<'a>(
        self: &'a Arc<Self>,
        ready: impl Fn(&VecDeque<T>) -> bool,
        signal: &Condvar,
        waiter: &impl Waiter<T>,
        leave: &dyn Fn() -> bool,
    ) -> Option<MutexGuard<'a, VecDeque<T>>> {
        let mut values = self.lock();
        let mut waits = false;
        while !ready(&values) {
            if !waits {
                waiter.waits_in(Some(self));
                waits = true;
            }
            if waiter.is_called() && leave() {
                waiter.waits_in(None);
                return None;
            }
            values = signal.wait(values).unwrap_or_else(PoisonError::into_inner);
        }
        if waits {
            waiter.waits_in(None);
        }
        Some(values)
    }

    fn put(
        self: &Arc<Self>,
        waiter: &impl Waiter<T>,
        value: T,
        leave: &dyn Fn() -> bool,
    ) -> Result<(), T> {
        let roomy = |values: &VecDeque<T>| values.len() < self.capacity;
        let Some(mut values) = self.when(roomy, &self.room, waiter, leave) else {
            return Err(value);
        };
        values.push_back(value);
        drop(values);
        self.filled.notify_one();
        Ok(())
    }

    fn get(self: &Arc<Self>, waiter: &impl Waiter<T>, leave: &dyn Fn() -> bool) -> Option<T> {
        let filled = |values: &VecDeque<T>| !values.is_empty();
        let value = self.when(filled, &self.filled, waiter, leave)?.pop_front();
        self.room.notify_one();
        value
    }

    fn poke(&self) {
        // With the lock taken once, a waiter that has looked already waits; one that has not will
        // see that it is called.
        drop(self.lock());
        self.filled.notify_all();
        self.room.notify_all();
    }
}

impl<T: Send + 'static> Poke for Inner<T> {
    fn poke(&self) {
        Self::poke(self);
    }
}

impl<T: Send + 'static> Pipe<T> for Monitor<T> {
    fn new(capacity: u32) -> Self {
        Self(Arc::new(Inner::new(capacity as usize)))
    }

    fn put(&self, here: &Here, value: T, _: bool, leave: &dyn Fn() -> bool) -> Result<(), T> {
        self.0.put(here, value, leave)
    }

    fn get(&self, here: &Here, _: bool, leave: &dyn Fn() -> bool) -> Option<T> {
        self.0.get(here, leave)
    }
}

#[cfg(test)]
mod tests {
    //! Every order loom can find with two preemptions. A lost wake-up is a model that does not end.

    use loom::sync::atomic::{AtomicBool, Ordering};
    use loom::thread;

    use super::*;

    type Values = Arc<Inner<u8>>;

    /// A waiter that another thread calls away.
    struct Called {
        called: AtomicBool,
        waits_in: Mutex<Option<Values>>,
    }

    impl Waiter<u8> for Arc<Called> {
        fn is_called(&self) -> bool {
            self.called.load(Ordering::SeqCst)
        }

        fn waits_in(&self, monitor: Option<&Values>) {
            *self.waits_in.lock().expect("no panic") = monitor.cloned();
        }
    }

    /// A waiter that is never called away.
    struct Patient;

    impl Waiter<u8> for Patient {
        fn is_called(&self) -> bool {
            false
        }

        fn waits_in(&self, _: Option<&Values>) {}
    }

    fn called() -> Arc<Called> {
        Arc::new(Called { called: AtomicBool::new(false), waits_in: Mutex::new(None) })
    }

    fn call(waiter: &Called) {
        waiter.called.store(true, Ordering::SeqCst);
        let monitor = waiter.waits_in.lock().expect("no panic").clone();
        if let Some(monitor) = monitor {
            monitor.poke();
        }
    }

    fn explore(model: impl Fn() + Send + Sync + 'static) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound = Some(2);
        builder.check(model);
    }

    fn leaves() -> bool {
        true
    }

    #[test]
    fn values_pass_in_order_through_little_room() {
        explore(|| {
            let values: Values = Arc::new(Inner::new(1));
            let near = Arc::clone(&values);
            let sender = thread::spawn(move || {
                (1..=3).for_each(|value| assert_eq!(near.put(&Patient, value, &leaves), Ok(())));
            });
            for value in 1..=3 {
                assert_eq!(values.get(&Patient, &leaves), Some(value));
            }
            sender.join().expect("no panic");
        });
    }

    #[test]
    fn who_is_called_away_leaves_even_if_it_is_just_about_to_wait() {
        explore(|| {
            let values: Values = Arc::new(Inner::new(1));
            let waiter = called();
            let (far, own) = (Arc::clone(&values), Arc::clone(&waiter));
            let receiver = thread::spawn(move || far.get(&own, &leaves));
            call(&waiter);
            assert_eq!(receiver.join().expect("no panic"), None);
        });
    }

    #[test]
    fn a_value_whose_waiter_is_called_away_reaches_the_other() {
        explore(|| {
            let values: Values = Arc::new(Inner::new(2));
            let waiter = called();
            let (far, own) = (Arc::clone(&values), Arc::clone(&waiter));
            let one = thread::spawn(move || far.get(&own, &leaves));
            let far = Arc::clone(&values);
            let other = thread::spawn(move || far.get(&Patient, &leaves));
            assert_eq!(values.put(&Patient, 1, &leaves), Ok(()));
            call(&waiter);
            if let Some(value) = one.join().expect("no panic") {
                assert_eq!(value, 1);
                assert_eq!(values.put(&Patient, 1, &leaves), Ok(()));
            }
            assert_eq!(other.join().expect("no panic"), Some(1));
        });
    }

    #[test]
    fn room_whose_waiter_is_called_away_is_given_to_the_other() {
        explore(|| {
            let values: Values = Arc::new(Inner::new(1));
            assert_eq!(values.put(&Patient, 1, &leaves), Ok(()));
            let waiter = called();
            let (far, own) = (Arc::clone(&values), Arc::clone(&waiter));
            let one = thread::spawn(move || far.put(&own, 2, &leaves));
            let far = Arc::clone(&values);
            let other = thread::spawn(move || far.put(&Patient, 3, &leaves));
            assert_eq!(values.get(&Patient, &leaves), Some(1));
            call(&waiter);
            if one.join().expect("no panic").is_ok() {
                assert!(values.get(&Patient, &leaves).is_some());
            }
            assert_eq!(other.join().expect("no panic"), Ok(()));
            assert!(values.get(&Patient, &leaves).is_some_and(|value| value != 1));
        });
    }
}

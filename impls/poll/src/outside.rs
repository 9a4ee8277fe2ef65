//! The tasklets that wait for something outside the scheduler, and those of them that were woken.
//!
//! ```text
//!   tasklet                           any thread                       kernel
//!   Call::open    -> asleep
//!   poll(future)     ... Waker ...    wake   asleep -> awake
//!   leave the ring                                                     admit   awake -> ring
//!   Call dropped  -> gone             last waker dropped: not reachable any more
//! ```
//!
//! Every poll has a line of its own: late calls on an old line find no tasklet. When the last clone
//! of its waker is gone no call can come any more, so running out of lines is a deadlock like any
//! other, found at once.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::HashMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{Wake, Waker},
};

use switchback::{Backend, Control, Error, kernel::Handle, kernel::Kernel};

use crate::Poll;

/// What a run keeps about the outside.
#[derive(Default)]
pub(crate) struct Outside {
    exchange: Arc<Exchange>,
    calls: Cell<u64>,
    /// Panics of tasklets that were not current any more, by their bodies.
    panics: RefCell<Vec<(usize, Payload)>>,
}

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// The part of it that other threads see.
#[derive(Default)]
struct Exchange {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    asleep: HashMap<u64, Sleeper>,
    /// The number of those asleep that a waker can still wake.
    reachable: usize,
    /// In the order they were woken.
    awake: Vec<(u64, Handle<Poll>)>,
}

struct Sleeper {
    tasklet: Handle<Poll>,
    reachable: bool,
}

impl Outside {
    /// Keeps a panic until it is the turn of the tasklet with that body.
    pub(crate) fn keep(&self, body: usize, payload: Payload) {
        self.panics.borrow_mut().push((body, payload));
    }

    /// The panic kept for the tasklet with that body.
    pub(crate) fn kept(&self, body: usize) -> Option<Payload> {
        let mut panics = self.panics.borrow_mut();
        let at = panics.iter().position(|(other, _)| *other == body)?;
        Some(panics.swap_remove(at).1)
    }

    /// Inserts the tasklets that were woken; with `wait`, first waits for one as long as one can
    /// come.
    pub(crate) fn admit(&self, wait: bool) {
        let mut state = self.exchange.lock();
        while wait && state.awake.is_empty() && state.reachable > 0 {
            state = self.exchange.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let awake = std::mem::take(&mut state.awake);
        // Inserting and dropping handles is kernel business, which must not run under the lock.
        drop(state);
        for (_, tasklet) in awake {
            // The tasklet cannot have been blocked. If it has ended, it is not to be inserted.
            let _ = tasklet.insert();
        }
    }
}

impl Exchange {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One poll of a foreign future by one tasklet.
pub(crate) struct Call {
    exchange: Arc<Exchange>,
    number: u64,
    tasklet: Handle<Poll>,
}

impl Call {
    /// For the running tasklet.
    pub(crate) fn open() -> Result<Self, Error> {
        let tasklet = Poll::current()?;
        // SAFETY: the kernel of this thread is one of this driver: it has a current tasklet.
        let outside = unsafe {
            Kernel::with(|kernel| {
                kernel.expect(true);
                kernel.state::<Outside>()
            })?
        };
        let number = outside.calls.get();
        outside.calls.set(number + 1);
        let sleeper = Sleeper { tasklet: tasklet.clone(), reachable: true };
        let mut state = outside.exchange.lock();
        state.asleep.insert(number, sleeper);
        state.reachable += 1;
        drop(state);
        Ok(Self { exchange: Arc::clone(&outside.exchange), number, tasklet })
    }

    /// The waker of this call; to be asked for once.
    pub(crate) fn waker(&self) -> Waker {
        let exchange = Arc::clone(&self.exchange);
        Waker::from(Arc::new(Line { exchange, number: self.number }))
    }

    /// Whether its tasklet is still the one that runs.
    pub(crate) fn is_current(&self) -> bool {
        Poll::current().is_ok_and(|tasklet| tasklet == self.tasklet)
    }

    /// Whether it was not woken, and no waker is left to do it.
    pub(crate) fn is_unreachable(&self) -> bool {
        self.exchange.lock().asleep.get(&self.number).is_some_and(|sleeper| !sleeper.reachable)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.exchange.lock();
        let asleep = state.asleep.remove(&self.number);
        if asleep.as_ref().is_some_and(|sleeper| sleeper.reachable) {
            state.reachable -= 1;
        }
        let at = state.awake.iter().position(|(number, _)| *number == self.number);
        let awake = at.map(|at| state.awake.remove(at));
        let more = !state.asleep.is_empty() || !state.awake.is_empty();
        drop(state);
        drop((asleep, awake));
        // Outside of its run no kernel expects a wake-up.
        if self.tasklet.status().is_ok() {
            // SAFETY: the kernel of this thread is that of the tasklet.
            let _ = unsafe { Kernel::with(|kernel| kernel.expect(more)) };
        }
    }
}

/// What the waker of one call refers to.
struct Line {
    exchange: Arc<Exchange>,
    number: u64,
}

impl Wake for Line {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut state = self.exchange.lock();
        if let Some(sleeper) = state.asleep.remove(&self.number) {
            if sleeper.reachable {
                state.reachable -= 1;
            }
            state.awake.push((self.number, sleeper.tasklet));
            self.exchange.changed.notify_one();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let mut state = self.exchange.lock();
        if let Some(sleeper) = state.asleep.get_mut(&self.number) {
            sleeper.reachable = false;
            state.reachable -= 1;
            self.exchange.changed.notify_one();
        }
    }
}

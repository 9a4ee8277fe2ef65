//! How a tasklet is called away from whatever it waits for, and what can be seen of it.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::SeqCst;
use std::task::Waker;

use switchback::Error;

use crate::sync::{AtomicBool, AtomicUsize, Mutex, lock};

/// What a tasklet is told.
pub(crate) enum Alarm {
    /// This error is raised in it: thrown by a tasklet, or for main the uncaught one of another.
    Thrown(Error),
    /// For main: all tasklets wait, main too.
    NobodyRuns,
}

/// Alarms not heard yet, and the way to wake the tasklet that has to hear them.
pub(crate) struct Bell {
    /// Length of `alarms`, readable without the lock.
    unheard: AtomicUsize,
    rope: Mutex<Rope>,
    pub(crate) alive: AtomicBool,
    pub(crate) blocked: AtomicBool,
}

struct Rope {
    alarms: VecDeque<Alarm>,
    waker: Option<Waker>,
    /// The tasklet has ended and hears nothing any more.
    ended: bool,
}

impl Bell {
    pub(crate) fn new() -> Self {
        let rope = Rope { alarms: VecDeque::new(), waker: None, ended: false };
        Self {
            unheard: AtomicUsize::new(0),
            rope: Mutex::new(rope),
            alive: AtomicBool::new(true),
            blocked: AtomicBool::new(false),
        }
    }

    /// Sets the waker of the tasklet. To be called before looking whether there is something to
    /// wait for.
    pub(crate) fn listen(&self, waker: &Waker) {
        let mut rope = lock(&self.rope);
        match &mut rope.waker {
            Some(own) => own.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
    }

    /// Wakes the tasklet that listens.
    pub(crate) fn wake(&self) {
        // The lock is released first: a waker may run anything.
        let waker = lock(&self.rope).waker.clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Raises an alarm; gives it back if the tasklet has ended. `counted` runs before the tasklet
    /// can hear it.
    pub(crate) fn raise(&self, alarm: Alarm, counted: impl FnOnce()) -> Result<(), Alarm> {
        let mut rope = lock(&self.rope);
        if rope.ended {
            return Err(alarm);
        }
        counted();
        rope.alarms.push_back(alarm);
        self.unheard.fetch_add(1, SeqCst);
        let waker = rope.waker.clone();
        drop(rope);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    pub(crate) fn rings(&self) -> bool {
        self.unheard.load(SeqCst) > 0
    }

    pub(crate) fn hear(&self) -> Option<Alarm> {
        if !self.rings() {
            return None;
        }
        let alarm = lock(&self.rope).alarms.pop_front()?;
        self.unheard.fetch_sub(1, SeqCst);
        Some(alarm)
    }

    /// The end of the tasklet: what it has not heard, and nothing after this.
    pub(crate) fn end(&self) -> VecDeque<Alarm> {
        let mut rope = lock(&self.rope);
        rope.ended = true;
        rope.waker = None;
        self.unheard.store(0, SeqCst);
        self.alive.store(false, SeqCst);
        std::mem::take(&mut rope.alarms)
    }
}

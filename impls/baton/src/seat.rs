//! Where a thread waits for the baton, and what it does with it.
//!
//! ```text
//!   holder                                       waiter
//!   ..work on the kernel..
//!   passed.store(true, Release); unpark   ---->  passed.swap(false, Acquire)
//!   waits on its own seat                        ..work on the kernel..
//! ```
//!
//! Release and acquire order all that one holder did before all that the next one does.

use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle, Thread},
};

use switchback::{Error, Kind, kernel::end_of_thread};

/// A tasklet that has not started: runs it to its end, panics included.
pub(crate) type Job = Box<dyn FnOnce() -> Result<(), Error> + Send>;

/// One per thread, in however many runs it takes part: it waits in one place at a time.
#[derive(Default)]
pub(crate) struct Seat {
    passed: AtomicBool,
    /// Set before the first baton is passed.
    thread: OnceLock<Thread>,
    /// What to do with the baton: a tasklet, or to leave if there is none.
    job: Mutex<Option<Job>>,
    /// Of threads that run tasklets.
    handle: Mutex<Option<JoinHandle<()>>>,
}

thread_local! {
    static MINE: RefCell<Mine> = const { RefCell::new(Mine(None)) };
}

struct Mine(Option<Arc<Seat>>);

impl Drop for Mine {
    fn drop(&mut self) {
        // A tasklet of this thread could not wait any more.
        // SAFETY: the one value of this type is thread-local.
        unsafe { end_of_thread() }
    }
}

impl Seat {
    /// The seat of the calling thread.
    ///
    /// # Errors
    /// [`Kind::Exhausted`] late in the end of the thread, when it has lost what it keeps.
    pub(crate) fn mine() -> Result<Arc<Self>, Error> {
        let mine = MINE.try_with(|mine| {
            let mut mine = mine.borrow_mut();
            let seat = mine.0.get_or_insert_with(|| {
                let seat = Self::default();
                let _ = seat.thread.set(thread::current());
                Arc::new(seat)
            });
            Arc::clone(seat)
        });
        mine.map_err(|_| Error::with_detail(Kind::Exhausted, "no seat: the thread is ending"))
    }

    /// The seat of the calling thread, which another thread has made for it.
    pub(crate) fn take_place(self: &Arc<Self>) {
        MINE.with_borrow_mut(|mine| mine.0 = Some(Arc::clone(self)));
    }

    /// Records the thread that has this seat, and keeps its handle.
    pub(crate) fn belongs_to(&self, handle: JoinHandle<()>) {
        let _ = self.thread.set(handle.thread().clone());
        *lock(&self.handle) = Some(handle);
    }

    pub(crate) fn set_job(&self, job: Job) {
        *lock(&self.job) = Some(job);
    }

    pub(crate) fn take_job(&self) -> Option<Job> {
        lock(&self.job).take()
    }

    /// Passes the baton to its thread.
    pub(crate) fn pass(&self) {
        self.passed.store(true, Ordering::Release);
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Its thread waits here for the baton.
    pub(crate) fn wait(&self) {
        while !self.passed.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }

    /// Waits for the end of its thread.
    pub(crate) fn join(&self) {
        let handle = lock(&self.handle).take();
        if let Some(handle) = handle {
            // Nothing of a tasklet is left to panic but destructors of its thread-local data,
            // which the panic hook reports.
            let _ = handle.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

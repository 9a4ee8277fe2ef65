//! The threads of one run.
//!
//! ```text
//!   seats     main's and those of all threads started; a body is the address of one
//!   idle      threads without a tasklet, last in first out
//!
//!   spawn          idle thread or new one  + job
//!   its turn       pass -> run the job -> end -> idle -> pass to the next tasklet
//!   end of run     idle threads leave one after the other, each joined before the next
//! ```

use std::{cell::RefCell, ptr, sync::Arc, thread};

use switchback::{
    Error, Kind, Tasklet, contain, give_up,
    kernel::{Address, Kernel},
};

use crate::{Baton, MAX_THREADS, seat::Seat};

/// Kept by the kernel, like all of its data touched by the holder of the baton only.
#[derive(Default)]
pub(crate) struct Run {
    seats: RefCell<Vec<Arc<Seat>>>,
    idle: RefCell<Vec<Arc<Seat>>>,
}

impl Drop for Run {
    fn drop(&mut self) {
        // One at a time, so that also destructors of thread-local data, which may hold an `Rc`
        // of a callback, never run beside each other. A thread that is not idle belongs to a
        // tasklet that refused ten exits; it stays parked for ever, and nothing is unwound.
        for seat in self.idle.take() {
            seat.pass();
            seat.join();
        }
    }
}

impl Run {
    /// Keeps the seat of main; the result is its body.
    pub(crate) fn seat_main(&self) -> Result<usize, Error> {
        Seat::mine().map(|seat| self.keep(seat))
    }

    fn keep(&self, seat: Arc<Seat>) -> usize {
        let body = body(&seat);
        self.seats.borrow_mut().push(seat);
        body
    }

    /// A thread that will run the tasklet; the result is its body.
    pub(crate) fn assign<K: Tasklet<Baton>>(
        &self,
        kernel: &Kernel,
        tasklet: K,
    ) -> Result<usize, Error> {
        let idle = self.idle.borrow_mut().pop();
        let seat = match idle.map_or_else(|| self.start(kernel.address()), Ok) {
            Ok(seat) => seat,
            Err(refusal) => return give_up(refusal, || drop(tasklet)),
        };
        // SAFETY: jobs run on threads of their run, which have entered its kernel.
        seat.set_job(Box::new(move || match unsafe { Kernel::with(Kernel::start) }.flatten() {
            Ok(()) => contain(K::NAME, || tasklet.wait().map(drop)),
            Err(thrown) => give_up(thrown, || drop(tasklet)),
        }));
        Ok(body(&seat))
    }

    fn start(&self, kernel: Address) -> Result<Arc<Seat>, Error> {
        // Main's seat is among them.
        let alive = self.seats.borrow().len();
        if alive > MAX_THREADS {
            let cause = format!("{MAX_THREADS} threads are alive");
            return Err(Error::with_detail(Kind::Exhausted, cause));
        }
        let seat = Arc::new(Seat::default());
        let own = Arc::clone(&seat);
        let handle = thread::Builder::new().spawn(move || work(&own, kernel)).map_err(|e| {
            Error::with_detail(Kind::Exhausted, format!("no thread for tasklet {alive}: {e}"))
        })?;
        seat.belongs_to(handle);
        self.keep(Arc::clone(&seat));
        Ok(seat)
    }

    /// Drops a tasklet that has not started; false if it has.
    ///
    /// # Safety
    /// `body` is that of a seat of this run.
    pub(crate) unsafe fn abandon(&self, body: usize) -> bool {
        // SAFETY: promised by the caller.
        let seat = unsafe { seat_of(body) };
        let Some(job) = seat.take_job() else { return false };
        self.idle.borrow_mut().push(seat);
        // The kernel makes an error of a panic.
        drop(job);
        true
    }
}

fn body(seat: &Arc<Seat>) -> usize {
    Arc::as_ptr(seat).expose_provenance()
}

/// # Safety
/// `body` is that of a seat that its run still keeps.
unsafe fn seat_of(body: usize) -> Arc<Seat> {
    let seat = ptr::with_exposed_provenance(body);
    // SAFETY: promised by the caller; the count is raised for the new owner.
    unsafe {
        Arc::increment_strong_count(seat);
        Arc::from_raw(seat)
    }
}

/// The life of a thread of the run.
fn work(seat: &Arc<Seat>, kernel: Address) {
    seat.take_place();
    seat.wait();
    // SAFETY: `Run::drop`, with which the kernel begins to go, joins this thread before the
    // memory does. This thread executes only between a `wait` that returned and the next `pass`;
    // so does every other one, and there is one baton. Between `pass` and `wait` it touches
    // nothing but seats, whose parts are atomic or locked. `pass` releases, `wait` acquires.
    let _entered = unsafe { kernel.enter() };
    while let Some(job) = seat.take_job() {
        let outcome = job();
        end(seat, outcome);
        seat.wait();
    }
}

/// Ends the running tasklet, frees its thread and passes the baton on.
fn end(seat: &Arc<Seat>, outcome: Result<(), Error>) {
    let pass = |kernel: &Kernel| {
        kernel.end(outcome);
        kernel.state::<Run>().idle.borrow_mut().push(Arc::clone(seat));
        current(kernel).pass();
    };
    // SAFETY: this thread is one of the run of the kernel that it has entered.
    let passed = unsafe { Kernel::with(pass) };
    if passed.is_err() {
        unreachable!("this thread has entered the kernel of its run")
    }
}

/// The seat of the current tasklet.
fn current(kernel: &Kernel) -> Arc<Seat> {
    loop {
        match kernel.body() {
            // A tasklet without a thread: its slot says why.
            0 => kernel.end(kernel.start()),
            // SAFETY: the kernel keeps the state of the driver, and with it all seats.
            body => return unsafe { seat_of(body) },
        }
    }
}

/// Passes the baton to the current tasklet, and waits until it comes back.
pub(crate) fn hand_over(kernel: &Kernel) {
    // Every thread of a run has taken its seat. When it loses it, it has no scheduler any more.
    let Ok(mine) = Seat::mine() else { unreachable!("a thread of the run has its seat") };
    let next = current(kernel);
    if !Arc::ptr_eq(&mine, &next) {
        next.pass();
        mine.wait();
    }
}

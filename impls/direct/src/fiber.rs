//! Fibers: stacks that run one job after the other, so that a warm spawn allocates nothing.
//!
//! ```text
//! on top of each stack, at a colour of its own
//!   base        where it begins when it is switched to; stays there
//!   Fiber
//!     host      where the stack pointer of its host is: for unwinders
//!     run       runs and consumes the job
//!     next      in the free list of its thread
//!     record    what the handler of overflows has to know
//!     job       the tasklet's arguments, in place up to 128 bytes, else boxed
//! ```

use std::{
    cell::{Cell, UnsafeCell},
    mem::MaybeUninit,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    process, ptr,
};

use switchback::{
    Error, Tasklet, contain, give_up,
    kernel::{Driver, Kernel},
};
use switchback_stacks::{
    Record, Size,
    job::{Job, Purpose, get, put},
};

use crate::{Direct, HOST, place, pool, switch};

/// Gives the body of the tasklet that is current afterwards.
type Run = unsafe fn(*const Fiber, Purpose) -> usize;

#[repr(C, align(64))]
pub(crate) struct Fiber {
    host: Cell<*const Cell<usize>>,
    run: Cell<Option<Run>>,
    pub(crate) next: Cell<*const Fiber>,
    pub(crate) record: Record,
    job: UnsafeCell<Job>,
}

/// What the first frame of a stack calls: does the job and goes to the tasklet that is current then.
pub(crate) unsafe extern "C" fn entry(fiber: *const Fiber) -> ! {
    #[cfg(switchback_no_pools)]
    crate::sanitizer::begin();
    // SAFETY: a fiber lives while something executes on its stack; `assign` stored the job together
    // with the function that consumes it. The next one is suspended, and this stack is over.
    unsafe {
        (*fiber).host.set(HOST.get());
        let Some(run) = (*fiber).run.take() else { process::abort() };
        let next = run(fiber, Purpose::Run);
        switch::leave(place(next))
    }
}

impl Fiber {
    /// An idle fiber in its place, in no list.
    ///
    /// # Safety
    /// The place is aligned, writable and on top of a stack from `limit` on, all unused.
    pub(crate) unsafe fn make(address: usize, limit: usize, size: Size) -> &'static Self {
        let this = ptr::with_exposed_provenance_mut::<Self>(address);
        // SAFETY: promised by the caller.
        unsafe {
            this.write(Self {
                host: Cell::new(ptr::null()),
                run: Cell::new(None),
                next: Cell::new(ptr::null()),
                record: Record::new(limit, size, (limit, address)),
                job: UnsafeCell::new([MaybeUninit::uninit(); 16]),
            });
            switch::lay(this);
            &*this
        }
    }

    /// Its stack pointer before it begins.
    #[inline(always)]
    fn pointer(&self) -> usize {
        ptr::from_ref(self).addr() - switch::BELOW
    }

    /// Gives it a tasklet to run; the result is the body.
    #[inline(always)]
    pub(crate) fn assign<K: Tasklet<Direct>>(&'static self, tasklet: K) -> usize {
        // SAFETY: the fiber is free, so the place is unused.
        unsafe { put(self.job.get(), tasklet) }
        self.run.set(Some(run::<K>));
        self.pointer()
    }

    #[inline(always)]
    fn free(&self) {
        self.record.end();
        pool::give(self);
    }
}

/// Drops a computation that has not begun; false if it has.
///
/// # Safety
/// `body` is that of a suspended tasklet of this thread, not used again if the answer is true.
pub(crate) unsafe fn abandon(body: usize) -> bool {
    // SAFETY: promised by the caller.
    let Some(fiber) = (unsafe { switch::not_begun(body) }) else { return false };
    // SAFETY: as above: a fiber that has not begun lives.
    let this = unsafe { &*fiber };
    // Also if a destructor panics, which the kernel hears of.
    let _free = Freed(this);
    if let Some(run) = this.run.take() {
        // SAFETY: as in `entry`; the job never started.
        unsafe { run(fiber, Purpose::Drop) };
    }
    true
}

/// Gives a fiber back when it drops.
struct Freed<'a>(&'a Fiber);

impl Drop for Freed<'_> {
    fn drop(&mut self) {
        self.0.free();
    }
}

/// Runs a tasklet on the stack of its fiber, from the first instruction to the end.
///
/// # Safety
/// The fiber holds a `K` stored by `put`.
unsafe fn run<K: Tasklet<Direct>>(fiber: *const Fiber, purpose: Purpose) -> usize {
    // SAFETY: promised by the caller; a fiber outlives its job.
    let fiber = unsafe { &*fiber };
    // SAFETY: promised by the caller.
    let tasklet: K = unsafe { get(fiber.job.get()) };
    if purpose == Purpose::Drop {
        return 0;
    }
    fiber.record.begin(const { &K::NAME });
    let run = |kernel: &Kernel| {
        let outcome = match kernel.start() {
            Ok(()) => contain(K::NAME, || tasklet.wait().map(drop)),
            Err(thrown) => give_up(thrown, || drop(tasklet)),
        };
        kernel.end(outcome);
        // Last: destructors and the error handler run in `end`, on this stack, and may spawn.
        fiber.free();
        kernel.body()
    };
    // SAFETY: jobs run in the kernel of their tasklet, which is one of this driver.
    unsafe { Kernel::with(run) }.unwrap_or(0)
}

/// Main's job: like any other, with a place for the result.
struct Main<K: Tasklet<Direct>> {
    tasklet: K,
    result: *mut Option<std::thread::Result<Result<K::Return, Error>>>,
}

/// Runs `main` on a fiber with a large stack, and the others whenever main is not current.
pub(crate) fn run_main<K: Tasklet<Direct>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
    let fiber = match pool::take_main() {
        Ok(fiber) => fiber,
        Err(refusal) => return kernel.give_up(refusal, main),
    };
    let mut result = None;
    let job = Main { tasklet: main, result: &raw mut result };
    // SAFETY: the fiber is free, so the place is unused.
    unsafe { put(fiber.job.get(), job) }
    fiber.run.set(Some(main_job::<K>));
    kernel.set_body(fiber.pointer());
    Direct::settle(kernel);
    match result {
        Some(Ok(result)) => result,
        Some(Err(panic)) => resume_unwind(panic),
        None => unreachable!("main ended, else the host would still be running others"),
    }
}

/// # Safety
/// `run_main` has put a `Main<K>` into the fiber; its result outlives the job.
unsafe fn main_job<K: Tasklet<Direct>>(fiber: *const Fiber, _: Purpose) -> usize {
    // SAFETY: promised by the caller; a fiber outlives its job.
    let fiber = unsafe { &*fiber };
    // SAFETY: promised by the caller.
    let Main { tasklet, result } = unsafe { get::<Main<K>>(fiber.job.get()) };
    fiber.record.begin(const { &K::NAME });
    let outcome = catch_unwind(AssertUnwindSafe(|| tasklet.wait()));
    // SAFETY: promised by the caller.
    unsafe { *result = Some(outcome) }
    fiber.free();
    // SAFETY: jobs run in the kernel of their tasklet, which is one of this driver.
    let _ = unsafe { Kernel::with(|kernel| kernel.set_body(0)) };
    0
}

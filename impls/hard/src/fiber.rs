//! Fibers: coroutines that run one job after the other, so that a warm spawn allocates nothing.
//!
//! ```text
//! Fiber, one cache line: all a switch touches, beside those of its neighbours
//!   coroutine   suspended in its entry loop while free
//!   yielder     where its coroutine suspends, once primed
//!   next        in the free list of its thread
//!   cold        the rest, at the top of its stack, where a page is touched anyway
//!     run       what to do next: runs and consumes the job, or null to leave
//!     record    what the handler of overflows has to know
//!     job       the tasklet's arguments, in place up to 128 bytes, else boxed
//! ```

use std::{
    cell::{Cell, UnsafeCell},
    mem::{MaybeUninit, size_of},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    ptr::{self, NonNull},
};

use corosensei::{Coroutine, CoroutineResult, Yielder, stack::Stack as _};
use switchback::{
    Error, Tasklet, contain, give_up,
    kernel::{Driver, Kernel},
};

use switchback_stacks::{
    Line, Record, Size,
    job::{Job, Purpose, get, put},
};

use crate::{Hard, pool, stack::PooledStack};

/// Gives the body of the tasklet that is current afterwards.
type Run = unsafe fn(*mut Job, Purpose) -> usize;

#[repr(C, align(64))]
pub(crate) struct Fiber {
    coroutine: UnsafeCell<Option<Coroutine<(), usize, (), PooledStack>>>,
    pub(crate) yielder: Cell<*const Yielder<(), usize>>,
    pub(crate) next: Cell<*const Fiber>,
    cold: NonNull<Cold>,
}

/// What a tasklet's start and end touch, and what an overflow wants to know.
pub(crate) struct Cold {
    run: Cell<Option<Run>>,
    pub(crate) record: Record,
    job: UnsafeCell<Job>,
}

/// The bottom frame of every fiber.
fn entry(address: usize, yielder: &Yielder<(), usize>) {
    // SAFETY: the fiber outlives its coroutine, which it owns.
    let fiber = unsafe { &*ptr::with_exposed_provenance::<Fiber>(address) };
    fiber.yielder.set(yielder);
    let mut next = 0;
    loop {
        yielder.suspend(next);
        let Some(run) = fiber.cold().run.take() else { return };
        // SAFETY: `assign` stored the job together with the function that consumes it.
        next = unsafe { run(fiber.cold().job.get(), Purpose::Run) };
    }
}

impl Fiber {
    /// An idle fiber with a new stack, in no list.
    ///
    /// # Safety
    /// `line` and `cold` are unused and stay so until the fiber has ended; `cold` is aligned.
    pub(crate) unsafe fn make(
        line: NonNull<Line>,
        cold: NonNull<Cold>,
        stack: PooledStack,
        size: Size,
    ) -> &'static Self {
        const { assert!(size_of::<Self>() <= size_of::<Line>()) }
        let limit = stack.limit().get();
        let fiber = line.cast::<Self>();
        let address = fiber.as_ptr().expose_provenance();
        let mut coroutine =
            Coroutine::with_stack(stack, move |yielder: &Yielder<(), usize>, ()| {
                entry(address, yielder)
            });
        // SAFETY: promised by the caller; the coroutine finds the fiber when it runs.
        unsafe {
            cold.write(Cold {
                run: Cell::new(None),
                record: Record::new(limit, size, (address, address + 1)),
                job: UnsafeCell::new([MaybeUninit::uninit(); 16]),
            });
            fiber.write(Self {
                coroutine: UnsafeCell::new(None),
                yielder: Cell::new(ptr::null()),
                next: Cell::new(ptr::null()),
                cold,
            });
            coroutine.resume(());
            *fiber.as_ref().coroutine.get() = Some(coroutine);
            fiber.as_ref()
        }
    }

    /// What lies on its stack.
    #[inline(always)]
    pub(crate) fn cold(&self) -> &Cold {
        // SAFETY: it was written by `make`, and lives as long as the fiber.
        unsafe { self.cold.as_ref() }
    }

    /// Lets an idle fiber leave its loop, and drops its coroutine. It is gone afterwards.
    ///
    /// # Safety
    /// It is idle, and not used again.
    pub(crate) unsafe fn end(this: *const Self) {
        // SAFETY: promised by the caller. The coroutine is moved out first, because dropping it
        // may give back the memory that the fiber lies in.
        let coroutine = unsafe {
            (*this).cold().run.set(None);
            (*(*this).coroutine.get()).take()
        };
        if let Some(mut coroutine) = coroutine {
            coroutine.resume(());
        }
    }

    #[inline(always)]
    fn begin<K: Tasklet<Hard>>(&self) {
        self.cold().record.begin(const { &K::NAME });
    }

    /// Gives it a tasklet to run; the result is the body.
    #[inline(always)]
    pub(crate) fn assign<K: Tasklet<Hard>>(&'static self, tasklet: K) -> usize {
        // SAFETY: the fiber is free, so the place is unused.
        unsafe { put(self.cold().job.get(), tasklet) }
        self.cold().run.set(Some(run::<K>));
        ptr::from_ref(self).expose_provenance()
    }

    #[inline(always)]
    fn free(&self) {
        self.cold().record.end();
        pool::give(self);
    }

    /// Runs the fiber until it suspends; gives the body of the tasklet that is current then.
    ///
    /// # Safety
    /// It is suspended, on this thread.
    #[inline(always)]
    pub(crate) unsafe fn resume(&self) -> usize {
        // SAFETY: only the code that resumes it touches the coroutine, and it is suspended.
        let next = match unsafe { &mut *self.coroutine.get() }.as_mut().map(|c| c.resume(())) {
            Some(CoroutineResult::Yield(next)) => next,
            _ => 0,
        };
        #[cfg(switchback_no_pools)]
        pool::end_given();
        next
    }

    /// Whether its coroutine is suspended, or was never made.
    #[cfg(switchback_no_pools)]
    pub(crate) fn is_suspended(&self) -> bool {
        // SAFETY: this thread alone has the fiber, and only the code that resumes the coroutine
        // holds a reference to it, which it does not read before the coroutine suspends.
        unsafe { &*self.coroutine.get() }.as_ref().is_none_or(|coroutine| !coroutine.done())
    }

    /// # Safety
    /// `body` is the address of a suspended fiber of this thread, not used again if true.
    pub(crate) unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        let fiber = unsafe { &*ptr::with_exposed_provenance::<Self>(body) };
        let Some(run) = fiber.cold().run.take() else { return false };
        // Also if a destructor panics, which the kernel hears of.
        let _free = Freed(fiber);
        // SAFETY: as in `entry`; the job never started.
        unsafe { run(fiber.cold().job.get(), Purpose::Drop) };
        true
    }
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
/// The place holds a `K` stored by `put`.
unsafe fn run<K: Tasklet<Hard>>(place: *mut Job, purpose: Purpose) -> usize {
    // SAFETY: promised by the caller.
    let tasklet: K = unsafe { get(place) };
    if purpose == Purpose::Drop {
        return 0;
    }
    let run = |kernel: &Kernel| {
        // SAFETY: the body of the running tasklet is the fiber this code runs on, which stays.
        let fiber = unsafe { &*ptr::with_exposed_provenance::<Fiber>(kernel.body()) };
        fiber.begin::<K>();
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
struct Main<K: Tasklet<Hard>> {
    tasklet: K,
    result: *mut Option<std::thread::Result<Result<K::Return, Error>>>,
}

/// Runs `main` on a fiber with a large stack, and the others whenever main is not current.
pub(crate) fn run_main<K: Tasklet<Hard>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
    let fiber = match pool::take_main() {
        Ok(fiber) => fiber,
        Err(refusal) => return kernel.give_up(refusal, main),
    };
    let mut result = None;
    let job = Main { tasklet: main, result: &raw mut result };
    // SAFETY: the fiber is free, so the place is unused.
    unsafe { put(fiber.cold().job.get(), job) }
    fiber.cold().run.set(Some(main_job::<K>));
    kernel.set_body(ptr::from_ref(fiber).expose_provenance());
    Hard::settle(kernel);
    match result {
        Some(Ok(result)) => result,
        Some(Err(panic)) => resume_unwind(panic),
        None => unreachable!("main ended, else the host would still be running others"),
    }
}

/// # Safety
/// The place holds a `Main<K>` stored by `put`, whose result outlives the job.
unsafe fn main_job<K: Tasklet<Hard>>(place: *mut Job, _: Purpose) -> usize {
    // SAFETY: promised by the caller.
    let Main { tasklet, result } = unsafe { get::<Main<K>>(place) };
    let fiber = |kernel: &Kernel| kernel.body();
    // SAFETY: jobs run in the kernel of their tasklet, which is one of this driver.
    let body = unsafe { Kernel::with(fiber) };
    let Ok(fiber) = body.map(ptr::with_exposed_provenance::<Fiber>) else {
        return 0;
    };
    // SAFETY: the body of main is the fiber this code runs on.
    unsafe { &*fiber }.begin::<K>();
    let outcome = catch_unwind(AssertUnwindSafe(|| tasklet.wait()));
    // SAFETY: promised by the caller.
    unsafe { *result = Some(outcome) }
    // SAFETY: as above.
    unsafe { &*fiber }.free();
    // SAFETY: as above, so there is one.
    let _ = unsafe { Kernel::with(|kernel| kernel.set_body(0)) };
    0
}

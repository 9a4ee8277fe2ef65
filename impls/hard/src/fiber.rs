//! Fibers: coroutines that run one job after the other, so that a warm spawn allocates nothing.
//!
//! ```text
//! Fiber, first cache line: all a switch touches
//!   coroutine   suspended in its entry loop while free
//!   yielder     where its coroutine suspends, once primed
//! second line on
//!   run         what to do next: runs and consumes the job, or null to leave
//!   next        in the free list of its thread
//!   busy        inside a job, that is with frames of a tasklet on its stack
//!   job         the tasklet's arguments, in place up to 128 bytes, else boxed
//! ```

use std::{
    cell::{Cell, RefCell, UnsafeCell},
    mem::{MaybeUninit, align_of, size_of},
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    ptr,
    thread::LocalKey,
};

use corosensei::{Coroutine, CoroutineResult, Yielder};
use switchback::{
    Error, Kind, Tasklet,
    kernel::{Driver, Kernel},
};

use crate::{
    Hard,
    stack::{self, PooledStack},
};

type Job = [MaybeUninit<u64>; 16];
/// Gives the body of who is current afterwards.
type Run = unsafe fn(*mut Job, Purpose) -> usize;

/// What to do with a job: both consume it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Run,
    Drop,
}

#[repr(C, align(64))]
pub(crate) struct Fiber {
    coroutine: UnsafeCell<Option<Coroutine<(), usize, (), PooledStack>>>,
    yielder: Cell<*const Yielder<(), usize>>,
    run: Cell<Option<Run>>,
    next: Cell<*const Fiber>,
    busy: Cell<bool>,
    is_main: bool,
    job: UnsafeCell<Job>,
}

thread_local! {
    /// The yielder of the fiber that executes. Kept at a constant address, and set by the host
    /// as soon as it knows whom to resume, because the next stack pointer waits for it: found
    /// through the tasklet, its body and the fiber, it would arrive 20 cycles later.
    static RUNNING: Cell<*const Yielder<(), usize>> = const { Cell::new(ptr::null()) };
    /// Free fibers, last in first out, so that the next one is warm in the cache.
    static FREE: Cell<*const Fiber> = const { Cell::new(ptr::null()) };
    /// Free fibers with the large stack that main runs on.
    static FREE_MAIN: Cell<*const Fiber> = const { Cell::new(ptr::null()) };
    /// All fibers of the thread.
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned(Vec::new())) };
}

// Boxed, because their addresses are the bodies the kernel keeps.
#[allow(clippy::vec_box)]
struct Owned(Vec<Box<Fiber>>);

impl Drop for Owned {
    fn drop(&mut self) {
        FREE.set(ptr::null());
        FREE_MAIN.set(ptr::null());
        for fiber in &self.0 {
            // SAFETY: nobody runs on this thread's fibers any more. One that is suspended in the
            // middle of a tasklet (it refused ten kills) is leaked with its stack, because
            // nothing may be unwound through foreign frames; an idle one leaves its loop.
            unsafe {
                let coroutine = &mut *fiber.coroutine.get();
                fiber.run.set(None);
                if !fiber.busy.get() {
                    if let Some(c) = coroutine.as_mut() {
                        c.resume(());
                    }
                } else {
                    std::mem::forget(coroutine.take());
                }
            }
        }
    }
}

/// A fiber without a job, from the pool or new.
#[inline(always)]
pub(crate) fn take() -> Result<&'static Fiber, Error> {
    take_from(&FREE, stack::SIZE)
}

#[inline(always)]
fn take_from(
    list: &'static LocalKey<Cell<*const Fiber>>,
    size: usize,
) -> Result<&'static Fiber, Error> {
    let free = list.get();
    if free.is_null() {
        return grow(size);
    }
    // SAFETY: fibers in a free list are owned by `OWNED` of this thread and live as long.
    let fiber = unsafe { &*free };
    list.set(fiber.next.get());
    Ok(fiber)
}

#[cold]
#[inline(never)]
fn grow(size: usize) -> Result<&'static Fiber, Error> {
    let exhausted = |cause: String| Error::with_detail(Kind::Exhausted, cause);
    let index = OWNED
        .try_with(|o| o.borrow().0.len())
        .map_err(|_| exhausted("the thread is ending".into()))?;
    let stack = PooledStack::new(index, size)
        .map_err(|e| exhausted(format!("no stack for tasklet {}: {e}", index + 1)))?;
    let fiber = Box::new(Fiber {
        coroutine: UnsafeCell::new(None),
        yielder: Cell::new(ptr::null()),
        run: Cell::new(None),
        next: Cell::new(ptr::null()),
        busy: Cell::new(false),
        is_main: size == stack::MAIN_SIZE,
        job: UnsafeCell::new([MaybeUninit::uninit(); 16]),
    });
    let address = ptr::from_ref(&*fiber).addr();
    let mut coroutine = Coroutine::with_stack(stack, move |yielder: &Yielder<(), usize>, ()| {
        entry(address, yielder)
    });
    coroutine.resume(());
    // SAFETY: the box does not move its content and is owned by the thread from now on; nobody
    // else has seen the fiber yet.
    let fiber = unsafe {
        *fiber.coroutine.get() = Some(coroutine);
        let shared = &*ptr::from_ref(&*fiber);
        OWNED.with_borrow_mut(|owned| owned.0.push(fiber));
        shared
    };
    Ok(fiber)
}

/// The bottom frame of every fiber.
fn entry(address: usize, yielder: &Yielder<(), usize>) {
    // SAFETY: the fiber outlives its coroutine, which it owns.
    let fiber = unsafe { &*ptr::with_exposed_provenance::<Fiber>(address) };
    fiber.yielder.set(yielder);
    let mut next = 0;
    loop {
        yielder.suspend(next);
        let Some(run) = fiber.run.take() else { return };
        fiber.busy.set(true);
        // SAFETY: `assign` stored the job together with the function that consumes it.
        next = unsafe { run(fiber.job.get(), Purpose::Run) };
    }
}

impl Fiber {
    /// Gives it a tasklet to run; the result is the body.
    #[inline(always)]
    pub(crate) fn assign<K: Tasklet<Hard>>(&'static self, tasklet: K) -> usize {
        // SAFETY: the fiber is free, so the place is unused.
        unsafe { put(self.job.get(), tasklet) }
        self.run.set(Some(run::<K>));
        ptr::from_ref(self).expose_provenance()
    }

    #[inline(always)]
    fn free(&self) {
        self.busy.set(false);
        let list = if self.is_main { &FREE_MAIN } else { &FREE };
        self.next.set(list.replace(self));
    }

    /// # Safety
    /// `body` is the address of a suspended fiber of this thread.
    #[inline(always)]
    pub(crate) unsafe fn resume(body: usize) -> usize {
        // SAFETY: promised by the caller.
        let fiber = unsafe { &*ptr::with_exposed_provenance::<Self>(body) };
        RUNNING.set(fiber.yielder.get());
        // SAFETY: only the host touches the coroutine, and it is suspended.
        match unsafe { &mut *fiber.coroutine.get() }.as_mut().map(|c| c.resume(())) {
            Some(CoroutineResult::Yield(next)) => next,
            _ => 0,
        }
    }

    /// # Safety
    /// Runs on a fiber.
    #[inline(always)]
    pub(crate) unsafe fn leave(next: usize) {
        // SAFETY: the host set it when it resumed this fiber, and a nested run sets it back; the
        // yielder lies at the bottom of the stack this runs on.
        unsafe { &*RUNNING.get() }.suspend(next);
    }

    /// # Safety
    /// `body` is the address of a suspended fiber of this thread, not used again if true.
    pub(crate) unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        let fiber = unsafe { &*ptr::with_exposed_provenance::<Self>(body) };
        let Some(run) = fiber.run.take() else { return false };
        // SAFETY: as in `entry`; the job never started.
        unsafe { run(fiber.job.get(), Purpose::Drop) };
        fiber.free();
        true
    }
}

const fn fits<K>() -> bool {
    size_of::<K>() <= size_of::<Job>() && align_of::<K>() <= align_of::<Job>()
}

/// # Safety
/// The place is unused.
#[inline(always)]
unsafe fn put<K>(place: *mut Job, tasklet: K) {
    // SAFETY: promised by the caller; size and alignment are checked.
    unsafe {
        if const { fits::<K>() } {
            place.cast::<K>().write(tasklet);
        } else {
            place.cast::<*mut K>().write(Box::into_raw(Box::new(tasklet)));
        }
    }
}

/// # Safety
/// The place holds a `K` stored by `put`, which is gone afterwards.
#[inline(always)]
unsafe fn get<K>(place: *mut Job) -> K {
    // SAFETY: promised by the caller.
    unsafe {
        if const { fits::<K>() } {
            place.cast::<K>().read()
        } else {
            *Box::from_raw(place.cast::<*mut K>().read())
        }
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
    let Ok(kernel) = Kernel::here_now() else { return 0 };
    let outcome = match kernel.start() {
        Ok(()) => match catch_unwind(AssertUnwindSafe(|| tasklet.wait().map(drop))) {
            Ok(outcome) => outcome,
            Err(panic) => Err(panicked(K::NAME, &*panic)),
        },
        Err(thrown) => {
            drop(tasklet);
            Err(thrown)
        }
    };
    // SAFETY: the body of the running tasklet is the fiber this code runs on. Free it first: the
    // pool does not look at it before this fiber suspends.
    unsafe { &*ptr::with_exposed_provenance::<Fiber>(kernel.body()) }.free();
    kernel.end(outcome);
    kernel.body()
}

/// Main's job: like any other, with a place for the result.
struct Main<K: Tasklet<Hard>> {
    tasklet: K,
    result: *mut Option<std::thread::Result<Result<K::Return, Error>>>,
}

/// Runs `main` on a fiber with a large stack, and the others whenever main is not current.
pub(crate) fn run_main<K: Tasklet<Hard>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
    let fiber = take_from(&FREE_MAIN, stack::MAIN_SIZE)?;
    let mut result = None;
    let job = Main { tasklet: main, result: &raw mut result };
    // SAFETY: the fiber is free, so the place is unused.
    unsafe { put(fiber.job.get(), job) }
    fiber.run.set(Some(main_job::<K>));
    kernel.set_body(ptr::from_ref(fiber).expose_provenance());
    let outside = RUNNING.get();
    Hard::settle(kernel);
    RUNNING.set(outside);
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
    let outcome = catch_unwind(AssertUnwindSafe(|| tasklet.wait()));
    // SAFETY: promised by the caller.
    unsafe { *result = Some(outcome) }
    if let Ok(kernel) = Kernel::here_now() {
        // SAFETY: the body of main is the fiber this code runs on.
        unsafe { &*ptr::with_exposed_provenance::<Fiber>(kernel.body()) }.free();
        kernel.set_body(0);
    }
    0
}

#[cold]
fn panicked(name: &str, panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".into());
    Error::with_detail(Kind::Panicked, format!("{name}: {text}"))
}

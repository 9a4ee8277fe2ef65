//! The fibers of an OS thread: taken for a tasklet, given back when it ends, kept for the next.
//!
//! Fibers and the memory their tasklets touched stay with the thread until it ends or calls
//! [`trim`].

use std::{
    cell::{Cell, RefCell},
    ptr,
    thread::LocalKey,
};

use switchback::{
    Error, Kind,
    kernel::{Kernel, end_of_thread},
};
use switchback_stacks::{List, POOLED, Record, Size, carve, overflow::Watch, region::Stacks};

use crate::fiber::Fiber;

thread_local! {
    /// Free fibers, last in first out, so that the next one is warm in the cache.
    static FREE: Cell<*const Fiber> = const { Cell::new(ptr::null()) };
    /// Free fibers with the large stack that main runs on.
    static FREE_MAIN: Cell<*const Fiber> = const { Cell::new(ptr::null()) };
    /// The stacks of the thread.
    static MADE: List = const { List::new() };
    static OWNED: RefCell<Owned> = const { RefCell::new(Owned::new()) };
}

/// What a thread gives back when it ends.
struct Owned {
    stacks: Stacks,
    /// Fibers made so far.
    count: usize,
    watch: Option<Watch>,
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the one value of this type is thread-local.
        unsafe { end_of_thread() }
        self.give_back();
    }
}

impl Owned {
    const fn new() -> Self {
        Self { stacks: Stacks::new(), count: 0, watch: None }
    }

    /// Gives all stacks back, except those that are in the middle of a tasklet, which refused to be
    /// killed ten times: nothing may be unwound through foreign frames.
    fn give_back(&mut self) {
        FREE.set(ptr::null());
        FREE_MAIN.set(ptr::null());
        let mut kept = Vec::new();
        MADE.with(|made| {
            made.retain(|record| {
                let busy = record.name().is_some();
                if busy {
                    kept.push(record.limit);
                }
                busy
            });
        });
        // SAFETY: whatever is not kept is idle: no tasklet runs, since a thread that ends is in
        // none, and `trim` refuses inside `run`.
        unsafe { self.stacks.release(&kept) };
    }
}

/// Gives back the stacks that this thread keeps for tasklets to come, with the memory that former
/// ones touched. Stacks stay otherwise until the thread ends: a spawn on a used stack is hundreds
/// of times as fast as on a new one.
///
/// # Errors
/// [`Kind::WrongScheduler`] inside [`run`](switchback::Backend::run), where stacks are in use.
pub fn trim() -> Result<(), Error> {
    if Kernel::is_here() {
        let cause = "trim is for between runs: the stacks of this one are in use";
        return Err(Error::with_detail(Kind::WrongScheduler, cause));
    }
    // A thread that is ending gives everything back itself.
    let _ = OWNED.try_with(|owned| owned.borrow_mut().give_back());
    Ok(())
}

/// Frees the stacks of fibers that were given back. What runs is not on one of them.
#[cfg(switchback_no_pools)]
pub(crate) fn end_given() {
    // A thread that is ending gives everything back itself.
    let _ = OWNED.try_with(|owned| {
        for list in [&FREE, &FREE_MAIN] {
            let mut fiber = list.replace(ptr::null());
            // SAFETY: what is in the list was given back, and lives until it is ended here.
            while let Some(this) = unsafe { fiber.as_ref() } {
                fiber = this.next.get();
                let limit = this.record.limit;
                MADE.with(|made| made.remove(&this.record));
                crate::sanitizer::forget(limit);
                // SAFETY: nothing executes on it, and it is in no list any more.
                unsafe { owned.borrow_mut().stacks.release_one(limit) };
            }
        }
    });
}

/// A fiber without a job, from the pool or new.
#[inline(always)]
pub(crate) fn take() -> Result<&'static Fiber, Error> {
    take_from(&FREE, Size::Tasklet)
}

/// A fiber for main.
#[inline(always)]
pub(crate) fn take_main() -> Result<&'static Fiber, Error> {
    take_from(&FREE_MAIN, Size::Main)
}

#[inline(always)]
fn take_from(
    list: &'static LocalKey<Cell<*const Fiber>>,
    size: Size,
) -> Result<&'static Fiber, Error> {
    let free = if POOLED { list.get() } else { ptr::null() };
    // SAFETY: fibers in a free list live until the thread gives them back, and then are in none.
    match unsafe { free.as_ref() } {
        Some(fiber) => {
            list.set(fiber.next.get());
            Ok(fiber)
        }
        None => grow(size),
    }
}

/// Takes a fiber back, which does not look at the pool before it leaves.
#[inline(always)]
pub(crate) fn give(fiber: &Fiber) {
    let list = if fiber.record.size == Size::Main { &FREE_MAIN } else { &FREE };
    fiber.next.set(list.replace(fiber));
}

#[cold]
#[inline(never)]
fn grow(size: Size) -> Result<&'static Fiber, Error> {
    let exhausted = |cause: String| Error::with_detail(Kind::Exhausted, cause);
    let grown = OWNED.try_with(|owned| {
        let owned = &mut *owned.borrow_mut();
        owned.watch.get_or_insert_with(|| Watch::begin(overflowed));
        let number = owned.count + 1;
        let no_stack = |cause| exhausted(format!("no stack for tasklet {number}: {cause}"));
        let place = owned.stacks.take(size).map_err(no_stack)?;
        let address = carve(place.top, owned.count, size_of::<Fiber>())
            .ok_or_else(|| no_stack(std::io::ErrorKind::InvalidInput.into()))?;
        owned.count = number;
        #[cfg(switchback_no_pools)]
        crate::sanitizer::know(place.limit, place.top);
        // SAFETY: no other code knows the stack, and a fiber fits on top of it.
        let fiber = unsafe { Fiber::make(address, place.limit, size) };
        MADE.with(|made| made.push(&fiber.record));
        Ok(fiber)
    });
    grown.unwrap_or_else(|_| Err(exhausted("the thread is ending".into())))
}

/// For the handler of overflows.
fn overflowed(address: usize) -> Option<&'static Record> {
    MADE.try_with(|made| made.guarding(address)).ok().flatten()
}

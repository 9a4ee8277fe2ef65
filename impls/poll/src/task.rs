//! One future on the heap, reached through one word.
//!
//! ```text
//! Whole<F>
//!   poll      polls the future; before the first time, looks into the slot
//!   started   the future may hold anything from now on
//!   table     name; how to drop and free it
//!   future    pinned: never moves before it is dropped
//! ```

use std::{
    cell::Cell,
    panic::resume_unwind,
    pin::Pin,
    ptr::NonNull,
    task::{Context, Poll},
};

use switchback::{Error, Kind, contain, kernel::Kernel};

use crate::{
    outside::{Outside, Payload},
    pool,
};

/// How a tasklet ended.
pub(crate) type Outcome = Result<(), Error>;

type PollTask = unsafe fn(Task, &Kernel, &mut Context<'_>) -> Poll<Outcome>;

#[repr(C)]
struct Header {
    poll: Cell<PollTask>,
    started: Cell<bool>,
    free: unsafe fn(Task),
    name: &'static str,
}

#[repr(C)]
struct Whole<F> {
    header: Header,
    future: F,
}

/// A task, owned by the tasklet whose body it is; copies of the pointer are not counted.
#[derive(Clone, Copy)]
pub(crate) struct Task(NonNull<Header>);

impl Task {
    /// Main starts at once; another tasklet may find an error in its slot before it starts.
    ///
    /// # Safety
    /// What the future borrows lives until it is freed.
    #[inline(always)]
    pub(crate) unsafe fn new<T, F: Future<Output = Result<T, Error>>>(
        name: &'static str,
        is_main: bool,
        future: F,
    ) -> Self {
        let place = pool::take::<Whole<F>>();
        let header = Header {
            poll: Cell::new(if is_main { poll::<T, F> } else { first_poll::<T, F> }),
            started: Cell::new(is_main),
            free: free::<F>,
            name,
        };
        // SAFETY: the place is fresh memory for exactly this type.
        unsafe { place.write(Whole { header, future }) };
        Self(place.cast())
    }

    /// The word the kernel keeps.
    #[inline(always)]
    pub(crate) fn body(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    /// # Safety
    /// `body` is 0 or comes from `body` of a task that is still there.
    #[inline(always)]
    pub(crate) unsafe fn of_body(body: usize) -> Option<Self> {
        NonNull::new(std::ptr::with_exposed_provenance_mut(body)).map(Self)
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: a `Task` points to one that has not been freed.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    pub(crate) fn poll(self, kernel: &Kernel, context: &mut Context<'_>) -> Poll<Outcome> {
        // SAFETY: the function was stored for the type of this task.
        unsafe { (self.header().poll.get())(self, kernel, context) }
    }

    /// Ends its tasklet the next time it is polled: the future is ready, but its tasklet is not the
    /// one to run. It had an operation of the kernel under way and did not wait for it.
    #[cold]
    pub(crate) fn end_later(self) {
        self.header().poll.set(ended);
    }

    /// As `end_later`, for a future that has panicked: the panic goes on when it is its turn.
    #[cold]
    pub(crate) fn panic_later(self, kernel: &Kernel, payload: Payload) {
        kernel.state::<Outside>().keep(self.body(), payload);
        self.end_later();
    }

    pub(crate) fn started(self) -> bool {
        self.header().started.get()
    }

    pub(crate) fn name(self) -> &'static str {
        self.header().name
    }

    /// Drops the future and gives its memory back. The task is not used again.
    #[inline(always)]
    pub(crate) fn free(self) {
        // SAFETY: the function was stored for the type of this task.
        unsafe { (self.header().free)(self) }
    }

    /// As `free`.
    ///
    /// # Errors
    /// The panic of a destructor.
    pub(crate) fn discard(self) -> Result<(), Error> {
        contain("a destructor", || {
            self.free();
            Ok(())
        })
    }
}

/// # Safety
/// `this` holds an `F`.
unsafe fn poll<T, F: Future<Output = Result<T, Error>>>(
    this: Task,
    _: &Kernel,
    context: &mut Context<'_>,
) -> Poll<Outcome> {
    // SAFETY: the type is promised by the caller. There is no other reference: only the loop polls
    // a future, and not while it is being polled. It stays where it is until `free` drops it.
    let future = unsafe { Pin::new_unchecked(&mut (*this.0.cast::<Whole<F>>().as_ptr()).future) };
    future.poll(context).map_ok(drop)
}

/// # Safety
/// None: it does not look at the future.
unsafe fn ended(this: Task, kernel: &Kernel, _: &mut Context<'_>) -> Poll<Outcome> {
    if let Some(payload) = kernel.state::<Outside>().kept(this.body()) {
        resume_unwind(payload);
    }
    let cause = "a future has begun an operation of the scheduler and ended without its result";
    Poll::Ready(Err(Error::with_detail(Kind::Unsupported, cause)))
}

/// # Safety
/// As `poll`.
unsafe fn first_poll<T, F: Future<Output = Result<T, Error>>>(
    this: Task,
    kernel: &Kernel,
    context: &mut Context<'_>,
) -> Poll<Outcome> {
    if let Err(thrown) = kernel.start() {
        return Poll::Ready(Err(thrown));
    }
    this.header().started.set(true);
    this.header().poll.set(poll::<T, F>);
    // SAFETY: promised by the caller.
    unsafe { poll::<T, F>(this, kernel, context) }
}

/// # Safety
/// `this` holds an `F` and is not used again.
unsafe fn free<F>(this: Task) {
    /// Gives the memory back also if a destructor panics.
    struct Memory<F>(NonNull<Whole<F>>);
    impl<F> Drop for Memory<F> {
        fn drop(&mut self) {
            // SAFETY: the place was taken for this type, and what it held is dropped.
            unsafe { pool::give(self.0) }
        }
    }
    let memory = Memory(this.0.cast::<Whole<F>>());
    // SAFETY: the type is promised by the caller; the future is dropped once, in place.
    unsafe { std::ptr::drop_in_place(&raw mut (*memory.0.as_ptr()).future) }
}

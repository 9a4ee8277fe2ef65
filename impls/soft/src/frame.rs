//! One frame on the heap.
//!
//! ```text
//! FrameBox<F>
//!   step      runs it to the next signal; the first frame of a tasklet first looks at the slot
//!   table     what else can be done with it: dump, fork, drop
//!   parent    its caller, or a mark for a tasklet that has not started
//!   content   the state machine, then what it returned, then nothing
//! ```

use std::{any::TypeId, cell::Cell, ptr::NonNull};

use switchback::{
    Error, Kind, Request,
    frame::{Frame, Step},
    kernel::Kernel,
    pickle::{Reader, Writer},
};

use crate::{Soft, pool};

/// What a step asks of the loop.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Signal {
    Switch,
    Call,
    Returned,
}

enum Content<F: Frame<Soft>> {
    Running(F),
    Returned(Result<F::Return, Error>),
    Taken,
}

#[repr(C)]
struct Header {
    step: Cell<unsafe fn(FramePtr) -> Signal>,
    table: &'static Table,
    parent: Cell<Option<FramePtr>>,
}

#[repr(C)]
struct FrameBox<F: Frame<Soft>> {
    header: Header,
    content: Content<F>,
}

/// What can be done with a frame without knowing its function.
pub(crate) struct Table {
    pub(crate) id: fn() -> TypeId,
    pub(crate) name: &'static str,
    drop: unsafe fn(FramePtr),
    outcome: unsafe fn(FramePtr) -> Result<(), Error>,
    dump: unsafe fn(FramePtr, &mut Writer) -> Result<(), Error>,
    fork: unsafe fn(FramePtr) -> FramePtr,
}

/// How a frame of one function is read back: the entry of a frame list.
pub(crate) struct Entry {
    pub(crate) load: fn(&mut Reader<'_>) -> Result<FramePtr, Error>,
    /// For a tasklet that has not started.
    pub(crate) first: fn(&mut Reader<'_>) -> Result<FramePtr, Error>,
}

/// A frame, owned by whoever holds the tasklet; copies of the pointer are not counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct FramePtr(NonNull<Header>);

const fn table<F: Frame<Soft>>() -> &'static Table {
    &Table {
        id: TypeId::of::<F>,
        name: F::NAME,
        drop: drop_frame::<F>,
        outcome: outcome::<F>,
        dump: dump::<F>,
        fork: fork::<F>,
    }
}

pub(crate) const fn entry<F: Frame<Soft>>() -> &'static Entry {
    &Entry {
        load: |input| Ok(FramePtr::called(F::load(input)?)),
        first: |input| Ok(FramePtr::first(F::load(input)?)),
    }
}

impl FramePtr {
    /// Stands where the caller of a frame that has not started would be.
    const NEW: Self = Self(NonNull::dangling());

    #[inline(always)]
    fn new<F: Frame<Soft>>(
        frame: F,
        step: unsafe fn(Self) -> Signal,
        parent: Option<Self>,
    ) -> Self {
        let place = pool::take::<FrameBox<F>>();
        let header =
            Header { step: Cell::new(step), table: table::<F>(), parent: Cell::new(parent) };
        // SAFETY: the place is fresh memory for exactly this type.
        unsafe { place.write(FrameBox { header, content: Content::Running(frame) }) };
        Self(place.cast())
    }

    /// The outermost frame of a tasklet, which may find an error in its slot before it starts.
    #[inline(always)]
    pub(crate) fn first<F: Frame<Soft>>(frame: F) -> Self {
        Self::new(frame, first_step::<F>, Some(Self::NEW))
    }

    /// A frame that was called, or read back.
    #[inline(always)]
    pub(crate) fn called<F: Frame<Soft>>(frame: F) -> Self {
        Self::new(frame, step::<F>, None)
    }

    /// The word the kernel keeps.
    #[inline(always)]
    pub(crate) fn body(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    /// # Safety
    /// `body` is 0 or comes from `body` of a frame that is still there.
    #[inline(always)]
    pub(crate) unsafe fn of_body(body: usize) -> Option<Self> {
        NonNull::new(std::ptr::with_exposed_provenance_mut(body)).map(Self)
    }

    #[inline(always)]
    fn header(&self) -> &Header {
        // SAFETY: a `FramePtr` points to a frame that has not been dropped.
        unsafe { self.0.as_ref() }
    }

    /// # Safety
    /// The frame is an `F`.
    #[inline(always)]
    unsafe fn content<'a, F: Frame<Soft>>(self) -> &'a mut Content<F> {
        // SAFETY: the type is promised by the caller; nobody else holds a reference, because
        // only the loop and the owner of a suspended tasklet get here.
        unsafe { &mut (*self.0.cast::<FrameBox<F>>().as_ptr()).content }
    }

    #[inline(always)]
    pub(crate) fn step(self) -> Signal {
        // SAFETY: the function was stored for the type of this frame.
        unsafe { (self.header().step.get())(self) }
    }

    #[inline(always)]
    pub(crate) fn parent(self) -> Option<Self> {
        self.header().parent.get().filter(|parent| *parent != Self::NEW)
    }

    /// Whether it is the only frame of a tasklet that has not executed an instruction.
    pub(crate) fn is_new(self) -> bool {
        self.header().parent.get() == Some(Self::NEW)
    }

    #[inline(always)]
    pub(crate) fn set_parent(self, parent: Self) {
        self.header().parent.set(Some(parent));
    }

    pub(crate) fn table(self) -> &'static Table {
        self.header().table
    }

    /// Takes the value of a frame that returned, and frees it.
    #[inline(always)]
    pub(crate) fn take<F: Frame<Soft>>(self) -> Result<F::Return, Error> {
        if (self.table().id)() != TypeId::of::<F>() {
            let name = self.table().name;
            self.drop_chain();
            let cause = format!("{name} returned to a call of {}", F::NAME);
            return Err(Error::with_detail(Kind::BadPickle, cause));
        }
        // SAFETY: the type was checked; the frame is not used again.
        unsafe {
            let content = std::mem::replace(self.content::<F>(), Content::Taken);
            pool::give(self.0.cast::<FrameBox<F>>());
            match content {
                Content::Returned(result) => result,
                _ => Err(Error::with_detail(Kind::BadPickle, "a frame that has not returned")),
            }
        }
    }

    /// Takes what an outermost frame returned, without its value, and frees it.
    #[inline(always)]
    pub(crate) fn outcome(self) -> Result<(), Error> {
        // SAFETY: the function belongs to the type of this frame, which is not used again.
        unsafe { (self.table().outcome)(self) }
    }

    /// Drops the frame and its callers, innermost first, without native recursion.
    pub(crate) fn drop_chain(self) {
        let mut next = Some(self);
        while let Some(frame) = next {
            next = frame.parent();
            // SAFETY: as in `outcome`.
            unsafe { (frame.table().drop)(frame) }
        }
    }

    pub(crate) fn dump(self, out: &mut Writer) -> Result<(), Error> {
        // SAFETY: the function belongs to the type of this frame.
        unsafe { (self.table().dump)(self, out) }
    }

    /// A copy, without its callers.
    pub(crate) fn fork(self) -> Self {
        // SAFETY: the function belongs to the type of this frame.
        unsafe { (self.table().fork)(self) }
    }
}

/// # Safety
/// `this` is an `F`.
#[inline]
unsafe fn step<F: Frame<Soft>>(this: FramePtr) -> Signal {
    // SAFETY: promised by the caller.
    let content = unsafe { this.content::<F>() };
    let Content::Running(frame) = content else { return Signal::Returned };
    match frame.step() {
        Step::Asks(Request::Call) => Signal::Call,
        Step::Asks(_) => Signal::Switch,
        Step::Returned(result) => {
            *content = Content::Returned(result);
            Signal::Returned
        }
    }
}

/// # Safety
/// `this` is an `F`.
unsafe fn first_step<F: Frame<Soft>>(this: FramePtr) -> Signal {
    match Kernel::here_now().and_then(Kernel::start) {
        Ok(()) => {
            this.header().step.set(step::<F>);
            this.header().parent.set(None);
            // SAFETY: promised by the caller.
            unsafe { step::<F>(this) }
        }
        Err(thrown) => {
            // SAFETY: promised by the caller.
            unsafe { *this.content::<F>() = Content::Returned(Err(thrown)) };
            Signal::Returned
        }
    }
}

/// # Safety
/// `this` is an `F`, not used again.
unsafe fn drop_frame<F: Frame<Soft>>(this: FramePtr) {
    // SAFETY: promised by the caller.
    unsafe {
        drop(std::mem::replace(this.content::<F>(), Content::Taken));
        pool::give(this.0.cast::<FrameBox<F>>());
    }
}

/// # Safety
/// As `drop_frame`.
unsafe fn outcome<F: Frame<Soft>>(this: FramePtr) -> Result<(), Error> {
    // SAFETY: promised by the caller.
    let content = unsafe { std::mem::replace(this.content::<F>(), Content::Taken) };
    // SAFETY: as above.
    unsafe { pool::give(this.0.cast::<FrameBox<F>>()) };
    match content {
        Content::Returned(result) => result.map(drop),
        _ => Ok(()),
    }
}

/// # Safety
/// `this` is an `F`.
unsafe fn dump<F: Frame<Soft>>(this: FramePtr, out: &mut Writer) -> Result<(), Error> {
    // SAFETY: promised by the caller.
    match unsafe { this.content::<F>() } {
        Content::Running(frame) => frame.dump(out),
        _ => Err(Error::with_detail(Kind::NotPicklable, format!("{} has returned", F::NAME))),
    }
}

/// # Safety
/// `this` is an `F`.
unsafe fn fork<F: Frame<Soft>>(this: FramePtr) -> FramePtr {
    // SAFETY: promised by the caller.
    let content = match unsafe { this.content::<F>() } {
        Content::Running(frame) => Content::Running(frame.clone()),
        // Only suspended tasklets are copied, and their frames are running ones.
        _ => Content::Taken,
    };
    let place = pool::take::<FrameBox<F>>();
    let header = Header {
        step: this.header().step.clone(),
        table: table::<F>(),
        parent: Cell::new(this.is_new().then_some(FramePtr::NEW)),
    };
    // SAFETY: the place is fresh memory for exactly this type.
    unsafe { place.write(FrameBox { header, content }) };
    FramePtr(place.cast())
}

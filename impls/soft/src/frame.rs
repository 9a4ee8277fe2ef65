//! One frame on the heap.
//!
//! ```text
//! FrameBox<F>
//!   step      runs it to the next signal; the first frame of a tasklet first looks at the slot
//!   table     what else can be done with it: dump, fork, drop
//!   parent    its caller, or a mark: not started yet, outermost, frame of main
//!   content   the state machine, then what it returned, then nothing
//! ```

mod chain;
mod signal;
mod step;

use std::{any::TypeId, cell::Cell, num::NonZero, ptr::NonNull};

use switchback::{
    Error, Kind, contain,
    frame::{Frame, Waits},
    kernel::{Kernel, Next},
    pickle::{Reader, Writer},
};

pub(crate) use chain::{CALLEE, LINKS, RETURNED, back, call};
pub(crate) use signal::{Signal, last};

use crate::{Soft, pool};
use chain::Left;
use step::{StepFn, arrive, called_step, first_step, returned, step};

enum Content<F: Frame<Soft>> {
    Running(F),
    Returned(Result<F::Return, Error>),
    Taken,
}

#[repr(C)]
struct Header {
    step: Cell<StepFn>,
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
    dump: unsafe fn(FramePtr, &mut Writer) -> Result<(), Error>,
    fork: unsafe fn(FramePtr) -> FramePtr,
    waits: unsafe fn(FramePtr) -> Waits,
    arrive: StepFn,
}

/// How a frame of one function is read back: the entry of a frame list.
pub(crate) struct Entry {
    pub(crate) load: fn(&mut Reader<'_>) -> Result<FramePtr, Error>,
    /// For a tasklet that has not started.
    pub(crate) first: fn(&mut Reader<'_>) -> Result<FramePtr, Error>,
}

/// A frame, owned by the holder of its tasklet; copies of the pointer are not counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct FramePtr(NonNull<Header>);

const fn table<F: Frame<Soft>>() -> &'static Table {
    &Table {
        id: TypeId::of::<F>,
        name: F::NAME,
        drop: drop_frame::<F>,
        dump: dump::<F>,
        fork: fork::<F>,
        waits: waits::<F>,
        arrive: arrive::<F>,
    }
}

pub(crate) const fn entry<F: Frame<Soft>>() -> &'static Entry {
    &Entry {
        load: |input| {
            // What was called starts at once, so no pickle has it. Bytes of a forger may.
            FramePtr::read::<F>(
                input,
                |frame| match frame.waits() {
                    Waits::Start => called_step::<F>,
                    _ => step::<F>,
                },
                None,
            )
        },
        first: |input| FramePtr::read::<F>(input, |_| first_step::<F>, Some(FramePtr::NEW)),
    }
}

impl FramePtr {
    /// Stands where the caller of a frame that has not started would be.
    const NEW: Self = Self::mark(8);
    /// Stands where the caller of main's outermost frame would be.
    const MAIN: Self = Self::mark(16);

    /// An address where no frame is.
    const fn mark(address: usize) -> Self {
        match NonZero::new(address) {
            Some(address) => Self(NonNull::without_provenance(address)),
            None => panic!("the address of a mark is not 0"),
        }
    }

    /// A frame that `make` makes. It is made when its place is there already, so that it is
    /// built in the place and not copied to it: 10 ns of a spawn, because the copy loads words
    /// in another width than they were just stored in.
    #[inline(always)]
    fn new<F: Frame<Soft>>(make: impl FnOnce() -> F, step: StepFn, parent: Option<Self>) -> Self {
        let place = pool::take::<FrameBox<F>>();
        let header =
            Header { step: Cell::new(step), table: table::<F>(), parent: Cell::new(parent) };
        // SAFETY: the place is fresh memory for exactly this type.
        unsafe { place.write(FrameBox { header, content: Content::Running(make()) }) };
        Self(place.cast())
    }

    /// A frame from the bytes of its state, which is read in its place as well.
    #[inline]
    fn read<F: Frame<Soft>>(
        input: &mut Reader<'_>,
        step: impl FnOnce(&F) -> StepFn,
        parent: Option<Self>,
    ) -> Result<Self, Error> {
        /// Gives the place back if reading panics.
        struct Place<F: Frame<Soft>>(NonNull<FrameBox<F>>);
        impl<F: Frame<Soft>> Drop for Place<F> {
            fn drop(&mut self) {
                // SAFETY: the place was taken for this type, and nothing is in it.
                unsafe { pool::give(self.0) }
            }
        }
        input.charge(size_of::<FrameBox<F>>(), F::NAME)?;
        let place = Place(pool::take::<FrameBox<F>>());
        match F::load(input) {
            Ok(frame) => {
                let place = std::mem::ManuallyDrop::new(place).0;
                let header = Header {
                    step: Cell::new(step(&frame)),
                    table: table::<F>(),
                    parent: Cell::new(parent),
                };
                // SAFETY: the place is fresh memory for exactly this type.
                unsafe { place.write(FrameBox { header, content: Content::Running(frame) }) };
                Ok(Self(place.cast()))
            }
            Err(error) => Err(error),
        }
    }

    /// The outermost frame of a tasklet, which may find an error in its slot before it starts.
    #[inline(always)]
    pub(crate) fn first<F: Frame<Soft>>(make: impl FnOnce() -> F) -> Self {
        Self::new(make, first_step::<F>, Some(Self::NEW))
    }

    /// A frame that was called.
    #[inline(always)]
    pub(crate) fn called<F: Frame<Soft>>(make: impl FnOnce() -> F) -> Self {
        Self::new(make, called_step::<F>, None)
    }

    /// The outermost frame of main.
    pub(crate) fn main<F: Frame<Soft>>(frame: F) -> Self {
        Self::new(|| frame, called_step::<F>, Some(Self::MAIN))
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
        // SAFETY: the type is promised by the caller; there is no other reference, because only the
        // loop and the owner of a suspended tasklet get here.
        unsafe { &mut (*self.0.cast::<FrameBox<F>>().as_ptr()).content }
    }

    /// Runs it, which is the innermost one of the tasklet to run, and some others after it.
    #[inline(always)]
    pub(crate) fn step<'k>(
        self,
        kernel: &'k Kernel,
        me: Next<'k>,
        left: Left,
        last: Next<'k>,
    ) -> Option<Next<'k>> {
        // SAFETY: the function was stored for the type of this frame, and the caller has `me` from
        // the kernel or from an operation in it.
        unsafe { (self.header().step.get())(kernel, me, self, left, last) }
    }

    /// Takes over the result that its last step has left, and goes on.
    pub(crate) fn arrive<'k>(
        self,
        kernel: &'k Kernel,
        me: Next<'k>,
        left: Left,
        last: Next<'k>,
    ) -> Option<Next<'k>> {
        // SAFETY: the function belongs to the type of this frame; the rest as in `step`.
        unsafe { (self.table().arrive)(kernel, me, self, left, last) }
    }

    /// The state machine.
    ///
    /// # Safety
    /// The frame is an `F` that has not returned.
    #[inline(always)]
    unsafe fn running<'a, F: Frame<Soft>>(self) -> &'a mut F {
        // SAFETY: promised by the caller.
        match unsafe { self.content() } {
            Content::Running(frame) => frame,
            // SAFETY: a frame is made running and stays so until it is dropped, or until it gets
            // its result and another step with it.
            _ => unsafe { std::hint::unreachable_unchecked() },
        }
    }

    #[inline(always)]
    pub(crate) fn parent(self) -> Option<Self> {
        self.header().parent.get().filter(|parent| *parent != Self::NEW && *parent != Self::MAIN)
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

    /// Whether it is an `F`. A constant may have several addresses, so in the end the type decides.
    #[inline(always)]
    fn is<F: Frame<Soft>>(self) -> bool {
        std::ptr::eq(self.table(), table::<F>()) || self.has_type(TypeId::of::<F>)
    }

    #[cold]
    #[inline(never)]
    fn has_type(self, id: fn() -> TypeId) -> bool {
        (self.table().id)() == id()
    }

    /// Takes the value of a frame that returned, and frees it.
    #[inline(always)]
    pub(crate) fn take<F: Frame<Soft>>(self) -> Result<F::Return, Error> {
        if self.is::<F>() {
            // SAFETY: the type was checked; the frame is not used again, and of a `Returned`
            // nothing is left once its result was read.
            unsafe {
                if let Content::Returned(result) = self.content::<F>() {
                    let result = std::ptr::read(result);
                    pool::give(self.0.cast::<FrameBox<F>>());
                    return result;
                }
            }
        }
        Err(self.not_returned::<F>())
    }

    #[cold]
    #[inline(never)]
    fn not_returned<F: Frame<Soft>>(self) -> Error {
        let name = self.table().name;
        let cause = if self.is::<F>() {
            format!("{name} has not returned")
        } else {
            format!("{name} returned to a call of {}", F::NAME)
        };
        self.drop_alone();
        Error::with_detail(Kind::BadPickle, cause)
    }

    /// The one that its tasklet began with.
    pub(crate) fn outermost(self) -> Self {
        std::iter::successors(Some(self), |frame| frame.parent()).last().unwrap_or(self)
    }

    /// Drops the frame and its callers, innermost first, without native recursion; all of them,
    /// also if a destructor panics.
    ///
    /// # Errors
    /// The first panic.
    pub(crate) fn drop_chain(self) -> Result<(), Error> {
        let mut result = Ok(());
        let mut next = Some(self);
        while let Some(frame) = next {
            next = frame.parent();
            let dropped = contain("", || {
                frame.drop_alone();
                Ok(())
            });
            result = result.and(dropped);
        }
        result
    }

    /// Drops the frame only: its caller may be the one that runs.
    fn drop_alone(self) {
        // SAFETY: the function belongs to the type of this frame, which is not used again.
        unsafe { (self.table().drop)(self) }
    }

    pub(crate) fn dump(self, out: &mut Writer) -> Result<(), Error> {
        // SAFETY: the function belongs to the type of this frame.
        unsafe { (self.table().dump)(self, out) }
    }

    pub(crate) fn waits(self) -> Waits {
        // SAFETY: the function belongs to the type of this frame.
        unsafe { (self.table().waits)(self) }
    }

    /// Whether it is suspended in a call of the function of `callee`.
    pub(crate) fn waits_for(self, callee: Self) -> bool {
        let other = callee.table().id;
        // One function may have several addresses, so in the end the type decides.
        matches!(self.waits(), Waits::Callee(id, _) if id as usize == other as usize || id() == other())
    }

    /// A copy, without its callers.
    pub(crate) fn fork(self) -> Self {
        // SAFETY: the function belongs to the type of this frame.
        unsafe { (self.table().fork)(self) }
    }
}

/// # Safety
/// `this` is an `F`, not used again.
unsafe fn drop_frame<F: Frame<Soft>>(this: FramePtr) {
    // SAFETY: promised by the caller.
    let content = unsafe { std::mem::replace(this.content::<F>(), Content::Taken) };
    // The memory first: it is given back also if a destructor panics.
    // SAFETY: promised by the caller, and nothing is left in it.
    unsafe { pool::give(this.0.cast::<FrameBox<F>>()) };
    drop(content);
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
unsafe fn waits<F: Frame<Soft>>(this: FramePtr) -> Waits {
    // SAFETY: promised by the caller.
    match unsafe { this.content::<F>() } {
        Content::Running(frame) => frame.waits(),
        _ => Waits::Nothing,
    }
}

/// # Safety
/// `this` is an `F`.
unsafe fn fork<F: Frame<Soft>>(this: FramePtr) -> FramePtr {
    // SAFETY: promised by the caller.
    let (content, step) = match unsafe { this.content::<F>() } {
        Content::Running(frame) => (Content::Running(frame.clone()), this.header().step.get()),
        // Only suspended tasklets are copied, and their frames are running ones.
        _ => (Content::Taken, returned as StepFn),
    };
    let place = pool::take::<FrameBox<F>>();
    let header = Header {
        step: Cell::new(step),
        table: table::<F>(),
        parent: Cell::new(this.is_new().then_some(FramePtr::NEW)),
    };
    // SAFETY: the place is fresh memory for exactly this type.
    unsafe { place.write(FrameBox { header, content }) };
    FramePtr(place.cast())
}

//! Blocks that never move and are recycled last in, first out.
//!
//! ```text
//! chunks   [ b b b b ... ] [ b b b b ... ]     never freed before the kernel
//! free     b -> b -> b                         threaded through the blocks themselves
//! ```

use std::{
    cell::{Cell, RefCell},
    fmt,
    ops::Deref,
    ptr::NonNull,
};

/// Blocks of the first chunk. Each further one doubles up to 1,024, so that a small run does not
/// pay for a large one: making 256 blocks at once was most of what starting a run took.
const FIRST: usize = 16;
const DOUBLINGS: usize = 6;

/// A block of an arena: kernel code follows it without unsafe code, because making one is unsafe.
///
/// The kernel keeps these to itself. What leaves it, in handles, is a [`Loose`] address with the
/// number of the kernel, which is checked before the address becomes a `Ptr` again.
pub(crate) struct Ptr<T>(NonNull<T>);

impl<T> Ptr<T> {
    /// The address, for a word that carries something else besides.
    #[inline(always)]
    pub(crate) fn expose(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    /// What `expose` gave, or 0.
    ///
    /// # Safety
    /// As [`of`](Self::of), unless the address is 0.
    #[inline(always)]
    pub(crate) unsafe fn exposed(address: usize) -> Option<Self> {
        NonNull::new(std::ptr::with_exposed_provenance_mut(address)).map(Self)
    }

    /// A block at this place.
    ///
    /// # Safety
    /// A `T` lies there, reached through shared references only, for as long as this or a copy of
    /// it is followed.
    pub(super) unsafe fn of(place: NonNull<T>) -> Self {
        Self(place)
    }

    /// The address alone, to leave the kernel with.
    #[inline(always)]
    pub(crate) fn loose(self) -> Loose<T> {
        Loose(self.0)
    }

    /// Where the block is.
    #[inline(always)]
    pub(super) fn place(self) -> *mut T {
        self.0.as_ptr()
    }

    /// Stands where no block is, to be compared with others.
    ///
    /// # Safety
    /// It is never followed.
    pub(crate) const unsafe fn dangling() -> Self {
        Self(NonNull::dangling())
    }

    /// What tells it from other blocks.
    #[inline(always)]
    pub(crate) fn address(self) -> usize {
        self.0.addr().get()
    }
}

impl<T> Clone for Ptr<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Ptr<T> {}

impl<T> PartialEq for Ptr<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Ptr<T> {}

impl<T> Deref for Ptr<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: promised where it was made.
        unsafe { self.0.as_ref() }
    }
}

impl<T> fmt::Debug for Ptr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:p}", self.0)
    }
}

/// The address of a block that may be gone: what handles hold.
pub(crate) struct Loose<T>(NonNull<T>);

impl<T> Loose<T> {
    /// Stands in handles of no kernel.
    pub(crate) const fn dangling() -> Self {
        Self(NonNull::dangling())
    }

    /// The address, for a word that carries something else besides.
    #[inline(always)]
    pub(crate) fn expose(self) -> usize {
        self.0.as_ptr().expose_provenance()
    }

    /// What `expose` gave.
    pub(crate) fn exposed(address: usize) -> Self {
        NonNull::new(std::ptr::with_exposed_provenance_mut(address)).map_or(Self::dangling(), Self)
    }

    /// The block.
    ///
    /// # Safety
    /// The kernel that it was [loosened](Ptr::loose) from lives for as long as this or a copy of
    /// it is followed.
    #[inline(always)]
    pub(crate) unsafe fn follow(self) -> Ptr<T> {
        Ptr(self.0)
    }
}

impl<T> Clone for Loose<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Loose<T> {}

impl<T> PartialEq for Loose<T> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// A block that can sit in the free list.
pub(crate) trait Block: Sized {
    /// A block at its beginning. A constant, which is copied: what is put together on the stack
    /// first is read back before its stores have landed, 5 ns a block.
    const NEW: Self;

    /// A field that is unused while the block is free.
    fn link(&self) -> &Cell<Option<Ptr<Self>>>;
}

pub(crate) struct Arena<T> {
    free: Cell<Option<Ptr<T>>>,
    /// Each a box once. A box would claim what lies in it for itself, whenever it is moved.
    chunks: RefCell<Vec<NonNull<[T]>>>,
}

impl<T: Block> Arena<T> {
    pub(crate) fn new() -> Self {
        Self { free: Cell::new(None), chunks: RefCell::new(Vec::new()) }
    }

    #[inline(always)]
    pub(crate) fn take(&self) -> Ptr<T> {
        if let Some(block) = self.free.get() {
            self.free.set(block.link().get());
            block.link().set(None);
            return block;
        }
        self.grow()
    }

    #[inline(always)]
    pub(crate) fn give(&self, block: Ptr<T>) {
        block.link().set(self.free.get());
        self.free.set(Some(block));
    }

    #[cold]
    #[inline(never)]
    fn grow(&self) -> Ptr<T> {
        let count = FIRST << self.chunks.borrow().len().min(DOUBLINGS);
        let chunk: Box<[T]> = std::iter::repeat_with(|| T::NEW).take(count).collect();
        let chunk = NonNull::from(Box::leak(chunk));
        self.chunks.borrow_mut().push(chunk);
        for number in (0..count).rev() {
            // SAFETY: the chunk has so many blocks. It is kept until the arena goes, with the kernel,
            // and reached through these only.
            self.give(unsafe { Ptr::of(chunk.cast::<T>().add(number)) });
        }
        self.take()
    }

    /// Blocks that are not free. Counts the free ones.
    pub(crate) fn in_use(&self) -> usize {
        let all: usize = self.chunks.borrow().iter().map(|chunk| chunk.len()).sum();
        let mut free = 0;
        let mut block = self.free.get();
        while let Some(next) = block {
            free += 1;
            block = next.link().get();
        }
        all - free
    }
}

impl<T> Drop for Arena<T> {
    fn drop(&mut self) {
        for chunk in self.chunks.get_mut().drain(..) {
            // SAFETY: it was a box, and nothing points to it, since the kernel ends.
            drop(unsafe { Box::from_raw(chunk.as_ptr()) });
        }
    }
}

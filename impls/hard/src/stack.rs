//! One stack of the pool as corosensei sees it: guarded, and coloured so that tops do not share
//! cache sets.
//!
//! ```text
//! limit                                    base                   top
//!   | guard page | ........... grows down <--- | what is carved | 0..15 x 64 B |
//! ```
//!
//! On Linux stacks are slots of [regions](switchback_stacks::region); elsewhere each is a mapping of
//! its own.

use std::{io, ptr::NonNull};

#[cfg(windows)]
use corosensei::stack::StackTebFields;
use corosensei::stack::{Stack, StackPointer};
use switchback_stacks::{Line, Size};

pub(crate) use stacks::Stacks;

/// A stack that was never used, and its line, which belongs to the [`Stacks`] like the stack.
pub(crate) struct Place {
    pub(crate) stack: PooledStack,
    pub(crate) line: NonNull<Line>,
}

/// The memory belongs to the [`Stacks`] it was taken from, or on other systems than Linux to this.
pub(crate) struct PooledStack {
    base: StackPointer,
    #[cfg(target_os = "linux")]
    limit: StackPointer,
    #[cfg(not(target_os = "linux"))]
    inner: corosensei::stack::DefaultStack,
}

impl PooledStack {
    #[cfg(target_os = "linux")]
    pub(crate) fn new(limit: usize, top: usize) -> io::Result<Self> {
        let pointer = |address| StackPointer::new(address).ok_or(io::ErrorKind::InvalidInput);
        Ok(Self { base: pointer(top)?, limit: pointer(limit)? })
    }

    /// Takes `bytes` off the top of the `index`-th stack, at least its colour; gives their
    /// address, which is a multiple of 64.
    pub(crate) fn carve(&mut self, index: usize, bytes: usize) -> io::Result<StackPointer> {
        let lower = switchback_stacks::carve(self.base.get(), index, bytes);
        self.base = lower.and_then(StackPointer::new).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.base)
    }
}

// SAFETY: the stack is a slot of a region, or a `DefaultStack`, whose lowest page is a guard, less
// what was carved off its top, which is at most a few lines of 64 bytes of at least 16 KiB.
unsafe impl Stack for PooledStack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.base
    }

    #[inline]
    #[cfg(target_os = "linux")]
    fn limit(&self) -> StackPointer {
        self.limit
    }

    #[inline]
    #[cfg(not(target_os = "linux"))]
    fn limit(&self) -> StackPointer {
        self.inner.limit()
    }

    #[cfg(windows)]
    fn teb_fields(&self) -> StackTebFields {
        self.inner.teb_fields()
    }

    #[cfg(windows)]
    fn update_teb_fields(&mut self, stack_limit: usize, guaranteed_stack_bytes: usize) {
        self.inner.update_teb_fields(stack_limit, guaranteed_stack_bytes);
    }
}

/// Slots of regions.
#[cfg(target_os = "linux")]
mod stacks {
    use super::{Place, PooledStack, Size, io};

    /// The stacks of a thread.
    pub(crate) struct Stacks(pub(crate) switchback_stacks::region::Stacks);

    impl Stacks {
        pub(crate) const fn new() -> Self {
            Self(switchback_stacks::region::Stacks::new())
        }

        /// A stack that was never used.
        pub(crate) fn take(&mut self, size: Size) -> io::Result<Place> {
            let place = self.0.take(size)?;
            Ok(Place { stack: PooledStack::new(place.limit, place.top)?, line: place.line })
        }

        /// Gives up the regions that hold none of the lines at the addresses `kept`.
        ///
        /// # Safety
        /// Nothing is on the other stacks, and they are not used again.
        pub(crate) unsafe fn release(&mut self, kept: &[usize]) {
            // SAFETY: promised by the caller.
            unsafe { self.0.release(kept) }
        }
    }
}

/// Where regions are not known: stacks that own their memory.
#[cfg(not(target_os = "linux"))]
mod stacks {
    use super::{Line, NonNull, Place, PooledStack, Size, Stack as _, io};

    /// The lines of the stacks.
    pub(crate) struct Stacks(Vec<Box<Line>>);

    impl Stacks {
        pub(crate) const fn new() -> Self {
            Self(Vec::new())
        }

        /// A stack that was never used.
        pub(crate) fn take(&mut self, size: Size) -> io::Result<Place> {
            let inner = corosensei::stack::DefaultStack::new(size.bytes()?)?;
            let mut line = Box::new(Line::EMPTY);
            let address = NonNull::from(&mut *line);
            self.0.push(line);
            Ok(Place { stack: PooledStack { base: inner.base(), inner }, line: address })
        }

        /// Gives up the lines; a stack is given up with its coroutine. Lines in use are leaked.
        ///
        /// # Safety
        /// The others are not used again.
        pub(crate) unsafe fn release(&mut self, kept: &[usize]) {
            let held = |line: &Line| kept.contains(&std::ptr::from_ref(line).addr());
            self.0.drain(..).filter(|line| held(line)).for_each(std::mem::forget);
        }
    }
}

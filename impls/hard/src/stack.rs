//! One stack of the pool: guarded, and coloured so that tops do not share cache sets.
//!
//! ```text
//! limit                                               top           end of mapping
//!   | guard page | ............. grows down <--------- | 0..15 x 64 B |
//! ```

use std::io;

#[cfg(windows)]
use corosensei::stack::StackTebFields;
use corosensei::stack::{DefaultStack, Stack, StackPointer};

/// Usable bytes of a stack. A panic with a backtrace needs about 23 KiB.
pub(crate) const SIZE: usize = 64 * 1024;

/// Usable bytes of the stack main runs on: what a process's first thread has on Linux. Only the
/// pages it touches cost memory.
pub(crate) const MAIN_SIZE: usize = 8 * 1024 * 1024;

/// Colours: stack `i` starts `(i mod 16) * 64` bytes lower. Page-aligned tops all fall into the
/// same cache sets; colouring is worth 2.6x in a rotation over 64 stacks.
const COLOURS: usize = 16;
const LINE: usize = 64;

pub(crate) struct PooledStack {
    inner: DefaultStack,
    base: StackPointer,
}

impl PooledStack {
    pub(crate) fn new(index: usize, size: usize) -> io::Result<Self> {
        let inner = DefaultStack::new(size)?;
        let top = inner.base().get() - (index % COLOURS) * LINE;
        let base = StackPointer::new(top).ok_or(io::ErrorKind::Other)?;
        Ok(Self { inner, base })
    }
}

// SAFETY: the stack is that of `inner`, which has a guard page, less at most 960 bytes at its
// top; the top stays aligned to 64 bytes.
unsafe impl Stack for PooledStack {
    #[inline]
    fn base(&self) -> StackPointer {
        self.base
    }

    #[inline]
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

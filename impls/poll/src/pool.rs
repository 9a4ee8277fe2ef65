//! Memory for tasks.

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    ptr::NonNull,
};

/// Memory for one `T`, uninitialised.
#[inline(always)]
pub(crate) fn take<T>() -> NonNull<T> {
    let layout = Layout::new::<T>();
    // SAFETY: tasks hold a header, so the size is not zero.
    let block = unsafe { alloc(layout) };
    NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout)).cast()
}

/// # Safety
/// `block` comes from `take::<T>` on this thread and holds nothing any more.
#[inline(always)]
pub(crate) unsafe fn give<T>(block: NonNull<T>) {
    // SAFETY: `take` allocated it with this layout.
    unsafe { dealloc(block.cast().as_ptr(), Layout::new::<T>()) }
}

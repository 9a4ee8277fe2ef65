//! Memory for frames: size classes of 16 bytes, recycled last in, first out per thread.
//!
//! ```text
//! class 0   16 bytes    free -> free -> ..
//! class 1   32 bytes    free -> ..
//! ..
//! class 63  1,024 bytes; larger frames come from the global allocator
//! ```

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    cell::{Cell, RefCell},
    ptr::NonNull,
};

use switchback::{Error, Kind, kernel::end_of_thread};

const STEP: usize = 16;
const CLASSES: usize = 64;
const CHUNK: usize = 64 * 1024;

/// Builds with a sanitizer free a block at once, so that it sees later uses.
const POOLED: bool = !cfg!(switchback_no_pools);

type Free = Cell<Option<NonNull<Link>>>;

struct Link {
    next: Option<NonNull<Link>>,
}

thread_local! {
    static FREE: [Free; CLASSES] = const { [const { Cell::new(None) }; CLASSES] };
    static CHUNKS: RefCell<Chunks> = const { RefCell::new(Chunks(Vec::new())) };
}

struct Chunks(Vec<(NonNull<u8>, Layout)>);

impl Drop for Chunks {
    fn drop(&mut self) {
        // SAFETY: the one value of this type is thread-local.
        unsafe { end_of_thread() }
        // Every run of the thread has ended, and with it all of its frames; or none goes on.
        FREE.with(|lists| lists.iter().for_each(|list| list.set(None)));
        for (chunk, layout) in self.0.drain(..) {
            // SAFETY: allocated by `grow` with this layout.
            unsafe { dealloc(chunk.as_ptr(), layout) }
        }
    }
}

/// Whether this thread can have frames: it cannot any more once its pool is gone, which destructors
/// of other thread-local values may come to see.
///
/// # Errors
/// [`Kind::Exhausted`].
pub(crate) fn open() -> Result<(), Error> {
    let gone = |_| Error::with_detail(Kind::Exhausted, "no frames: the thread is ending");
    CHUNKS.try_with(|_| ()).map_err(gone)
}

const fn class<T>() -> Option<usize> {
    if POOLED && align_of::<T>() <= 16 && size_of::<T>() <= STEP * CLASSES {
        Some(size_of::<T>().div_ceil(STEP).saturating_sub(1))
    } else {
        None
    }
}

/// Memory for one `T`, uninitialised.
#[inline(always)]
pub(crate) fn take<T>() -> NonNull<T> {
    match const { class::<T>() } {
        Some(class) => FREE.with(|lists| match lists[class].get() {
            Some(free) => {
                // SAFETY: blocks in a free list hold a link.
                lists[class].set(unsafe { free.as_ref() }.next);
                free.cast()
            }
            None => grow(class).cast(),
        }),
        None => large(Layout::new::<T>()).cast(),
    }
}

/// # Safety
/// `block` comes from `take::<T>` on this thread and holds nothing any more.
#[inline(always)]
pub(crate) unsafe fn give<T>(block: NonNull<T>) {
    match const { class::<T>() } {
        Some(class) => FREE.with(|lists| {
            let link = block.cast::<Link>();
            // SAFETY: the block is unused and large enough for a link.
            unsafe { link.write(Link { next: lists[class].get() }) };
            lists[class].set(Some(link));
        }),
        // SAFETY: `take` allocated it with this layout.
        None => unsafe { dealloc(block.cast().as_ptr(), Layout::new::<T>()) },
    }
}

/// Cuts a chunk into blocks of a class and takes the first.
#[cold]
#[inline(never)]
fn grow(class: usize) -> NonNull<Link> {
    let size = (class + 1) * STEP;
    let count = (CHUNK / size).max(1);
    let layout = Layout::from_size_align(count * size, 64).expect("a small multiple of the size");
    let chunk = large(layout);
    CHUNKS.with_borrow_mut(|chunks| chunks.0.push((chunk, layout)));
    FREE.with(|lists| {
        for i in (1..count).rev() {
            // SAFETY: block `i` lies within the chunk and is unused.
            unsafe {
                let block = chunk.add(i * size).cast::<Link>();
                block.write(Link { next: lists[class].get() });
                lists[class].set(Some(block));
            }
        }
    });
    chunk.cast()
}

#[cold]
fn large(layout: Layout) -> NonNull<u8> {
    // SAFETY: frames hold a header, so the size is not zero.
    let block = unsafe { alloc(layout) };
    NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout))
}

//! Where the control blocks of tasklets are.
//!
//! ```text
//! page of 4 KiB   [ b0 b1 .. b50 | c0 c1 .. c50 ]    51 blocks of a cache line each, what a switch
//!                                                    touches; behind them what it does not
//! free            b -> b -> b                        threaded through the blocks themselves
//! ```
//!
//! 80 bytes a tasklet instead of two cache lines. The place of the cold half follows from the
//! address of the hot one, so nothing points to it.

use std::{
    alloc::{Layout, alloc, dealloc, handle_alloc_error},
    cell::{Cell, RefCell},
    ptr::NonNull,
};

use crate::kernel::{
    memory::arena::Ptr,
    tasklet::block::{Cold, Tasklet, TaskletBlock},
};

const PAGE: usize = 4096;
const HOT: usize = size_of::<TaskletBlock>();
const COLD: usize = size_of::<Cold>();
const PER_PAGE: usize = PAGE / (HOT + COLD);

const _: () = assert!(HOT == 64 && COLD == 16 && align_of::<Cold>() <= COLD);

/// Blocks made ready at one time: a small run does not pay for a large one.
const STEP: usize = PER_PAGE / 3;

/// Pages allocated at one time: 1, 2, 4, up to 2 to this power.
const DOUBLINGS: usize = 6;

/// The arena of tasklets. Blocks never move and are recycled last in, first out.
pub(crate) struct Pages {
    free: Cell<Option<Tasklet>>,
    chunks: RefCell<Vec<Chunk>>,
}

struct Chunk {
    start: NonNull<u8>,
    pages: usize,
    /// Blocks that were made ready so far.
    ready: usize,
}

impl Chunk {
    fn layout(pages: usize) -> Layout {
        Layout::from_size_align(pages * PAGE, PAGE).expect("a few pages")
    }

    fn new(pages: usize) -> Self {
        let layout = Self::layout(pages);
        // SAFETY: the size is not zero.
        let start = NonNull::new(unsafe { alloc(layout) });
        let start = start.unwrap_or_else(|| handle_alloc_error(layout));
        Self { start, pages, ready: 0 }
    }

    fn block(&self, number: usize) -> Tasklet {
        let at = number / PER_PAGE * PAGE + number % PER_PAGE * HOT;
        // SAFETY: `number` is below the blocks of the chunk, so the place lies within it; it is
        // written before it is followed, and stays until the kernel goes.
        unsafe { Ptr::of(self.start.add(at).cast()) }
    }
}

impl Pages {
    /// Bytes that a block takes.
    pub(in crate::kernel) const EACH: usize = PAGE.div_ceil(PER_PAGE);

    pub(crate) fn new() -> Self {
        Self { free: Cell::new(None), chunks: RefCell::default() }
    }

    #[inline(always)]
    pub(crate) fn take(&self) -> Tasklet {
        if let Some(block) = self.free.get() {
            self.free.set(block.prev.get());
            return block;
        }
        self.grow()
    }

    #[inline(always)]
    pub(crate) fn give(&self, block: Tasklet) {
        debug_assert!(block.next.get().is_none() && block.channel.get().is_none());
        block.prev.set(self.free.get());
        self.free.set(Some(block));
    }

    #[cold]
    #[inline(never)]
    fn grow(&self) -> Tasklet {
        let mut chunks = self.chunks.borrow_mut();
        if chunks.last().is_none_or(|last| last.ready == last.pages * PER_PAGE) {
            let pages = 1 << chunks.len().min(DOUBLINGS);
            chunks.push(Chunk::new(pages));
        }
        if let Some(chunk) = chunks.last_mut() {
            for number in (chunk.ready..chunk.ready + STEP).rev() {
                let block = chunk.block(number);
                // SAFETY: both places are within the chunk, for these types, and hold nothing.
                unsafe {
                    block.place().write(TaskletBlock::default());
                    cold(block).write(Cold::default());
                }
                self.give(block);
            }
            chunk.ready += STEP;
        }
        drop(chunks);
        self.take()
    }

    /// Blocks that are not free. Counts the free ones.
    pub(crate) fn in_use(&self) -> usize {
        let ready: usize = self.chunks.borrow().iter().map(|chunk| chunk.ready).sum();
        let mut free = 0;
        let mut block = self.free.get();
        while let Some(next) = block {
            free += 1;
            block = next.prev.get();
        }
        ready - free
    }

    /// Visits every block, free ones included.
    pub(crate) fn each(&self, mut visit: impl FnMut(Tasklet)) {
        // Blocks may be made meanwhile, so the list is not kept borrowed.
        for at in 0.. {
            let blocks: Vec<Tasklet> = match self.chunks.borrow().get(at) {
                Some(chunk) => (0..chunk.ready).map(|number| chunk.block(number)).collect(),
                None => return,
            };
            blocks.into_iter().for_each(&mut visit);
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // What was put there by destructors of the last ones. Nothing of the run is left to ask.
        self.each(|block| drop(crate::dispose(block.slot.take_all())));
        for chunk in self.chunks.get_mut().drain(..) {
            // SAFETY: allocated with this layout; nothing points to it, since the kernel ends.
            unsafe { dealloc(chunk.start.as_ptr(), Chunk::layout(chunk.pages)) }
        }
    }
}

const _: () = assert!(PER_PAGE.is_multiple_of(STEP));

/// The place of the cold half of a block.
#[inline(always)]
fn cold(block: Tasklet) -> *mut Cold {
    block
        .place()
        .cast::<u8>()
        .map_addr(|address| {
            (address & !(PAGE - 1)) + PER_PAGE * HOT + (address & (PAGE - 1)) / (HOT / COLD)
        })
        .cast()
}

impl Ptr<TaskletBlock> {
    /// What no switch touches.
    #[inline(always)]
    pub(crate) fn cold<'a>(self) -> &'a Cold {
        // SAFETY: `grow` has made both halves of the block, in a page that lives as long as the
        // kernel, and a `Ptr` does not outlive it. Only shared references are made.
        unsafe { &*cold(self) }
    }
}

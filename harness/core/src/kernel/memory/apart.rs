//! Blocks apart from each other, for builds with a sanitizer: `--cfg switchback_no_pools`, which
//! `ci/asan` sets. Each is an allocation of its own that is freed as soon as it is given back, so
//! that the sanitizer sees a later use. In place of [arenas](crate::kernel::memory::arena) and of pages.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    ptr::NonNull,
};

use crate::kernel::{
    memory::arena::Ptr,
    tasklet::block::{Cold, Tasklet, TaskletBlock},
};

/// Those that are in use, in the order in which they were taken.
struct Apart<T> {
    blocks: RefCell<BTreeMap<u64, NonNull<T>>>,
    numbers: RefCell<HashMap<NonNull<T>, u64>>,
}

impl<T: Default> Apart<T> {
    fn new() -> Self {
        Self { blocks: RefCell::default(), numbers: RefCell::default() }
    }

    fn take(&self) -> NonNull<T> {
        let block = NonNull::from(Box::leak(Box::<T>::default()));
        let mut blocks = self.blocks.borrow_mut();
        let number = blocks.last_key_value().map_or(0, |(last, _)| last + 1);
        blocks.insert(number, block);
        self.numbers.borrow_mut().insert(block, number);
        block
    }

    /// # Safety
    /// It comes from `take`, and no pointer to it is followed any more.
    unsafe fn give(&self, block: NonNull<T>) {
        let number = self.numbers.borrow_mut().remove(&block);
        if let Some(number) = number {
            self.blocks.borrow_mut().remove(&number);
        }
        // SAFETY: promised by the caller. If it is given twice, the sanitizer shall see it.
        drop(unsafe { Box::from_raw(block.as_ptr()) });
    }

    fn in_use(&self) -> usize {
        self.blocks.borrow().len()
    }

    fn all(&self) -> Vec<NonNull<T>> {
        self.blocks.borrow().values().copied().collect()
    }
}

impl<T> Drop for Apart<T> {
    fn drop(&mut self) {
        for block in std::mem::take(self.blocks.get_mut()).into_values() {
            // SAFETY: it was a box, and nothing points to it, since the kernel ends.
            drop(unsafe { Box::from_raw(block.as_ptr()) });
        }
    }
}

/// As `arena::Arena`.
pub(crate) struct Arena<T>(Apart<T>);

impl<T: Default> Arena<T> {
    pub(crate) fn new() -> Self {
        Self(Apart::new())
    }

    pub(crate) fn take(&self) -> Ptr<T> {
        // SAFETY: it lies there until it is given back.
        unsafe { Ptr::of(self.0.take()) }
    }

    pub(crate) fn give(&self, block: Ptr<T>) {
        if let Some(place) = NonNull::new(block.place()) {
            // SAFETY: the kernel gives back what nothing refers to.
            unsafe { self.0.give(place) }
        }
    }

    pub(crate) fn in_use(&self) -> usize {
        self.0.in_use()
    }
}

/// Both halves of the block of a tasklet.
#[derive(Default)]
#[repr(C)]
struct Whole {
    hot: TaskletBlock,
    cold: Cold,
}

/// As `pages::Pages`.
pub(crate) struct Pages(Apart<Whole>);

impl Pages {
    /// Bytes that a block is charged for.
    pub(in crate::kernel) const EACH: usize = size_of::<TaskletBlock>() + size_of::<Cold>();

    pub(crate) fn new() -> Self {
        Self(Apart::new())
    }

    pub(crate) fn take(&self) -> Tasklet {
        // SAFETY: it lies there until it is given back.
        unsafe { Ptr::of(self.0.take().cast()) }
    }

    pub(crate) fn give(&self, block: Tasklet) {
        if let Some(place) = NonNull::new(block.place()) {
            // SAFETY: the kernel gives back what nothing refers to.
            unsafe { self.0.give(place.cast()) }
        }
    }

    pub(crate) fn in_use(&self) -> usize {
        self.0.in_use()
    }

    /// Visits every block that is in use.
    pub(crate) fn each(&self, visit: impl FnMut(Tasklet)) {
        // SAFETY: they are in use.
        self.0.all().into_iter().map(|block| unsafe { Ptr::of(block.cast()) }).for_each(visit);
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.each(|block| drop(crate::dispose(block.slot.take_all())));
    }
}

impl Ptr<TaskletBlock> {
    /// What no switch touches.
    pub(crate) fn cold<'a>(self) -> &'a Cold {
        // SAFETY: what is followed as a tasklet is the first half of a whole.
        unsafe { &(*self.place().cast::<Whole>()).cold }
    }
}

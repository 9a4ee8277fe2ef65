//! What stands in a thread-local place while a graph is written, read or copied, so that serde and
//! `Clone` of handles find it: which number stands for which tasklet or channel.
//!
//! It belongs to one kernel. A scheduler that user code runs meanwhile does not see it: its tasklets
//! and channels are no part of that graph.

use std::{
    any::TypeId,
    cell::RefCell,
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    rc::Rc,
};

use crate::kernel::{
    IN_CALLBACK, Kernel, channel::block::Queue, kernel_of_thread, pickle::waits::Item,
    tasklet::block::Tasklet,
};
use crate::{
    Error, Kind,
    contain::{dispose, first},
};

/// Hashes addresses and other numbers that no input can choose.
#[derive(Default)]
pub(crate) struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize(usize::from(*byte)));
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        // The map takes the place from the low bits, where addresses of blocks are all alike.
        let mixed = (self.0 ^ number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

/// A numbered set in order of discovery.
pub(crate) struct Numbers<T> {
    pub(crate) list: Vec<T>,
    index: HashMap<usize, u32, BuildHasherDefault<AddressHasher>>,
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self { list: Vec::new(), index: HashMap::default() }
    }
}

impl<T> Numbers<T> {
    #[inline]
    pub(crate) fn get(&self, address: usize) -> Option<u32> {
        self.index.get(&address).copied()
    }

    #[inline]
    pub(crate) fn number(&mut self, address: usize, item: impl FnOnce() -> T) -> u32 {
        let next = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        let list = &mut self.list;
        *self.index.entry(address).or_insert_with(|| {
            list.push(item());
            next
        })
    }

    /// Makes `address` stand for a number too.
    pub(crate) fn also(&mut self, address: usize, number: u32) {
        self.index.insert(address, number);
    }
}

/// A graph that is being written.
#[derive(Default)]
pub(crate) struct Dumping {
    /// Channels with a handle in the graph, and what they carry. Each of them and of the tasklets
    /// is held until `release`.
    pub(crate) channels: Numbers<(Queue, Item)>,
    pub(crate) tasklets: Numbers<Tasklet>,
    /// The channel asked for before, which most are.
    last: Option<(Queue, u32)>,
    carriers: Carriers,
}

/// The first channel of each item type. It is looked at for messages whose type no code says, so it
/// learns of channels only when it is asked, and of each once.
#[derive(Default)]
struct Carriers {
    first: HashMap<TypeId, u32>,
    /// Channels that it knows.
    known: usize,
}

impl Carriers {
    fn of(&mut self, item: Item, channels: &[(Queue, Item)]) -> Option<u32> {
        for (_, carried) in &channels[self.known..] {
            self.first.entry(carried.id()).or_insert(self.known as u32);
            self.known += 1;
        }
        self.first.get(&item.id()).copied()
    }
}

impl Dumping {
    #[inline]
    pub(super) fn channel(&mut self, block: Queue, item: Item) -> u32 {
        match self.last {
            Some((channel, number)) if channel == block => number,
            _ => {
                let number = self.channels.number(block.address(), || {
                    block.hold();
                    (block, item)
                });
                self.last = Some((block, number));
                number
            }
        }
    }

    /// The first channel that carries such items.
    pub(super) fn carrier(&mut self, item: Item) -> Option<u32> {
        self.carriers.of(item, &self.channels.list)
    }

    pub(crate) fn tasklet(&mut self, block: Tasklet) -> u32 {
        self.tasklets.number(block.address(), || {
            block.cold().hold();
            block
        })
    }

    /// Takes away the counts that kept what was found from giving its block, and with it its
    /// address, to another tasklet or channel.
    pub(crate) fn release(self, kernel: &Kernel) {
        kernel.release_found(self.tasklets.list, self.channels.list.into_iter().map(|c| c.0));
    }
}

pub(crate) enum Context {
    Dumping(Dumping),
    /// The blocks that stand for the numbers, and what each channel turned out to carry.
    Loading {
        channels: Vec<(Queue, Option<Item>)>,
        tasklets: Rc<Vec<Tasklet>>,
    },
    /// Originals by number, each held until the end, with their copies.
    Forking {
        channels: Numbers<Queue>,
        tasklets: Numbers<Tasklet>,
        new_channels: Vec<Queue>,
        new_tasklets: Vec<Tasklet>,
    },
}

impl Context {
    /// Whether `t` is part of the graph that is written or copied, as far as it is known.
    fn has(&self, t: Tasklet) -> bool {
        match self {
            Self::Dumping(Dumping { tasklets, .. }) | Self::Forking { tasklets, .. } => {
                tasklets.get(t.address()).is_some()
            }
            // Those that are read are no tasklets of the scheduler yet.
            Self::Loading { .. } => false,
        }
    }
}

/// A context in its place.
struct Standing {
    kernel: u64,
    context: Context,
    /// Tasklets that user code has changed meanwhile, for the context around this one.
    changed: Vec<Tasklet>,
    /// One of them was in the graph already: what is copied of it may not fit together.
    torn: bool,
}

thread_local! {
    static CONTEXT: RefCell<Option<Standing>> = const { RefCell::new(None) };
}

impl Kernel {
    /// Takes away the counts on what a graph that was written or copied consists of.
    pub(crate) fn release_found(
        &self,
        tasklets: impl IntoIterator<Item = Tasklet>,
        channels: impl IntoIterator<Item = Queue>,
    ) {
        for t in tasklets {
            self.unpin(t);
        }
        for channel in channels {
            self.drop_handle(channel);
        }
    }

    /// Notes that computation, slot or queue of `t` is about to change.
    pub(crate) fn touch(&self, t: Tasklet) {
        if self.is_special(IN_CALLBACK) {
            self.touch_in_callback(t);
        }
    }

    #[cold]
    fn touch_in_callback(&self, t: Tasklet) {
        // Late in the end of a thread there is no context.
        let _ = CONTEXT.try_with(|place| {
            let mut place = place.borrow_mut();
            if let Some(standing) = place.as_mut().filter(|standing| standing.kernel == self.id) {
                standing.torn |= standing.context.has(t);
                standing.changed.push(t);
            }
        });
    }
}

/// Whether this thread can have a context: not any more once it is gone with the thread.
pub(crate) fn open() -> Result<(), Error> {
    let gone = |_| Error::with_detail(Kind::Exhausted, "no pickles: the thread is ending");
    CONTEXT.try_with(|_| ()).map_err(gone)
}

/// Runs `work` with a context of `kernel` in place and gives the context back. The clones and serde
/// of users in it are callbacks; a graph that they change is not copied.
pub(crate) fn within<R>(
    kernel: &Kernel,
    context: Context,
    work: impl FnOnce() -> Result<R, Error>,
) -> (Result<R, Error>, Context) {
    /// Takes the context away also if the work panics.
    struct Place(Option<Standing>);
    impl Drop for Place {
        fn drop(&mut self) {
            CONTEXT.with_borrow_mut(|c| *c = self.0.take());
        }
    }
    let standing = Standing { kernel: kernel.id, context, changed: Vec::new(), torn: false };
    let mut place = Place(CONTEXT.replace(Some(standing)));
    let result = kernel.observe(kernel.executing(), || {
        let made = work()?;
        match CONTEXT.with_borrow(|c| c.as_ref().is_some_and(|standing| standing.torn)) {
            false => Ok(made),
            true => first(Err(torn()), dispose(made)),
        }
    });
    let standing = CONTEXT.with_borrow_mut(Option::take);
    let Some(standing) = standing else { unreachable!("the context is taken here only") };
    if let Some(around) = place.0.as_mut().filter(|around| around.kernel == kernel.id) {
        around.torn |= standing.changed.iter().any(|t| around.context.has(*t));
        around.changed.extend(standing.changed);
    }
    drop(place);
    (result, standing.context)
}

#[cold]
fn torn() -> Error {
    let cause = "a clone or serialize has changed a tasklet of the graph while it was copied";
    Error::with_detail(Kind::NotPicklable, cause)
}

/// Looks at the context of the kernel of this thread.
pub(crate) fn context<R>(look: impl FnOnce(Option<&mut Context>) -> R) -> R {
    let here = kernel_of_thread().map_or(0, |kernel| kernel.id);
    CONTEXT.with_borrow_mut(|place| {
        let mine = place.as_mut().filter(|standing| standing.kernel == here);
        look(mine.map(|standing| &mut standing.context))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{memory::arena::Ptr, pickle::waits::LOOKS};

    /// Channels of one item type, and messages of another whose channel comes last.
    #[test]
    fn channels_of_messages_without_a_type_are_found_in_linear_work() {
        let work = [1_000, 2_000].map(|count| {
            let mut found = Dumping::default();
            // SAFETY: the pointer is never followed.
            let block = unsafe { Ptr::dangling() };
            for address in 0..count {
                found.channels.number(address, || (block, Item::of::<u64>()));
            }
            LOOKS.set(0);
            assert_eq!(found.carrier(Item::of::<String>()), None);
            let last = found.channels.number(count, || (block, Item::of::<String>()));
            for _ in 0..count {
                assert_eq!(found.carrier(Item::of::<String>()), Some(last));
            }
            assert_eq!(found.carrier(Item::of::<u64>()), Some(0));
            LOOKS.get()
        });
        assert_eq!(work, [2 * 1_000 + 3, 2 * 2_000 + 3]);
    }
}

//! The scheduler and the channels of all order-exact backends: SPEC sections 2 to 12.
//!
//! ```text
//!   Driver (hard, soft, ..)      how a computation is suspended and resumed
//!        |  suspend / resume
//!   Kernel                       which tasklet runs next; plain data, one per run and OS thread
//!        |- ring                 runnable tasklets, current first
//!        |- pages of tasklets    64-byte hot line each: links, slot, body; 16 bytes apart from it
//!        |- arena of channels    balance and queue of waiters, independent of the message type
//!        `- special              one word: zero while no trap, callback or counter is in use
//! ```
//!
//! Invariants: the kernel never knows how a tasklet suspends; an operation only moves
//! `current`, and the driver then runs the current tasklet. Every operation has a short inlined
//! path that is taken while `special` is zero, and one complete path that follows the text of
//! the specification line by line.

mod channel;
mod driver;
pub mod left;
mod memory;
mod pickle;
mod scheduler;
mod tasklet;

use std::{
    any::{Any, TypeId},
    cell::{Cell, RefCell},
    ptr::NonNull,
    rc::Rc,
    sync::atomic::{AtomicU64, Ordering},
};

pub use channel::handle::Channel;
pub use driver::contract::{Driver, Form};
pub use driver::here::{Here, Later, Next};
pub(crate) use driver::polled::guarded;
pub use driver::shared::Address;
pub use pickle::portable::{FrameNumbers, FrameTypes, PortableDriver};
pub use pickle::waits::{Item, Waits};
pub use tasklet::handle::Handle;
pub use tasklet::slot::Slot;

pub(crate) use crate::frame::unlikely;
use crate::{Error, Kind};
use channel::block::ChannelBlock;
#[cfg(switchback_no_pools)]
use memory::apart::{Arena, Pages};
#[cfg(not(switchback_no_pools))]
use memory::arena::Arena;
#[cfg(not(switchback_no_pools))]
use memory::pages::Pages;
pub(crate) use pickle::dump::describe;
use tasklet::block::{ALIVE, MAIN, Tasklet};

/// A switch trap is set.
pub(crate) const TRAPPED: u32 = 1;
pub(crate) const SCHEDULE_CALLBACK: u32 = 2;
pub(crate) const CHANNEL_CALLBACK: u32 = 4;
/// Inside a callback or error handler.
pub(crate) const IN_CALLBACK: u32 = 8;
/// Messages and switches are counted.
pub(crate) const COUNTING: u32 = 16;
/// Some tasklet has its block trap set.
pub(crate) const BLOCK_TRAPS: u32 = 32;
/// The running tasklet may have something in its slot.
pub(crate) const SLOT_SET: u32 = 64;
/// A graph is being copied: clones of handles mean the copies.
pub(crate) const FORKING: u32 = 128;
/// Tasklets wait for something outside the scheduler.
pub(crate) const OUTSIDE: u32 = 256;
/// A budget is armed.
pub(crate) const BUDGET: u32 = 512;
/// Values that operations took out of slots wait to be dropped.
pub(crate) const HELD: u32 = 1024;
/// A future of user code is polled.
pub(crate) const POLLING: u32 = 2048;

type Erased = Option<Rc<dyn Any>>;

/// One scheduler. Lives as long as one `run`.
#[repr(C)]
pub struct Kernel {
    /// The id while `special` is zero, else 0: one comparison tells the short paths that this is
    /// the kernel of the handle and that nothing special is set.
    plain: Cell<u64>,
    /// Unique in the process and never 0: what handles are checked against.
    pub(crate) id: u64,
    /// First of the ring; `NOBODY` while an operation works on an empty ring.
    current: Cell<Tasklet>,
    /// Second of the ring.
    pub(crate) next: Cell<Option<Tasklet>>,
    special: Cell<u32>,
    /// As `plain`, for operations without a handle: the tag of the driver while `special` is zero.
    plain_tag: Cell<u32>,
    /// The rest of the ring.
    head: Cell<Option<Tasklet>>,
    tail: Cell<Option<Tasklet>>,
    pub(crate) main: Cell<Option<Tasklet>>,
    /// Tasklets whose last handle is gone, while they are being freed.
    pub(crate) forgotten: RefCell<Vec<Tasklet>>,
    /// Callers of run(), innermost last.
    pub(crate) runs: RefCell<Vec<Tasklet>>,
    pub(crate) trap: Cell<i32>,
    pub(crate) watch: scheduler::budget::Watch,
    /// Set while a callback runs: the tasklet that is current for it.
    pub(crate) observed: Cell<Option<Tasklet>>,
    /// The value of a send that could not take its short path, on its way to the complete one.
    pub(crate) parked: Slot,
    /// The channel of an operation that is on that way.
    pub(crate) parked_words: Cell<[usize; 2]>,
    pub(crate) tasklets: Pages,
    pub(crate) channels: Arena<ChannelBlock>,
    pub(crate) alive: Cell<u64>,
    pub(crate) peak: Cell<u64>,
    pub(crate) created: Cell<u64>,
    pub(crate) numbers: Cell<u64>,
    pub(crate) switches: Cell<u64>,
    pub(crate) messages: Cell<u64>,
    pub(crate) handler: RefCell<Erased>,
    pub(crate) schedule_callback: RefCell<Erased>,
    pub(crate) channel_callback: RefCell<Erased>,
    /// Calls a callback of the driver's handle type; set with the callback.
    pub(crate) hooks: Hooks,
    /// Set while a future of user code is polled: the tasklet that polls it.
    pub(crate) polling: Cell<Option<Tasklet>>,
    /// What the driver keeps for the run.
    pub(crate) state: RefCell<Erased>,
    /// Set while the schedule callback runs: the tasklet that is about to be current.
    pub(crate) announced: Cell<Option<Tasklet>>,
    /// Tasklets whose slot or computation user code looks at, innermost last.
    pub(crate) lent: RefCell<Vec<Tasklet>>,
    /// Taken out of slots and not dropped yet.
    pub(crate) held: RefCell<tasklet::destructors::Held>,
}

/// Functions of the driver's handle type that the untyped kernel calls.
#[derive(Clone, Copy)]
pub(crate) struct Hooks {
    /// The driver: operations and handles of others do not reach this kernel.
    pub(crate) driver: TypeId,
    /// The same in one word, unique among the drivers of the process.
    pub(crate) tag: u32,
    pub(crate) schedule: fn(&Kernel, Tasklet, Tasklet),
    pub(crate) channel: fn(&Kernel, u64, Tasklet, bool, bool),
    pub(crate) error: fn(&Kernel, Tasklet, &Error) -> Result<(), Error>,
    /// Drops the computation if that needs no code of the body; false if it would.
    pub(crate) abandon: fn(usize) -> bool,
    /// Admits tasklets woken from outside.
    pub(crate) admit: fn(&Kernel, bool),
}

static IDS: AtomicU64 = AtomicU64::new(1);

impl Kernel {
    pub(crate) fn new(hooks: Hooks) -> Self {
        let tasklets = Pages::new();
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let kernel = Self {
            plain: Cell::new(id),
            id,
            current: Cell::new(scheduler::ring::NOBODY),
            next: Cell::new(None),
            special: Cell::new(0),
            plain_tag: Cell::new(hooks.tag),
            head: Cell::new(None),
            tail: Cell::new(None),
            main: Cell::new(None),
            forgotten: RefCell::default(),
            runs: RefCell::default(),
            trap: Cell::new(0),
            watch: scheduler::budget::Watch::default(),
            observed: Cell::new(None),
            parked: Slot::default(),
            parked_words: Cell::default(),
            tasklets,
            channels: Arena::new(),
            created: Cell::new(0),
            alive: Cell::new(0),
            peak: Cell::new(0),
            numbers: Cell::new(0),
            switches: Cell::new(0),
            messages: Cell::new(0),
            handler: RefCell::default(),
            schedule_callback: RefCell::default(),
            channel_callback: RefCell::default(),
            hooks,
            polling: Cell::new(None),
            state: RefCell::default(),
            announced: Cell::new(None),
            lent: RefCell::default(),
            held: RefCell::default(),
        };
        let main = kernel.tasklets.take();
        main.cold().start(ALIVE | MAIN);
        kernel.main.set(Some(main));
        kernel.append(main);
        kernel
    }

    /// The running tasklet; the one a callback is about, inside callbacks.
    pub(crate) fn me(&self) -> Tasklet {
        self.observed.get().unwrap_or_else(|| self.here())
    }

    /// First of the ring: the tasklet that executes this, in operations that have not changed the
    /// ring.
    #[inline(always)]
    pub(crate) fn here(&self) -> Tasklet {
        self.current.get()
    }

    /// First of the ring, which an operation may have emptied.
    pub(crate) fn current(&self) -> Option<Tasklet> {
        Some(self.current.get()).filter(|t| *t != scheduler::ring::NOBODY)
    }

    #[inline(always)]
    pub(crate) fn set_current(&self, t: Tasklet) {
        self.current.set(t);
    }

    pub(crate) fn main(&self) -> Tasklet {
        self.main.get().unwrap_or_else(|| self.here())
    }

    pub(crate) fn set_special(&self, bit: u32, on: bool) {
        let bits = self.special.get();
        let bits = if on { bits | bit } else { bits & !bit };
        self.special.set(bits);
        let plain = bits == 0;
        self.plain.set(if plain { self.id } else { 0 });
        self.plain_tag.set(if plain { self.hooks.tag } else { 0 });
    }

    #[inline(always)]
    pub(crate) fn is_special(&self, bits: u32) -> bool {
        self.special.get() & bits != 0
    }
}

/// The words of a kernel up to `plain_tag`.
type Head = [u64; 5];

const _: () = {
    assert!(std::mem::offset_of!(Kernel, plain) == 0 && std::mem::offset_of!(Kernel, id) == 8);
    assert!(std::mem::offset_of!(Kernel, plain_tag) + size_of::<u32>() <= size_of::<Head>());
};

/// What the thread-local place points to outside of `run`: the first words of a kernel.
static NOBODY: Head = [0; 5];

thread_local! {
    static HERE: Cell<NonNull<Head>> = const { Cell::new(NonNull::from_ref(&NOBODY)) };
}

/// The kernel with this number, if it is the one of this thread right now.
#[inline(always)]
pub(crate) fn kernel_of(id: u64) -> Result<&'static Kernel, Error> {
    kernel_with(id).ok_or_else(stranger)
}

/// As [`kernel_of`], without an error to make and drop.
#[inline(always)]
pub(crate) fn kernel_with(id: u64) -> Option<&'static Kernel> {
    let here = HERE.get().as_ptr().cast_const();
    // SAFETY: as in `kernel_of_thread`; no handle has number 0.
    (unsafe { (*here)[1] } == id).then(|| unsafe { &*here.cast::<Kernel>() })
}

/// The kernel of this thread, if it is one of driver `B`.
pub(crate) fn kernel_here<B: Driver>() -> Result<&'static Kernel, Error> {
    kernel_of_thread().and_then(|kernel| match kernel.hooks.driver == TypeId::of::<B>() {
        true => Ok(kernel),
        false => Err(stranger()),
    })
}

/// The kernel of this thread, for code that executes in it.
#[inline(always)]
pub(crate) fn kernel_of_thread() -> Result<&'static Kernel, Error> {
    let here = HERE.get().as_ptr().cast_const();
    // SAFETY: `here` is the address of `NOBODY` or of a live kernel, which begins with these
    // words: the number is never written, and the others are read alone, through cells.
    if unsafe { (*here)[1] } == 0 {
        return Err(stranger());
    }
    // SAFETY: `enter` puts the address of a kernel there and takes it back before the kernel
    // is dropped. The reference is used inside one operation only, which ends before that.
    Ok(unsafe { &*here.cast::<Kernel>() })
}

/// The kernel with this number, if it is the one of this thread and nothing special is set.
#[inline(always)]
pub(crate) fn plain_kernel_of(id: u64) -> Option<&'static Kernel> {
    let here = HERE.get().as_ptr().cast_const();
    // SAFETY: as in `kernel_of_thread`; no handle has number 0.
    (unsafe { (*here)[0] } == id).then(|| unsafe { &*here.cast::<Kernel>() })
}

/// The kernel of this thread, if it is one of driver `B` and nothing special is set.
#[inline(always)]
pub(crate) fn plain_kernel_here<B: Driver>() -> Option<&'static Kernel> {
    let here = HERE.get().as_ptr().cast_const();
    // SAFETY: as in `kernel_of_thread`; the tag lies within the words that are always there.
    let tag =
        unsafe { here.byte_add(std::mem::offset_of!(Kernel, plain_tag)).cast::<u32>().read() };
    let plain = tag == const { driver::tags::tag::<B>() };
    // SAFETY: as above.
    plain.then(|| unsafe { &*here.cast::<Kernel>() })
}

#[cold]
#[inline(never)]
fn stranger() -> Error {
    Kind::WrongScheduler.into()
}

/// The kernel of this thread, if it is one of driver `B`: as fast as [`plain_kernel_here`] while
/// nothing special is set.
#[inline(always)]
pub(crate) fn own_kernel<B: Driver>() -> Result<&'static Kernel, Error> {
    #[cold]
    #[inline(never)]
    fn special<B: Driver>() -> Result<&'static Kernel, Error> {
        kernel_here::<B>()
    }
    plain_kernel_here::<B>().map_or_else(special::<B>, Ok)
}

/// Makes `kernel` the one of this thread until the guard drops; schedulers nest.
pub(crate) fn enter(kernel: &Kernel) -> Entered {
    Entered::new(NonNull::from_ref(kernel).cast())
}

/// Takes the scheduler away from this thread, whose thread-local values are being dropped:
/// operations are errors from now on. A pool of a driver calls it when it is dropped. If a run is
/// not at its end then, a tasklet has called `std::process::exit`, and the destructors of other
/// values would switch to tasklets whose memory is gone.
///
/// # Safety
/// The destructor of a thread-local value calls this. So no run of the thread goes on.
pub unsafe fn end_of_thread() {
    HERE.set(NonNull::from_ref(&NOBODY));
}

/// Is dropped after the thread-local values that are made in the first run of a thread, and before
/// those from before it.
struct EndOfThread;

impl Drop for EndOfThread {
    fn drop(&mut self) {
        // SAFETY: the one value of this type is thread-local.
        unsafe { end_of_thread() }
    }
}

thread_local! {
    static END_OF_THREAD: EndOfThread = const { EndOfThread };
}

/// Ends what it stands for when it drops: that a kernel is the one of this thread.
#[must_use = "the kernel is left when the guard drops"]
#[derive(Debug)]
pub struct Entered(NonNull<Head>);

impl Entered {
    fn new(kernel: NonNull<Head>) -> Self {
        // Gone in a run that a destructor of another thread-local value makes.
        let _ = END_OF_THREAD.try_with(|_| ());
        Self(HERE.replace(kernel))
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        HERE.set(self.0);
    }
}

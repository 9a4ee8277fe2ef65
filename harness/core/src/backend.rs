//! What a backend implements. Four required items for the smallest one; everything else of
//! the model has a default that fails with [`Kind::Unsupported`](crate::Kind).

use crate::{
    Begun, Budget, Capabilities, Channel, Control, Counts, Error, Generator, LoadBudget, Message,
    Operation, Tasklet, Value,
    frame::{Frame, FrameList},
    kernel::Here,
    operation::{Refused, unsupported},
};

/// A way to suspend computations, with a scheduler and channels.
///
/// The types are zero-sized markers; all functions are associated. Backends on the kernel of
/// this crate implement [`kernel::Driver`](crate::kernel::Driver) instead and get this for free.
pub trait Backend: Copy + Default + Send + Sync + 'static {
    /// Short name used in benchmark ids and reports.
    const NAME: &'static str;

    /// What the backend claims to offer.
    const CAPABILITIES: Capabilities;

    /// Its scheduler is the kernel of this crate.
    #[doc(hidden)]
    const ON_KERNEL: bool = false;

    /// Its rendezvous channel.
    type Channel<T: Message>: Channel<Self, Item = T>;

    /// Identity of a spawned tasklet.
    type Handle: Control<Self>;

    /// Runs `main` as the main tasklet of a fresh scheduler and returns its result.
    /// What is still alive afterwards is killed.
    ///
    /// # Errors
    /// What `main` returns or an uncaught error of another tasklet raised in it (C083). Without an
    /// exact order also `Panicked` if `main` panics.
    ///
    /// # Panics
    /// If `main` does, once the others are cleaned up; on every backend with an exact order.
    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error>;

    /// Creates a tasklet at the end of the run queue (C006, C020).
    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Self::Handle;

    /// Lets the others run (C021).
    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send;

    /// Makes a channel.
    fn channel<T: Message>() -> Self::Channel<T>;

    /// Spawns the tasklet that `producer` makes for a new channel, as an iterator over the values
    /// that it sends.
    fn generate<T: Message, K: Tasklet<Self>>(
        producer: impl FnOnce(Self::Channel<T>) -> K,
    ) -> Generator<Self, T> {
        Generator::start(producer)
    }

    // ---- the rest of the model

    /// As [`run`](Self::run), and counts the work; slower, used once per benchmark cell.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    fn audit<K: Tasklet<Self>>(main: K) -> Result<(K::Return, Counts), Error> {
        Ok((Self::run(main)?, Counts::default()))
    }

    /// schedule with a value for the transfer slot; gives the slot when resumed (C022, C025).
    fn schedule_value(
        _: Value<Self>,
    ) -> impl Operation<Self, Output = Result<Value<Self>, Error>> + Send {
        Refused::new("schedule_value")
    }

    /// Leaves the run queue until another tasklet inserts or runs this one (C024).
    fn schedule_remove(
        _: Value<Self>,
    ) -> impl Operation<Self, Output = Result<Value<Self>, Error>> + Send {
        Refused::new("schedule_remove")
    }

    /// The model's run(): parks the caller until no other tasklet is runnable (C050).
    fn run_others() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Refused::new("run_others")
    }

    /// Creates a tasklet that is alive but not in the run queue (C005).
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::Kind) where the backend has no paused tasklets.
    fn spawn_paused<K: Tasklet<Self>>(_: K) -> Result<Self::Handle, Error> {
        Err(unsupported::<Self>("spawn_paused"))
    }

    /// Creates a tasklet that has its function but is not alive (C004).
    ///
    /// # Errors
    /// As [`spawn_paused`](Self::spawn_paused).
    fn spawn_unbound<K: Tasklet<Self> + Clone>(_: K) -> Result<Self::Handle, Error> {
        Err(unsupported::<Self>("spawn_unbound"))
    }

    /// Gives tasklet `handle` a new computation; it becomes alive and paused (SPEC section 9).
    ///
    /// # Errors
    /// `BindCurrent`, `BindScheduled`, `NativeState`, `UnbindMain`; `Panicked` if a destructor of what
    /// it had panics: it is bound nevertheless (D03).
    fn bind<K: Tasklet<Self>>(_handle: &Self::Handle, _: K) -> Result<(), Error> {
        Err(unsupported::<Self>("bind"))
    }

    /// The running tasklet.
    ///
    /// # Errors
    /// [`Kind::WrongScheduler`](crate::Kind) outside `run`.
    fn current() -> Result<Self::Handle, Error> {
        Err(unsupported::<Self>("current"))
    }

    /// The main tasklet.
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn main() -> Result<Self::Handle, Error> {
        Err(unsupported::<Self>("main"))
    }

    /// The run queue, current tasklet first (C042, C043).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn run_queue() -> Result<Vec<Self::Handle>, Error> {
        Err(unsupported::<Self>("run_queue"))
    }

    /// How many tasklets are runnable, the current one included; those that are blocked, paused or
    /// parked in a run are not counted (C042).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn run_count() -> Result<usize, Error> {
        Ok(Self::run_queue()?.len())
    }

    /// Adds `delta` to the switch trap and gives the old value. While it is not zero, below zero
    /// included, every operation that would switch fails with `SwitchTrap` (C180).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn switch_trap(_delta: i32) -> Result<i32, Error> {
        Err(unsupported::<Self>("switch_trap"))
    }

    /// Sets whether the current tasklet refuses to be blocked; gives the old value (C123).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn block_trap(_on: bool) -> Result<bool, Error> {
        Err(unsupported::<Self>("block_trap"))
    }

    /// Sets whether the current tasklet is spared from interrupts; gives the old value (C185).
    /// Switching is not affected, and tasklets it spawns are not atomic (C187).
    /// [`AtomicSection`](crate::AtomicSection) does it for a scope.
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn set_atomic(_on: bool) -> Result<bool, Error> {
        Err(unsupported::<Self>("set_atomic"))
    }

    /// As [`run_others`](Self::run_others), but stops a tasklet that takes more steps than
    /// `budget` allows: it is returned alive and paused, and goes on where it was once inserted
    /// (C061). `None` if no tasklet had to be stopped (C062). While one budget is armed, further
    /// ones have no effect (C068).
    fn run_for(
        _budget: Budget,
    ) -> impl Operation<Self, Output = Result<Option<Self::Handle>, Error>> + Send {
        Refused::new("run_for")
    }

    /// A place where a long computation without other operations may be interrupted. Without a
    /// budget it does nothing, and so it does on backends without budgets.
    fn checkpoint() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        Nothing
    }

    /// Sets the error handler and gives the old one (C160-C165). An error of the handler replaces the original.
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn set_error_handler(
        _: Option<ErrorHandler<Self>>,
    ) -> Result<Option<ErrorHandler<Self>>, Error> {
        Err(unsupported::<Self>("set_error_handler"))
    }

    /// The error handler.
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn error_handler() -> Result<Option<ErrorHandler<Self>>, Error> {
        asked(Self::set_error_handler)
    }

    /// Sets the schedule callback and gives the old one (C170, C171).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn set_schedule_callback(
        _: Option<ScheduleCallback<Self>>,
    ) -> Result<Option<ScheduleCallback<Self>>, Error> {
        Err(unsupported::<Self>("set_schedule_callback"))
    }

    /// The schedule callback (C171).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn schedule_callback() -> Result<Option<ScheduleCallback<Self>>, Error> {
        asked(Self::set_schedule_callback)
    }

    /// Sets the channel callback and gives the old one (C175, C176).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn set_channel_callback(
        _: Option<ChannelCallback<Self>>,
    ) -> Result<Option<ChannelCallback<Self>>, Error> {
        Err(unsupported::<Self>("set_channel_callback"))
    }

    /// The channel callback (C176).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn channel_callback() -> Result<Option<ChannelCallback<Self>>, Error> {
        asked(Self::set_channel_callback)
    }

    // ---- hooks of the frame form, used by #[tasklet]

    #[doc(hidden)]
    fn frame_call<K: Tasklet<Self>>(_: K) {
        unreachable!("{} does not run tasklets in the frame form", Self::NAME)
    }

    #[doc(hidden)]
    fn frame_return<K: Tasklet<Self>>() -> Result<K::Return, Error> {
        unreachable!("{} does not run tasklets in the frame form", Self::NAME)
    }

    #[doc(hidden)]
    fn frame_entry<F: Frame<Self>>() -> &'static (dyn std::any::Any + Send + Sync) {
        &()
    }
}

/// What `set` has set: it takes it away and puts it back, and nothing happens in between.
fn asked<T: Clone>(
    set: impl Fn(Option<T>) -> Result<Option<T>, Error>,
) -> Result<Option<T>, Error> {
    let found = set(None)?;
    if found.is_some() {
        set(found.clone())?;
    }
    Ok(found)
}

/// The checkpoint of a backend without budgets.
struct Nothing;

impl<B: Backend> Operation<B> for Nothing {
    type Output = Result<(), Error>;

    #[inline(always)]
    fn wait(self) -> Self::Output {
        Ok(())
    }

    #[inline(always)]
    async fn into_future(self) -> Self::Output {
        Ok(())
    }

    #[inline(always)]
    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        Operation::<B>::into_future(self)
    }

    #[inline(always)]
    unsafe fn begin(self, _: Here<'_>) -> Begun<'_, Self::Output> {
        Begun::Done(Ok(()))
    }
}

/// Called with an uncaught error and the dying tasklet; `Ok` makes the error vanish.
pub type ErrorHandler<B> =
    std::rc::Rc<dyn Fn(&<B as Backend>::Handle, &Error) -> Result<(), Error> + Send>;

/// Called before every real switch with (previous, next).
pub type ScheduleCallback<B> =
    std::rc::Rc<dyn Fn(&<B as Backend>::Handle, &<B as Backend>::Handle) + Send>;

/// Called for every channel operation: channel number, acting tasklet, sending, would block.
pub type ChannelCallback<B> = std::rc::Rc<dyn Fn(u64, &<B as Backend>::Handle, bool, bool) + Send>;

/// A backend whose operations can be completed in any plain function: native stacks.
pub trait Blocking: Backend {
    /// Completes `operation`, suspending the whole native stack meanwhile.
    ///
    /// ```no_run
    /// # use switchback::{Blocking, Channel};
    /// fn callback<B: Blocking>(events: &B::Channel<u64>, event: u64) {
    ///     // inside a foreign library's callback: no async in sight
    ///     let _ = B::wait(events.send(event));
    /// }
    /// ```
    #[inline(always)]
    fn wait<O: Operation<Self>>(operation: O) -> O::Output {
        operation.wait()
    }
}

/// A backend whose suspended tasklets can leave the process.
pub trait Portable: Backend {
    /// Writes `roots` and all they reach to bytes: handles of suspended tasklets, their frames, the
    /// channels in them, the waiters of those. The originals are untouched (C252).
    ///
    /// # Errors
    /// `PickleCurrent`; `NotPicklable` with the name of what cannot be written, be it a value, a
    /// function outside `program`, a message that contains itself, or a tasklet blocked on a
    /// channel that nothing in the graph refers to (Q07), for which
    /// [`FrameList::allow_detached`] is the way out; `Panicked` if writing a value panics.
    fn dump<R: Message>(roots: &R, program: &FrameList) -> Result<Vec<u8>, Error>;

    /// Makes the roots of a pickle and all they reach; tasklets come back paused, or blocked as
    /// they were (C258). A refused pickle changes nothing.
    ///
    /// # Errors
    /// `BadPickle` with the place in bytes, the cause, and the function or message concerned. What
    /// has changed since the pickle was made is refused, unless [`FrameList::accept_changed`]
    /// names it. `Exhausted` if it wants more memory than [`LoadBudget`] has by default, with the
    /// place as well. `Panicked` if reading a value panics (D10).
    fn load<R: Message>(bytes: &[u8], program: &FrameList) -> Result<R, Error> {
        Self::load_within(bytes, program, LoadBudget::default())
    }

    /// As [`load`](Self::load), with another budget for the memory that the pickle may take.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    fn load_within<R: Message>(
        bytes: &[u8],
        program: &FrameList,
        budget: LoadBudget,
    ) -> Result<R, Error>;

    /// Independent copies of `roots` and all they reach, without bytes.
    ///
    /// # Errors
    /// As [`dump`](Self::dump); `Panicked` if a clone panics. What was copied is dropped (D10).
    fn fork<R: Message>(roots: &R) -> Result<R, Error>;

    /// The frame types reachable from tasklet `K`: what a pickle of it may contain.
    #[must_use]
    fn program<K: Tasklet<Self>>() -> FrameList {
        let mut list = FrameList::default();
        list.add::<Self, K>();
        list
    }
}

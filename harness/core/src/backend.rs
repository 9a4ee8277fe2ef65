//! What a backend implements. Four required items for the smallest one; everything else of
//! the model has a default that fails with [`Kind::Unsupported`](crate::Kind).

use serde::{Deserialize, Serialize};

use crate::{
    Begun, Budget, Error, Message, Operation, Request, Tasklet, Value,
    frame::{Frame, FrameList},
    operation::{Refused, unsupported},
};

/// What a backend claims to offer. Plain data, audited by the conformance suite in both directions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The event order is that of the model, exactly; otherwise only SPEC section 21 holds.
    pub order_exact: bool,
    /// Operations may be awaited in plain functions and foreign callbacks ([`Blocking`]).
    pub blocking: bool,
    /// Suspended tasklets can be written to bytes, read back and forked ([`Portable`]).
    pub portable: bool,
    /// insert, remove, run, switch, bind and setup of tasklets, slots and introspection.
    pub control: bool,
    /// kill and throw.
    pub throw: bool,
    /// close and open of channels, and errors sent through them.
    pub close: bool,
    /// Deadlocks are reported, not hung.
    pub deadlock: bool,
    /// Several OS threads execute tasklets at once.
    pub parallel: bool,
}

/// Work done inside one `run`, counted by the backend itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Tasklets created by spawn, main not included.
    pub tasklets: Option<u64>,
    /// Most tasklets alive at one time, main not included.
    pub peak_alive: Option<u64>,
    /// Values that passed from a sender to a receiver.
    pub messages: Option<u64>,
    /// Times control moved from one tasklet to another.
    pub switches: Option<u64>,
}

/// Who goes on when a channel operation meets its peer (SPEC section 6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Preference {
    /// -1: the receiver goes on. The default.
    #[default]
    Receiver,
    /// 0: the caller goes on.
    Caller,
    /// +1: the sender goes on.
    Sender,
}

/// A way to suspend computations, with a scheduler and channels.
///
/// The types are zero-sized markers; all functions are associated. Backends on the kernel of
/// this crate implement [`kernel::Driver`](crate::kernel::Driver) instead and get this for free.
pub trait Backend: Copy + Default + Send + Sync + 'static {
    /// Short name used in benchmark ids and reports.
    const NAME: &'static str;

    /// What the backend claims to offer.
    const CAPABILITIES: Capabilities;

    /// Its rendezvous channel.
    type Channel<T: Message>: Channel<Self, Item = T>;

    /// Identity of a spawned tasklet.
    type Handle: Control<Self>;

    /// Runs `main` as the main tasklet of a fresh scheduler and returns its result.
    /// What is still alive afterwards is killed.
    ///
    /// # Errors
    /// What `main` returns or an uncaught error of another tasklet raised in it (C083).
    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error>;

    /// Creates a tasklet at the end of the run queue (C006, C020).
    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Self::Handle;

    /// Lets the others run (C021).
    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send;

    /// Makes a channel.
    fn channel<T: Message>() -> Self::Channel<T>;

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

    /// Leaves the run queue until somebody inserts or runs this tasklet (C024).
    fn schedule_remove(
        _: Value<Self>,
    ) -> impl Operation<Self, Output = Result<Value<Self>, Error>> + Send {
        Refused::new("schedule_remove")
    }

    /// The model's run(): parks the caller until nobody is runnable (C050).
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
    /// `BindCurrent`, `BindScheduled`, `NativeState`.
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

    /// Adds `delta` to the switch trap and gives the old value (C180).
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
    /// (C061). `None` if nobody had to be stopped (C062). While one budget is armed, further
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

    /// Sets the schedule callback and gives the old one (C170, C171).
    ///
    /// # Errors
    /// As [`current`](Self::current).
    fn set_schedule_callback(
        _: Option<ScheduleCallback<Self>>,
    ) -> Result<Option<ScheduleCallback<Self>>, Error> {
        Err(unsupported::<Self>("set_schedule_callback"))
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

    // ---- hooks of the frame form, used by #[tasklet]

    #[doc(hidden)]
    fn frame_call<K: Tasklet<Self>>(_: K) -> Request {
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
    fn begin(self) -> Begun<Self::Output> {
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
    /// Writes `roots` and all they reach to bytes: handles of suspended tasklets, their frames,
    /// the channels in them, whoever waits there. The originals are untouched (C252).
    ///
    /// # Errors
    /// `PickleCurrent`, `NotPicklable` with the name of what cannot be written.
    fn dump<R: Message>(roots: &R, program: &FrameList) -> Result<Vec<u8>, Error>;

    /// Makes the roots of a pickle and all they reach; tasklets come back paused, or blocked as
    /// they were (C258). A refused pickle changes nothing.
    ///
    /// # Errors
    /// `BadPickle` with the cause and the place in bytes.
    fn load<R: Message>(bytes: &[u8], program: &FrameList) -> Result<R, Error>;

    /// Independent copies of `roots` and all they reach, without bytes (S7).
    ///
    /// # Errors
    /// As [`dump`](Self::dump).
    fn fork<R: Message>(roots: &R) -> Result<R, Error>;

    /// The frame types reachable from tasklet `K`: what a pickle of it may contain.
    #[must_use]
    fn program<K: Tasklet<Self>>() -> FrameList {
        let mut list = FrameList::default();
        list.add::<Self, K>();
        list
    }
}

/// A rendezvous channel: a value passes when a sender and a receiver meet.
pub trait Channel<B: Backend>: Message + Sync {
    /// What it carries.
    type Item: Message;

    /// Hands over `value`; suspends until a receiver takes it.
    fn send(&self, value: Self::Item) -> impl Operation<B, Output = Result<(), Error>> + Send;

    /// Takes a value; suspends until a sender offers one.
    fn receive(&self) -> impl Operation<B, Output = Result<Self::Item, Error>> + Send;

    /// Hands over an error, which the receiver gets as its own result, origin kept (C113, C114).
    fn send_error(&self, _error: Error) -> impl Operation<B, Output = Result<(), Error>> + Send {
        Refused::new("send_error")
    }

    /// As `receive`, but ends with [`Kind::StopIteration`](crate::Kind) on a closing channel
    /// without senders (C121). [`Iteration::item`] turns that end into `None`.
    fn next(&self) -> impl Operation<B, Output = Result<Self::Item, Error>> + Send {
        Refused::new("next")
    }

    /// Refuses operations that would block from now on; wakes nobody (C118, C119).
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::Kind), [`Kind::WrongScheduler`](crate::Kind).
    fn close(&self) -> Result<(), Error> {
        Err(unsupported::<B>("close"))
    }

    /// Takes [`close`](Self::close) back (C122).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn open(&self) -> Result<(), Error> {
        Err(unsupported::<B>("open"))
    }

    /// True after `close`. With `balance() == 0` the channel is closed.
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn is_closing(&self) -> Result<bool, Error> {
        Err(unsupported::<B>("is_closing"))
    }

    /// Waiting senders if positive, waiting receivers if negative (C112).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn balance(&self) -> Result<i64, Error> {
        Err(unsupported::<B>("balance"))
    }

    /// The waiting tasklets, first to be served first (C104).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn waiting(&self) -> Result<Vec<B::Handle>, Error> {
        Err(unsupported::<B>("waiting"))
    }

    /// Who goes on after a rendezvous (C105-C109).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn set_preference(&self, _: Preference) -> Result<(), Error> {
        Err(unsupported::<B>("set_preference"))
    }

    /// Whether a rendezvous lets everybody else run first (C110).
    ///
    /// # Errors
    /// As [`close`](Self::close).
    fn set_schedule_all(&self, _on: bool) -> Result<(), Error> {
        Err(unsupported::<B>("set_schedule_all"))
    }

    /// A number that names the channel in callbacks and messages.
    fn number(&self) -> u64 {
        0
    }
}

/// Turns the end of an iteration into `None`.
///
/// ```
/// use switchback::{Error, Iteration, Kind};
/// let end: Result<u64, Error> = Err(Kind::StopIteration.into());
/// assert_eq!(end.item(), Ok(None));
/// assert_eq!(Ok::<u64, Error>(1).item(), Ok(Some(1)));
/// ```
pub trait Iteration<T> {
    /// `Some` item, `None` at the end, any other error as it is.
    ///
    /// # Errors
    /// Everything but the end.
    fn item(self) -> Result<Option<T>, Error>;
}

impl<T> Iteration<T> for Result<T, Error> {
    fn item(self) -> Result<Option<T>, Error> {
        match self {
            Ok(item) => Ok(Some(item)),
            Err(error) if error.kind() == crate::Kind::StopIteration => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// State of a tasklet as the model names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The computation exists.
    pub alive: bool,
    /// In the run queue or in a channel queue.
    pub scheduled: bool,
    /// In a channel queue.
    pub blocked: bool,
    /// It is the running one.
    pub current: bool,
    /// It is the main tasklet.
    pub main: bool,
    /// The whole suspended state is portable data (C231).
    pub restorable: bool,
}

impl Status {
    /// Alive and not linked anywhere.
    #[must_use]
    pub fn paused(&self) -> bool {
        self.alive && !self.scheduled
    }
}

/// What can be done to a tasklet from outside (SPEC sections 4, 8 and 9).
pub trait Control<B: Backend>: Message + Sync + PartialEq + std::fmt::Debug {
    /// Its state.
    ///
    /// # Errors
    /// [`Kind::Unsupported`](crate::Kind), [`Kind::WrongScheduler`](crate::Kind).
    fn status(&self) -> Result<Status, Error> {
        Err(unsupported::<B>("status"))
    }

    /// Appends it to the run queue; nothing if it is there (C029).
    ///
    /// # Errors
    /// `RunBlocked`, `RunDead`.
    fn insert(&self) -> Result<(), Error> {
        Err(unsupported::<B>("insert"))
    }

    /// Takes it out of the run queue; nothing if it is not there (C032).
    ///
    /// # Errors
    /// `RemoveBlocked`, `RemoveCurrent`.
    fn remove(&self) -> Result<(), Error> {
        Err(unsupported::<B>("remove"))
    }

    /// Makes it run now; gives the caller's slot (C035, C036).
    fn run(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Refused::new("run of a tasklet")
    }

    /// As `run`, and pauses the caller (C039).
    fn switch(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Refused::new("switch")
    }

    /// Raises `error` in it now (C140).
    fn throw(&self, _error: Error) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        Refused::new("throw")
    }

    /// Stores `error`, to be raised when it next runs (C141).
    ///
    /// # Errors
    /// The error itself if the target is current (C145), `ThrowDead`.
    fn throw_pending(&self, _error: Error) -> Result<(), Error> {
        Err(unsupported::<B>("throw_pending"))
    }

    /// Throws the exit (C146).
    fn kill(&self) -> impl Operation<B, Output = Result<Value<B>, Error>> + Send {
        self.throw(crate::Kind::Exit.into())
    }

    /// Throws the exit when it next runs.
    ///
    /// # Errors
    /// As [`throw_pending`](Self::throw_pending).
    fn kill_pending(&self) -> Result<(), Error> {
        self.throw_pending(crate::Kind::Exit.into())
    }

    /// Starts a tasklet made by `spawn_unbound` (C006).
    ///
    /// # Errors
    /// `SetupAlive`, `NotBound`.
    fn setup(&self) -> Result<(), Error> {
        Err(unsupported::<B>("setup"))
    }

    /// Discards its computation (C011).
    ///
    /// # Errors
    /// `BindCurrent`, `BindScheduled`, `NativeState`, `UnbindMain`.
    fn unbind(&self) -> Result<(), Error> {
        Err(unsupported::<B>("unbind"))
    }

    /// A copy of its transfer slot (C025).
    ///
    /// # Errors
    /// As [`status`](Self::status).
    fn slot(&self) -> Result<Value<B>, Error> {
        Err(unsupported::<B>("slot"))
    }

    /// Replaces its transfer slot.
    ///
    /// # Errors
    /// As [`status`](Self::status).
    fn set_slot(&self, _: Value<B>) -> Result<(), Error> {
        Err(unsupported::<B>("set_slot"))
    }

    /// A number that names the tasklet in callbacks and messages; 0 is main.
    fn number(&self) -> u64 {
        0
    }
}

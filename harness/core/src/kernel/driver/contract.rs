//! What a backend on this kernel implements, and how it becomes a [`Backend`].

use std::{
    any::TypeId,
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
};

use crate::kernel::{
    Channel, Handle, Hooks, Kernel,
    driver::operations,
    driver::tags,
    enter, kernel_here, kernel_of_thread,
    scheduler::budget::{Checkpoint, RunFor},
    scheduler::ops,
    tasklet::destructors::take_nothing,
};
use crate::{
    Backend, Budget, Capabilities, ChannelCallback, Counts, Error, ErrorHandler, Operation,
    ScheduleCallback, Tasklet, Value, contain, contain::first, dispose, frame::Frame, give_up,
};

/// The form that a driver runs tasklets in. Operations of the kernel refuse the other two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Plain code that suspends where it waits: [`Driver::suspend`].
    Blocking,
    /// Frames, state machines that a loop steps: `frame_call`, `frame_return`.
    Stepped,
    /// Futures that a loop polls.
    Polled,
}

/// A way to suspend a computation, for backends that share the kernel's rules.
///
/// A body is one word that stands for a suspended computation. It is made by
/// [`create`](Self::create), kept by the kernel, and given up by [`Kernel::end`] or
/// [`abandon`](Self::abandon).
///
/// A `&Kernel` is what only drivers have: the kernel lends it to the functions of its own driver,
/// which is how they reach bodies, the end of a tasklet, and which tasklet is next.
///
/// # Safety
/// The kernel believes its driver. An implementation promises that
///
/// * the kernels it is lent go to no code of users, and to no other thread but by
///   [`Address::enter`](crate::kernel::Address::enter);
/// * it runs the computation of the current tasklet and no other, and takes a computation up again
///   only where it was suspended;
/// * a body is 0 or stands for one computation, which exists until the tasklet has ended or
///   `abandon` has said that it is gone; no two tasklets have the same;
/// * it calls [`Kernel::end`] once for each tasklet but main, when no code of its computation
///   executes or will; [`Kernel::start`] before the first instruction of each, and does not run
///   what that refuses;
/// * [`state`](Kernel::state) is asked for one type;
/// * [`FORM`](Self::FORM) is the form that it runs, and its `suspend` returns when the tasklet
///   that called it is current again, on the same stack.
pub unsafe trait Driver: Copy + Default + Send + Sync + 'static {
    /// Short name used in benchmark ids and reports. No two drivers of a program have the same.
    const NAME: &'static str;

    /// What the backend claims to offer; `order_exact`, `control`, `throw`, `close` and
    /// `deadlock` come with the kernel.
    const CAPABILITIES: Capabilities;

    /// How it runs tasklets.
    const FORM: Form = Form::Blocking;

    /// Makes a suspended computation for a tasklet of `kernel`. The word must not be 0.
    ///
    /// # Errors
    /// [`Kind::Exhausted`](crate::Kind) if there is no room for it.
    fn create<K: Tasklet<Self>>(kernel: &Kernel, tasklet: K) -> Result<usize, Error>;

    /// Runs `main` to its end, and the others whenever main is not current.
    ///
    /// # Errors
    /// What `main` returns.
    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error>;

    /// Runs the others until main is current, without running main.
    fn settle(kernel: &Kernel);

    /// Blocking form: the caller is not current any more, `next` is the body of the tasklet that
    /// is. Returns when the caller is current again. The kernel keeps the body of the caller in
    /// `body`: a driver whose bodies are stack pointers writes the caller's there.
    ///
    /// # Safety
    /// Called by the kernel only, in the computation of a tasklet of this driver that has just moved
    /// control away; `next` is the body of the tasklet that is current, or 0 if it has none; `body`
    /// exists as long as the caller.
    #[inline(always)]
    unsafe fn suspend(_body: &Cell<usize>, _next: usize) {
        unreachable!("{} does not run tasklets in the blocking form", Self::NAME)
    }

    /// Drops a suspended computation if no code of its body has to run for that; false if it
    /// holds native state, which is all there is to say then: nothing may be dropped. Destructors run
    /// here. One that panics may leave this function, once all else has been dropped and given back;
    /// the kernel makes an error of it (SPEC section 24).
    ///
    /// # Safety
    /// `body` comes from `create` of this driver, is suspended, and belongs to a tasklet of the
    /// kernel of this thread; it is not used again if the answer is true.
    unsafe fn abandon(body: usize) -> bool;

    /// How many calls deep a suspended or running computation is; `None` if that is not known.
    /// A `body` of 0 is no computation.
    ///
    /// # Safety
    /// `body` is 0 or comes from `create` of this driver and has not been given up.
    unsafe fn depth(_body: usize) -> Option<u64> {
        None
    }

    /// Inserts the tasklets that something outside the scheduler has woken; with `wait`, sleeps
    /// until there is one, unless none can come. Called after [`Kernel::expect`] only.
    fn admit(_kernel: &Kernel, _wait: bool) {}

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

/// What drivers see of the kernel.
impl Kernel {
    /// True if main is the one to run.
    #[inline(always)]
    #[must_use]
    pub fn at_main(&self) -> bool {
        self.main.get() == Some(self.here())
    }

    /// The body of the tasklet to run; 0 if it has none.
    #[inline(always)]
    #[must_use]
    pub fn body(&self) -> usize {
        self.here().body.get()
    }

    /// Replaces the body of the running tasklet.
    #[inline(always)]
    pub fn set_body(&self, body: usize) {
        self.here().body.set(body);
    }

    /// To be called before the first instruction of a body: empties the slot.
    ///
    /// # Errors
    /// What was thrown at the tasklet before it started; the body must not run (C142).
    #[inline(always)]
    pub fn start(&self) -> Result<(), Error> {
        take_nothing(self.here())
    }

    /// Runs `work` as code of the tasklet that executes, which may not move control: an operation
    /// that would switch is an error. For destructors that a driver runs whose stack cannot wait.
    pub fn without_switches<R>(&self, work: impl FnOnce() -> R) -> R {
        self.observe(self.executing(), work)
    }

    /// What the driver keeps for this run: made at first use, dropped after the last tasklet.
    #[must_use]
    pub fn state<T: Default + 'static>(&self) -> std::rc::Rc<T> {
        let mut place = self.state.borrow_mut();
        let state = place.get_or_insert_with(|| std::rc::Rc::new(T::default())).clone();
        match state.downcast() {
            Ok(state) => state,
            Err(_) => unreachable!("a driver keeps one type"),
        }
    }

    /// Says whether tasklets wait for something outside the scheduler: while they do, running
    /// out of runnable ones is no deadlock, and [`Driver::admit`] is asked for them. The short
    /// paths of the operations are not taken meanwhile.
    pub fn expect(&self, on: bool) {
        self.set_special(crate::kernel::OUTSIDE, on);
    }

    /// Drops `main`, which cannot be run: its destructors are not on a stack that may wait.
    ///
    /// # Errors
    /// The reason; the panic of a destructor in place of the exit.
    pub fn give_up<T>(&self, reason: Error, main: impl Sized) -> Result<T, Error> {
        first(Err(reason), self.destroy(main))
    }

    /// The number of the running tasklet, for messages.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.executing().cold().number.get()
    }

    /// Whether a scheduler runs on this thread, of whatever driver.
    #[must_use]
    pub fn is_here() -> bool {
        kernel_of_thread().is_ok()
    }

    /// Gives the kernel of the running scheduler of this thread to `f`, which cannot keep it
    /// beyond the run. For the parts of a driver that the kernel does not call.
    ///
    /// # Errors
    /// [`Kind::WrongScheduler`](crate::Kind) outside `run`.
    ///
    /// # Safety
    /// The caller is part of the driver of that kernel: what it executes in is a tasklet of it, or
    /// the loop that runs them.
    #[inline(always)]
    pub unsafe fn with<R>(f: impl FnOnce(&Self) -> R) -> Result<R, Error> {
        kernel_of_thread().map(f)
    }
}

fn hooks<D: Driver>() -> Hooks {
    Hooks {
        driver: TypeId::of::<D>(),
        tag: tags::tag::<D>(),
        schedule: |kernel, prev, next| {
            let callback = kernel.schedule_callback.borrow().clone();
            infallible(move || {
                if let Some(f) = called::<ScheduleCallback<D>>(callback.as_ref()) {
                    f(&Handle::of(kernel, prev), &Handle::of(kernel, next));
                }
            });
        },
        channel: |kernel, number, t, sending, would_block| {
            let callback = kernel.channel_callback.borrow().clone();
            infallible(move || {
                if let Some(f) = called::<ChannelCallback<D>>(callback.as_ref()) {
                    f(number, &Handle::of(kernel, t), sending, would_block);
                }
            });
        },
        error: |kernel, t, error| {
            let handler = kernel.handler.borrow().clone();
            contain("the error handler", move || {
                match called::<ErrorHandler<D>>(handler.as_ref()) {
                    Some(f) => f(&Handle::of(kernel, t), error),
                    None => Err(error.clone()),
                }
            })
        },
        // SAFETY: the kernel passes bodies made by `create` of its own driver, once.
        abandon: |body| unsafe { D::abandon(body) },
        admit: D::admit,
    }
}

/// A callback as what the driver's handles make of it.
fn called<F: 'static>(callback: Option<&std::rc::Rc<dyn std::any::Any>>) -> Option<&F> {
    callback.and_then(|callback| callback.downcast_ref())
}

/// Runs a callback in the middle of a switch, which a panic must not leave half done; the
/// panic hook reports it, and the switch goes on (Q05). What it has captured may be dropped with
/// it, if it has put another one in its place.
fn infallible(callback: impl FnOnce()) {
    let _ = contain("", || {
        callback();
        Ok(())
    });
}

fn run_kernel<D: Driver, K: Tasklet<D>>(
    main: K,
    counting: bool,
) -> Result<(K::Return, Counts), Error> {
    if let Err(refusal) = tags::note::<D>() {
        return give_up(refusal, || drop(main));
    }
    let kernel = Box::new(Kernel::new(hooks::<D>()));
    kernel.set_special(crate::kernel::COUNTING, counting);
    let entered = enter(&kernel);
    // Caught, so that nothing of the others is dropped or killed while a panic unwinds: a
    // destructor that panics then would abort the process.
    let result = catch_unwind(AssertUnwindSafe(|| D::run(&kernel, main)));
    let counts = Counts {
        tasklets: counting.then(|| kernel.created.get()),
        peak_alive: counting.then(|| kernel.peak.get()),
        messages: counting.then(|| kernel.messages.get()),
        switches: counting.then(|| kernel.switches.get()),
    };
    kernel.finish_all(D::settle);
    drop(entered);
    crate::kernel::left::look(&kernel);
    // Callbacks that destructors have set since, and what the driver keeps.
    let _ = dispose(kernel);
    result.unwrap_or_else(|panic| resume_unwind(panic)).map(|value| (value, counts))
}

impl<D: Driver> Backend for D {
    const NAME: &'static str = <D as Driver>::NAME;
    const ON_KERNEL: bool = true;

    const CAPABILITIES: Capabilities = Capabilities {
        order_exact: true,
        control: true,
        throw: true,
        kill: true,
        close: true,
        deadlock: true,
        status: true,
        fifo: true,
        ..<D as Driver>::CAPABILITIES
    };

    type Channel<T: crate::Message> = Channel<D, T>;
    type Handle = Handle<D>;

    fn run<K: Tasklet<Self>>(main: K) -> Result<K::Return, Error> {
        run_kernel::<D, K>(main, false).map(|(value, _)| value)
    }

    fn audit<K: Tasklet<Self>>(main: K) -> Result<(K::Return, Counts), Error> {
        run_kernel::<D, K>(main, true)
    }

    #[inline(always)]
    fn spawn<K: Tasklet<Self>>(tasklet: K) -> Handle<D> {
        Handle::spawn(tasklet)
    }

    #[inline(always)]
    fn schedule() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        operations::Op::new(ops::Schedule)
    }

    #[inline(always)]
    fn channel<T: crate::Message>() -> Channel<D, T> {
        Channel::new()
    }

    fn schedule_value(
        value: Value<Self>,
    ) -> impl Operation<Self, Output = Result<Value<Self>, Error>> + Send {
        operations::Op::new(ops::ScheduleValue { value, remove: false })
    }

    fn schedule_remove(
        value: Value<Self>,
    ) -> impl Operation<Self, Output = Result<Value<Self>, Error>> + Send {
        operations::Op::new(ops::ScheduleValue { value, remove: true })
    }

    fn run_others() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        operations::Op::new(ops::RunOthers)
    }

    fn spawn_paused<K: Tasklet<Self>>(tasklet: K) -> Result<Handle<D>, Error> {
        Handle::spawn_paused(tasklet)
    }

    fn spawn_unbound<K: Tasklet<Self> + Clone>(tasklet: K) -> Result<Handle<D>, Error> {
        Handle::spawn_unbound(tasklet)
    }

    fn bind<K: Tasklet<Self>>(handle: &Handle<D>, tasklet: K) -> Result<(), Error> {
        handle.bind(tasklet)
    }

    fn current() -> Result<Handle<D>, Error> {
        let kernel = kernel_here::<D>()?;
        Ok(Handle::of(kernel, kernel.me()))
    }

    fn main() -> Result<Handle<D>, Error> {
        let kernel = kernel_here::<D>()?;
        Ok(Handle::of(kernel, kernel.main()))
    }

    fn run_queue() -> Result<Vec<Handle<D>>, Error> {
        let kernel = kernel_here::<D>()?;
        Ok(kernel.ring().into_iter().map(|t| Handle::of(kernel, t)).collect())
    }

    fn switch_trap(delta: i32) -> Result<i32, Error> {
        let kernel = kernel_here::<D>()?;
        let old = kernel.trap.get();
        kernel.trap.set(old.saturating_add(delta));
        kernel.set_special(crate::kernel::TRAPPED, kernel.is_trapped());
        Ok(old)
    }

    fn block_trap(on: bool) -> Result<bool, Error> {
        let kernel = kernel_here::<D>()?;
        if on {
            kernel.set_special(crate::kernel::BLOCK_TRAPS, true);
        }
        Ok(kernel.me().put(crate::kernel::tasklet::block::BLOCK_TRAP, on))
    }

    fn set_atomic(on: bool) -> Result<bool, Error> {
        Ok(kernel_here::<D>()?.set_atomic(on))
    }

    fn run_for(
        budget: Budget,
    ) -> impl Operation<Self, Output = Result<Option<Handle<D>>, Error>> + Send {
        operations::Op::new(RunFor { budget, backend: std::marker::PhantomData })
    }

    #[inline(always)]
    fn checkpoint() -> impl Operation<Self, Output = Result<(), Error>> + Send {
        operations::Op::new(Checkpoint)
    }

    fn set_error_handler(
        new: Option<ErrorHandler<Self>>,
    ) -> Result<Option<ErrorHandler<Self>>, Error> {
        let kernel = kernel_here::<D>()?;
        Ok(exchange(&kernel.handler, new))
    }

    fn set_schedule_callback(
        new: Option<ScheduleCallback<Self>>,
    ) -> Result<Option<ScheduleCallback<Self>>, Error> {
        let kernel = kernel_here::<D>()?;
        kernel.set_special(crate::kernel::SCHEDULE_CALLBACK, new.is_some());
        Ok(exchange(&kernel.schedule_callback, new))
    }

    fn set_channel_callback(
        new: Option<ChannelCallback<Self>>,
    ) -> Result<Option<ChannelCallback<Self>>, Error> {
        let kernel = kernel_here::<D>()?;
        kernel.set_special(crate::kernel::CHANNEL_CALLBACK, new.is_some());
        Ok(exchange(&kernel.channel_callback, new))
    }

    #[inline(always)]
    fn frame_call<K: Tasklet<Self>>(tasklet: K) {
        <D as Driver>::frame_call(tasklet);
    }

    #[inline(always)]
    fn frame_return<K: Tasklet<Self>>() -> Result<K::Return, Error> {
        <D as Driver>::frame_return::<K>()
    }

    fn frame_entry<F: Frame<Self>>() -> &'static (dyn std::any::Any + Send + Sync) {
        <D as Driver>::frame_entry::<F>()
    }
}

/// Stores a callback and gives the one before.
fn exchange<F: Clone + 'static>(
    place: &std::cell::RefCell<crate::kernel::Erased>,
    new: Option<F>,
) -> Option<F> {
    let new = new.map(|f| std::rc::Rc::new(f) as std::rc::Rc<dyn std::any::Any>);
    let old = place.replace(new)?;
    old.downcast_ref::<F>().cloned()
}

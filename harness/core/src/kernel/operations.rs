//! The operations: a short path while nothing special is set, and the complete one.
//!
//! A step starts, and either is done or has moved control away; in that case `finish` runs when
//! its tasklet executes again and takes the result from the slot.

use std::{
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
};

use super::{
    Driver, Handle, Kernel,
    blocks::{CLOSING, ChannelBlock, Direction, Tasklet},
    budget,
    channel::Lent,
    kernel_here, plain_kernel_here,
    slot::{Content, Slot},
};
use crate::{Begun, Error, Kind, Message, Operation, Request, Value};

pub(crate) enum Turn<T> {
    Done(Result<T, Error>),
    /// Control moved away, to the tasklet with this body.
    Away(usize),
}

pub(crate) trait Step: Sized {
    type Output;

    /// The short path; gives the step back if it does not apply.
    #[inline(always)]
    fn try_start(self) -> Result<Turn<Self::Output>, Self> {
        Err(self)
    }

    /// The complete path.
    fn start(self) -> Turn<Self::Output>;

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Self::Output, Error>;

    /// Puts an early result where `finish` will look: its tasklet is interrupted (C061).
    fn keep(slot: &Slot, output: Self::Output);
}

/// A step as an operation of kernel backend `B`, in all three forms.
pub(crate) struct Op<B, S>(S, PhantomData<fn() -> B>);

impl<B, S> Op<B, S> {
    #[inline(always)]
    pub(crate) fn new(step: S) -> Self {
        Self(step, PhantomData)
    }
}

impl<B: Driver, S: Step + Send> Operation<B> for Op<B, S> {
    type Output = Result<S::Output, Error>;

    #[inline(always)]
    fn wait(self) -> Self::Output {
        match self.0.try_start() {
            Ok(Turn::Done(result)) => result,
            Ok(Turn::Away(next)) => {
                B::suspend(next);
                // Found anew rather than kept: whatever is kept over a switch lies in one more
                // cache line of every suspended stack.
                let kernel = kernel_here()?;
                S::finish(kernel, kernel.here())
            }
            Err(step) => wait_completely::<B, S>(step),
        }
    }

    #[inline(always)]
    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        Waiting::Start(self.0)
    }

    #[inline(always)]
    fn begin(self) -> Begun<Self::Output> {
        match self.0.try_start() {
            Ok(Turn::Done(result)) => Begun::Done(result),
            Ok(Turn::Away(_)) => Begun::Asks(Request::Switch),
            Err(step) => begin_completely(step),
        }
    }

    #[inline(always)]
    fn finish() -> Self::Output {
        let kernel = kernel_here()?;
        S::finish(kernel, kernel.here())
    }
}

#[cold]
#[inline(never)]
fn wait_completely<B: Driver, S: Step>(step: S) -> Result<S::Output, Error> {
    match budget::start(step) {
        Turn::Done(result) => result,
        Turn::Away(next) => {
            B::suspend(next);
            let kernel = kernel_here()?;
            S::finish(kernel, kernel.here())
        }
    }
}

#[cold]
#[inline(never)]
fn begin_completely<S: Step>(step: S) -> Begun<Result<S::Output, Error>> {
    match budget::start(step) {
        Turn::Done(result) => Begun::Done(result),
        Turn::Away(_) => Begun::Asks(Request::Switch),
    }
}

/// A step as a future. It needs no waker: the kernel decides when its tasklet is polled.
enum Waiting<S> {
    Start(S),
    Away,
    Over,
}

// The fields are never pinned.
impl<S> Unpin for Waiting<S> {}

impl<S: Step> Future for Waiting<S> {
    type Output = Result<S::Output, Error>;

    #[inline(always)]
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        match std::mem::replace(&mut *self, Self::Over) {
            Self::Start(step) => match step.try_start().unwrap_or_else(budget::start) {
                Turn::Done(result) => Poll::Ready(result),
                Turn::Away(_) => {
                    *self = Self::Away;
                    Poll::Pending
                }
            },
            Self::Away => Poll::Ready(kernel_here().and_then(|k| S::finish(k, k.here()))),
            Self::Over => unreachable!("a future is not polled after its end"),
        }
    }
}

/// Turns the outcome of a complete path into a turn: done if the caller is still current.
pub(crate) fn settled<S: Step>(
    kernel: &Kernel,
    me: Tasklet,
    result: Result<(), Error>,
) -> Turn<S::Output> {
    match result {
        Err(error) => Turn::Done(Err(error)),
        Ok(()) if kernel.here() == me => Turn::Done(S::finish(kernel, me)),
        Ok(()) => Turn::Away(kernel.body()),
    }
}

/// Moves control to `next`.
#[inline(always)]
fn away<T>(kernel: &Kernel, next: Tasklet) -> Turn<T> {
    kernel.set_current(next);
    Turn::Away(next.body.get())
}

macro_rules! or_done {
    ($e:expr) => {
        match $e {
            Ok(found) => found,
            Err(error) => return Turn::Done(Err(error)),
        }
    };
}

// ---- channels

pub(crate) struct SendValue<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
    pub(crate) value: T,
}

impl<B: Driver, T: Message> Step for SendValue<'_, B, T> {
    type Output = ();

    #[inline(always)]
    fn try_start(self) -> Result<Turn<()>, Self> {
        if let Some((kernel, channel)) = self.channel.find_plain() {
            let me = kernel.here();
            if let Some(peer) = channel.first(Direction::Receiving) {
                if channel.flags.get() == 0 && peer.slot.is_empty() {
                    channel.dequeue(peer, Direction::Receiving);
                    peer.slot.fill(self.value);
                    kernel.push(me);
                    return Ok(away(kernel, peer));
                }
            } else if !channel.is(CLOSING)
                && let Some(next) = kernel.second()
            {
                kernel.pop();
                ChannelBlock::enqueue(channel, me, Direction::Sending);
                me.slot.fill(self.value);
                return Ok(away(kernel, next));
            }
        }
        Err(self)
    }

    fn start(self) -> Turn<()> {
        let (kernel, channel) = or_done!(self.channel.find());
        let (me, value) = (kernel.here(), self.value);
        settled::<Self>(
            kernel,
            me,
            kernel.act(channel, Direction::Sending, move |slot| slot.fill(value)),
        )
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<(), Error> {
        me.slot.take_nothing()
    }

    fn keep(_: &Slot, (): ()) {}
}

pub(crate) struct Receive<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
}

impl<B: Driver, T: Message> Step for Receive<'_, B, T> {
    type Output = T;

    #[inline(always)]
    fn try_start(self) -> Result<Turn<T>, Self> {
        if let Some((kernel, channel)) = self.channel.find_plain() {
            if let Some(peer) = channel.first(Direction::Sending) {
                if channel.flags.get() & !CLOSING == 0
                    && let Some(value) = peer.slot.take_fast::<T>()
                {
                    channel.dequeue(peer, Direction::Sending);
                    kernel.push(peer);
                    return Ok(Turn::Done(Ok(value)));
                }
            } else if !channel.is(CLOSING)
                && let Some(next) = kernel.second()
            {
                let me = kernel.here();
                kernel.pop();
                ChannelBlock::enqueue(channel, me, Direction::Receiving);
                return Ok(away(kernel, next));
            }
        }
        Err(self)
    }

    fn start(self) -> Turn<T> {
        let (kernel, channel) = or_done!(self.channel.find());
        settled::<Self>(kernel, kernel.here(), kernel.act(channel, Direction::Receiving, |_| ()))
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<T, Error> {
        me.slot.take()
    }

    fn keep(slot: &Slot, output: T) {
        slot.set(output);
    }
}

pub(crate) struct Next<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
}

impl<B: Driver, T: Message> Step for Next<'_, B, T> {
    type Output = T;

    #[inline(always)]
    fn try_start(self) -> Result<Turn<T>, Self> {
        let Self { channel } = self;
        match self.channel.find_plain() {
            Some((_, block)) if !block.is(CLOSING) => {
                Receive { channel }.try_start().map_err(|_| Self { channel })
            }
            _ => Err(self),
        }
    }

    fn start(self) -> Turn<T> {
        let (_, channel) = or_done!(self.channel.find());
        if channel.is(CLOSING) && channel.first(Direction::Sending).is_none() {
            return Turn::Done(Err(Kind::StopIteration.into()));
        }
        Receive { channel: self.channel }.start()
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<T, Error> {
        me.slot.take()
    }

    fn keep(slot: &Slot, output: T) {
        slot.set(output);
    }
}

pub(crate) struct SendError<'a, B: Driver, T> {
    pub(crate) channel: Lent<'a, B, T>,
    pub(crate) error: Error,
}

impl<B: Driver, T: Message> Step for SendError<'_, B, T> {
    type Output = ();

    fn start(self) -> Turn<()> {
        let (kernel, channel) = or_done!(self.channel.find());
        let (me, error) = (kernel.here(), self.error);
        settled::<Self>(
            kernel,
            me,
            kernel.act(channel, Direction::Sending, move |slot| slot.set_bomb(error)),
        )
    }

    fn finish(_: &Kernel, me: Tasklet) -> Result<(), Error> {
        me.slot.take_nothing()
    }

    fn keep(_: &Slot, (): ()) {}
}

// ---- the run queue

pub(crate) struct Schedule;

impl Step for Schedule {
    type Output = ();

    #[inline(always)]
    fn try_start(self) -> Result<Turn<()>, Self> {
        if let Some(kernel) = plain_kernel_here() {
            let Some(next) = kernel.second() else { return Ok(Turn::Done(Ok(()))) };
            let me = kernel.here();
            me.slot.mark_itself();
            kernel.pop();
            kernel.push(me);
            return Ok(away(kernel, next));
        }
        Err(self)
    }

    fn start(self) -> Turn<()> {
        let kernel = or_done!(kernel_here());
        settled::<Self>(kernel, kernel.here(), kernel.schedule(Slot::mark_itself))
    }

    #[inline(always)]
    fn finish(_: &Kernel, me: Tasklet) -> Result<(), Error> {
        if me.slot.take_itself() { Ok(()) } else { me.slot.take_nothing() }
    }

    fn keep(_: &Slot, (): ()) {}
}

pub(crate) struct ScheduleValue<B: Driver> {
    pub(crate) value: Value<B>,
    pub(crate) remove: bool,
}

// SAFETY: a `Value` holds a message, a handle or an error, all of which are `Send`.
unsafe impl<B: Driver> Send for ScheduleValue<B> {}

impl<B: Driver> Step for ScheduleValue<B> {
    type Output = Value<B>;

    fn start(self) -> Turn<Value<B>> {
        let kernel = or_done!(kernel_here());
        let me = kernel.here();
        let value = self.value;
        let put = move |slot: &Slot| put_value(me, slot, value);
        let result = if self.remove { kernel.schedule_remove(put) } else { kernel.schedule(put) };
        settled::<Self>(kernel, me, result)
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Value<B>, Error> {
        take_value(kernel, me)
    }

    fn keep(slot: &Slot, output: Value<B>) {
        keep_value(slot, output);
    }
}

pub(crate) struct RunOthers;

impl Step for RunOthers {
    type Output = ();

    fn start(self) -> Turn<()> {
        let kernel = or_done!(kernel_here());
        let me = kernel.here();
        settled::<Self>(kernel, me, kernel.run_others())
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<(), Error> {
        kernel.return_from_run();
        me.slot.take_nothing()
    }

    fn keep(_: &Slot, (): ()) {}
}

// ---- other tasklets

pub(crate) struct RunTasklet<'a, B: Driver> {
    pub(crate) tasklet: &'a Handle<B>,
    pub(crate) pause_me: bool,
}

impl<B: Driver> Step for RunTasklet<'_, B> {
    type Output = Value<B>;

    fn start(self) -> Turn<Value<B>> {
        let (kernel, t) = or_done!(self.tasklet.find());
        let me = kernel.here();
        settled::<Self>(kernel, me, kernel.run_tasklet(t, self.pause_me))
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Value<B>, Error> {
        take_value(kernel, me)
    }

    fn keep(slot: &Slot, output: Value<B>) {
        keep_value(slot, output);
    }
}

pub(crate) struct Throw<'a, B: Driver> {
    pub(crate) tasklet: &'a Handle<B>,
    pub(crate) error: Error,
}

impl<B: Driver> Step for Throw<'_, B> {
    type Output = Value<B>;

    fn start(self) -> Turn<Value<B>> {
        let (kernel, t) = or_done!(self.tasklet.find());
        let me = kernel.here();
        match kernel.throw(t, self.error) {
            Err(error) => Turn::Done(Err(error)),
            Ok(false) => Turn::Done(Ok(Value::Empty)),
            Ok(true) => settled::<Self>(kernel, me, Ok(())),
        }
    }

    fn finish(kernel: &Kernel, me: Tasklet) -> Result<Value<B>, Error> {
        take_value(kernel, me)
    }

    fn keep(slot: &Slot, output: Value<B>) {
        keep_value(slot, output);
    }
}

// ---- values

/// Puts `value` into the empty slot of `me`.
pub(crate) fn put_value<B: Driver>(me: Tasklet, slot: &Slot, value: Value<B>) {
    match value {
        Value::Empty => slot.clear(),
        Value::Tasklet(handle) if handle.find().is_ok_and(|(_, t)| t == me) => {
            slot.clear();
            slot.mark_itself();
        }
        other => keep_value(slot, other),
    }
}

fn keep_value<B: Driver>(slot: &Slot, value: Value<B>) {
    match value {
        Value::Empty => slot.clear(),
        Value::Tasklet(handle) => slot.set(handle),
        Value::Message(message) => message.into_slot(slot),
        Value::Bomb(error) => slot.set_bomb(error),
        Value::Function => slot.set_function(),
    }
}

/// A copy of what is in the slot of `t`.
pub(crate) fn view_value<B: Driver>(kernel: &Kernel, t: Tasklet) -> Value<B> {
    match t.slot.content() {
        Content::Empty => Value::Empty,
        Content::Itself => Value::Tasklet(Handle::of(kernel, t)),
        Content::Function => Value::Function,
        Content::Bomb => t.slot.bomb().map_or(Value::Empty, Value::Bomb),
        Content::Value => match t.slot.message() {
            Some(message) => match message.as_any().downcast_ref::<Handle<B>>() {
                Some(handle) => Value::Tasklet(handle.clone()),
                None => Value::Message(message),
            },
            None => Value::Empty,
        },
    }
}

/// Empties the slot of the running tasklet: the result of its operation.
fn take_value<B: Driver>(kernel: &Kernel, t: Tasklet) -> Result<Value<B>, Error> {
    if let Some(error) = t.slot.take_bomb() {
        return Err(error);
    }
    let value = view_value(kernel, t);
    t.slot.clear();
    Ok(value)
}

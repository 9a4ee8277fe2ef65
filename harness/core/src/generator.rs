//! A tasklet as an iterator: what it sends is what the iterator gives.
//!
//! ```text
//!   B::generate::<u64, _>(|values| countdown(values, 3))
//!
//!   Generator ------ next ------> channel <---- send ---- countdown, called by Produce
//!       |                            ^                         |
//!       | dropped early: kill        +-- its error, the end ---+ returned
//!       v
//!   the producer
//! ```

use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::{
    Backend, Begun, Blocking, Channel, Control, Error, Iteration, Kind, Message, Operation,
    Request, Tasklet,
    frame::{Frame, FrameList, Here, Outcome, Waits, callee},
    pickle::{Reader, Writer},
    sequence::end_iteration,
    shape::Shapes,
    tasklet,
};

/// The values that a tasklet sends, one after the other. Made by [`Backend::generate`].
///
/// * [`next`](Self::next) gives the next value, and `None` once the producer has returned.
/// * An error of the producer is given once, in its turn; `None` follows.
/// * A generator that is dropped kills its producer: the destructors of the producer run when it
///   has its next turn, or at the end of the run. On a backend without `kill` the channel is closed
///   instead, and a producer that waits already is dropped with its run.
/// * On backends that are [`Blocking`] it is an [`Iterator`] of results, of which an error is the
///   last.
/// * It is a message. A [fork](crate::Portable::fork) has a producer of its own, and so has a
///   pickle; that producer goes on when it is first asked. A clone is a second consumer of the
///   same values, and its destructor kills nothing.
///
/// ```
/// use switchback::{Backend, Channel, Error, tasklet};
///
/// #[tasklet]
/// async fn countdown<B: Backend>(values: B::Channel<u64>, from: u64) -> Result<(), Error> {
///     let mut left: u64 = from;
///     while left > 0 {
///         values.send(left).await?;
///         left -= 1;
///     }
///     Ok(())
/// }
///
/// #[tasklet]
/// async fn sum<B: Backend>() -> Result<u64, Error> {
///     let numbers = B::generate::<u64, _>(|values| countdown(values, 3));
///     let mut sum: u64 = 0;
///     while let Some(number) = numbers.next().await? {
///         sum += number;
///     }
///     Ok(sum)
/// }
/// # fn main() {}
/// ```
#[derive(Serialize, Deserialize)]
#[serde(bound = "")]
pub struct Generator<B: Backend, T: Message> {
    values: B::Channel<T>,
    producer: B::Handle,
    /// Its destructor kills the producer.
    owns: bool,
    /// It is a copy: its producer may be paused, as the copy of a runnable tasklet is (C258).
    #[serde(skip, default = "copied")]
    copied: AtomicBool,
    /// As an iterator it has given an error, which is the last item.
    #[serde(skip)]
    failed: bool,
}

fn copied() -> AtomicBool {
    AtomicBool::new(true)
}

impl<B: Backend, T: Message> Generator<B, T> {
    pub(crate) fn start<K: Tasklet<B>>(producer: impl FnOnce(B::Channel<T>) -> K) -> Self {
        let values = B::channel::<T>();
        let producer = producer(values.clone());
        let producer = B::spawn(Produce { values: values.clone(), producer });
        Self { values, producer, owns: true, copied: AtomicBool::new(false), failed: false }
    }

    /// The next value; `None` once the producer has returned, was killed, or gave its error.
    ///
    /// # Errors
    /// The error with which the producer ended, given once; what [`Channel::next`] fails with,
    /// `Unsupported` on a backend without the capability [`close`](crate::Capabilities::close).
    #[must_use = "it is an operation: `.next().await?`"]
    pub fn next(&self) -> impl Operation<B, Output = Result<Option<T>, Error>> + Send {
        if self.copied.load(Ordering::Relaxed) {
            self.copied.store(false, Ordering::Relaxed);
            // Refused if it waits already, or has returned.
            let _ = self.producer.insert();
        }
        Items(self.values.next())
    }

    /// The tasklet that produces the values.
    #[must_use]
    pub fn producer(&self) -> B::Handle {
        self.producer.clone()
    }
}

impl<B: Backend, T: Message> Drop for Generator<B, T> {
    fn drop(&mut self) {
        if self.owns && self.producer.kill_pending().is_err() {
            // There is no kill, or the run is over. A send that has not begun fails.
            let _ = self.values.close();
        }
    }
}

impl<B: Backend, T: Message> Clone for Generator<B, T> {
    fn clone(&self) -> Self {
        let producer = self.producer.clone();
        // In a fork the clone of a handle names another tasklet: the copy of this one.
        let owns = self.owns && producer != self.producer;
        let (values, copied) = (self.values.clone(), copied());
        Self { values, producer, owns, copied, failed: false }
    }
}

impl<B: Backend, T: Message> std::fmt::Debug for Generator<B, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator").field("producer", &self.producer).finish_non_exhaustive()
    }
}

impl<B: Backend, T: Message> Message for Generator<B, T> {
    fn describe(shapes: &mut Shapes) {
        shapes.word("generator");
        shapes.part::<B::Channel<T>>();
        shapes.part::<B::Handle>();
    }
}

impl<B: Blocking, T: Message> Iterator for Generator<B, T> {
    type Item = Result<T, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let item = B::wait(Self::next(self)).transpose();
        self.failed = matches!(item, Some(Err(_)));
        item
    }
}

/// A receive of which the end is `None`.
struct Items<O>(O);

impl<B: Backend, T: Send, O: Operation<B, Output = Result<T, Error>> + Send> Operation<B>
    for Items<O>
{
    type Output = Result<Option<T>, Error>;

    #[inline(always)]
    fn wait(self) -> Self::Output {
        self.0.wait().item()
    }

    #[inline(always)]
    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        let operation = self.0.into_future();
        async move { operation.await.item() }
    }

    #[inline(always)]
    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        // SAFETY: promised by the caller; the future around it begins nothing else.
        let operation = unsafe { self.0.awaited() };
        async move { operation.await.item() }
    }

    #[inline(always)]
    unsafe fn begin(self, here: Here<'_>) -> Begun<'_, Self::Output> {
        // SAFETY: this is the one operation that the caller begins.
        match unsafe { self.0.begin(here) }.now(here) {
            Ok(output) => Begun::Done(output.item()),
            Err(request) => Begun::Asks(request),
        }
    }

    #[inline(always)]
    unsafe fn finish(here: Here<'_>) -> Self::Output {
        // SAFETY: promised by the caller.
        unsafe { O::finish(here) }.item()
    }

    #[inline(always)]
    unsafe fn finish_short(here: Here<'_>) -> Option<Self::Output> {
        // SAFETY: promised by the caller.
        unsafe { O::finish_short(here) }.map(Iteration::item)
    }

    fn waits() -> Waits {
        O::waits()
    }

    fn frames(list: &mut FrameList) {
        O::frames(list);
    }
}

/// Calls the producer, and tells the consumer how it ended.
#[derive(Clone)]
struct Produce<B: Backend, T: Message, K> {
    values: B::Channel<T>,
    producer: K,
}

impl FrameList {
    /// Used by `#[tasklet]`: adds the producer that the closure would make. It is never called.
    #[doc(hidden)]
    pub fn probe_generate<B: Backend, T: Message, K: Tasklet<B>>(
        &mut self,
        _: impl FnOnce(B::Channel<T>) -> K,
    ) {
        self.add::<B, Produce<B, T, K>>();
    }
}

/// Tells the consumers of `values` that no more come, after `failure` if there is one. An exit is
/// how a producer is stopped, which is the business of the one that stopped it.
#[tasklet]
async fn tell<B: Backend, T: Message>(
    values: B::Channel<T>,
    failure: Option<Error>,
) -> Result<(), Error> {
    let mut exit: Option<Error> = None;
    if let Some(error) = failure {
        if error.kind() == Kind::Exit {
            exit = Some(error);
        } else {
            values.send_error(error).await?;
        }
    }
    end_iteration::<B, T>(values).await?;
    match exit {
        Some(exit) => Err(exit),
        None => Ok(()),
    }
}

impl<B: Backend, T: Message, K: Tasklet<B>> Operation<B> for Produce<B, T, K> {
    type Output = Result<(), Error>;

    fn wait(self) -> Self::Output {
        let failure = self.producer.wait().err();
        Operation::<B>::wait(tell::<B, T>(self.values, failure))
    }

    async fn into_future(self) -> Self::Output {
        let failure = self.producer.into_future().await.err();
        Operation::<B>::into_future(tell::<B, T>(self.values, failure)).await
    }

    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        Operation::<B>::into_future(self)
    }

    unsafe fn begin(self, _: Here<'_>) -> Begun<'_, Self::Output> {
        B::frame_call(self);
        Begun::Asks(Request::Call)
    }

    unsafe fn finish(_: Here<'_>) -> Self::Output {
        B::frame_return::<Self>()
    }

    fn waits() -> Waits {
        callee::<B, Self>()
    }

    fn frames(list: &mut FrameList) {
        list.add::<B, Self>();
    }
}

impl<B: Backend, T: Message, K: Tasklet<B>> Tasklet<B> for Produce<B, T, K> {
    const NAME: &'static str = "switchback::generate";
    type Return = ();
    type Frame = Producing<B, T, K>;

    fn into_frame(self) -> Self::Frame {
        Producing::Start { values: self.values, producer: self.producer.into_frame() }
    }
}

/// The frame of [`Produce`].
enum Producing<B: Backend, T: Message, K: Tasklet<B>> {
    /// Before the call of the producer.
    Start { values: B::Channel<T>, producer: K::Frame },
    /// The producer runs.
    Called { values: B::Channel<T> },
    /// The consumer is told.
    Telling,
    /// It runs, or has returned.
    Done,
}

impl<B: Backend, T: Message, K: Tasklet<B>> Clone for Producing<B, T, K> {
    fn clone(&self) -> Self {
        match self {
            Self::Start { values, producer } => {
                Self::Start { values: values.clone(), producer: producer.clone() }
            }
            Self::Called { values } => Self::Called { values: values.clone() },
            Self::Telling => Self::Telling,
            Self::Done => Self::Done,
        }
    }
}

// SAFETY: it begins no operation; a call is asked for when a callee has been handed over.
unsafe impl<B: Backend, T: Message, K: Tasklet<B>> Frame<B> for Producing<B, T, K> {
    type Return = ();
    const NAME: &'static str = "switchback::generate";
    // Its first state holds the first one of the producer.
    const FINGERPRINT: u64 = K::Frame::FINGERPRINT.wrapping_add(1);

    fn step<'k, O: Outcome<'k, ()>>(&mut self, _: Here<'k>, outcome: O) -> O::Signal {
        match std::mem::replace(self, Self::Done) {
            Self::Start { values, producer } => {
                *self = Self::Called { values };
                B::frame_call(Begin::<K::Frame>(producer));
                outcome.asks(Request::Call)
            }
            Self::Called { values } => {
                *self = Self::Telling;
                let failure = B::frame_return::<Begin<K::Frame>>().err();
                B::frame_call(tell::<B, T>(values, failure));
                outcome.asks(Request::Call)
            }
            Self::Telling => outcome.returned(B::frame_return::<tell::Call<B, T>>()),
            Self::Done => outcome.returned(Err(Kind::Unsupported.into())),
        }
    }

    fn dump(&self, out: &mut Writer) -> Result<(), Error> {
        match self {
            Self::Start { values, producer } => {
                out.number(0);
                out.leaf(values)?;
                producer.dump(out)
            }
            Self::Called { values } => {
                out.number(1);
                out.leaf(values)
            }
            Self::Telling => {
                out.number(2);
                Ok(())
            }
            Self::Done => Err(Error::with_detail(
                Kind::NotPicklable,
                "the producer of a generator is running or has returned".to_owned(),
            )),
        }
    }

    fn load(input: &mut Reader<'_>) -> Result<Self, Error> {
        Ok(match input.number()? {
            0 => Self::Start { values: input.leaf()?, producer: K::Frame::load(input)? },
            1 => Self::Called { values: input.leaf()? },
            2 => Self::Telling,
            _ => return Err(input.error("the producer of a generator has no such state")),
        })
    }

    fn waits(&self) -> Waits {
        match self {
            Self::Start { .. } => Waits::Start,
            Self::Called { .. } => callee::<B, Begin<K::Frame>>(),
            Self::Telling => callee::<B, tell::Call<B, T>>(),
            Self::Done => Waits::Nothing,
        }
    }

    fn describe(shapes: &mut Shapes) {
        shapes.part::<B::Channel<T>>();
        shapes.word(K::NAME);
        K::Frame::describe(shapes);
    }

    fn callees(list: &mut FrameList) {
        list.add::<B, Begin<K::Frame>>();
        list.add::<B, tell::Call<B, T>>();
    }
}

/// A frame that has not begun, as the call that it was.
struct Begin<F>(F);

impl<B: Backend, F: Frame<B>> Operation<B> for Begin<F> {
    type Output = Result<F::Return, Error>;
}

impl<B: Backend, F: Frame<B>> Tasklet<B> for Begin<F> {
    const NAME: &'static str = F::NAME;
    type Return = F::Return;
    type Frame = F;

    fn into_frame(self) -> F {
        self.0
    }
}

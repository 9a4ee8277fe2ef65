//! An operation is everything in front of `.await`.

use std::future::Future;
use std::marker::PhantomData;

use crate::{
    Backend, Error,
    kernel::{Here, Later, Next, Waits, guarded},
};

/// What a frame asks of the loop that runs it. Two words, so that it travels in registers.
#[derive(Clone, Copy, Debug)]
pub enum Request<'k> {
    /// The scheduler has chosen the tasklet to run.
    Switch(Next<'k>),
    /// A callee was handed over; run it before this frame.
    Call,
    /// The frame has more to do: step it again.
    Again,
    /// A scheduler that is not the kernel's knows the tasklet to run.
    Wait,
}

/// How the frame form of an operation began.
#[derive(Debug)]
pub enum Begun<'k, T> {
    /// It is complete: this is its output, and nothing is suspended.
    Done(T),
    /// The frame is to be suspended and asks for this; `finish` gives the output.
    Asks(Request<'k>),
    /// More is to be done than the short path does. Not an error, and nothing has happened yet.
    Later(Later<'k, T>),
}

impl<'k, T> Begun<'k, T> {
    /// Does what is left to do at once: gives the output, or what the frame asks for.
    ///
    /// # Errors
    /// The request.
    #[inline(always)]
    pub fn now(self, here: Here<'k>) -> Result<T, Request<'k>> {
        match self {
            Self::Done(output) => Ok(output),
            Self::Asks(request) => Err(request),
            Self::Later(later) => later.run(here),
        }
    }
}

/// An operation of backend `B`: it starts, maybe suspends, and finishes with its output.
///
/// There are three forms of it, and a backend uses one: blocking (`wait`), future
/// (`into_future`) and frame (`begin`, then `finish`). The defaults of the other two are
/// never reached, because a backend runs every tasklet in its own form.
///
/// Authors never call these; they write `.await` inside `#[tasklet]`, or
/// [`Blocking::wait`](crate::Blocking::wait) in plain functions.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an operation of backend `{B}`",
    label = "only tasklets and operations of the backend can be awaited here",
    note = "write #[tasklet] on an `async fn` of your own, with the backend as parameter; run a foreign \
            future on its own runtime and meet it on a channel"
)]
pub trait Operation<B: Backend>: Sized {
    /// What `.await` gives.
    type Output: Send;

    /// Blocking form: returns when the operation is complete.
    #[doc(hidden)]
    fn wait(self) -> Self::Output {
        unreachable!("{} does not run tasklets in the blocking form", B::NAME)
    }

    /// Future form.
    #[doc(hidden)]
    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        async { unreachable!("{} does not run tasklets in the future form", B::NAME) }
    }

    /// The future form as a tasklet awaits it. A future of user code may hold several operations of
    /// the kernel, which act one at a time: this sees to it. Calling it is always sound.
    ///
    /// # Safety
    /// What overrides it gives a future that begins an operation of the scheduler only in a poll,
    /// polls it until it is ready before it begins the next one, and begins none when it is dropped
    /// after its end.
    #[doc(hidden)]
    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        guarded::<B, _>(self.into_future())
    }

    /// Frame form, first half: starts the operation and says how to go on.
    ///
    /// # Safety
    /// `here` was given to the step of a frame that calls this. What this asks for, the step gives
    /// back at once: it runs no more code of users, and no other operation. What it leaves for later
    /// is run with the same `here`, and then the same holds.
    #[doc(hidden)]
    unsafe fn begin(self, _: Here<'_>) -> Begun<'_, Self::Output> {
        unreachable!("{} does not run tasklets in the frame form", B::NAME)
    }

    /// Frame form, second half: runs when a suspended frame is stepped again.
    ///
    /// # Safety
    /// `here` was given to the step of a frame that is suspended in such an operation, and which
    /// calls this first.
    #[doc(hidden)]
    unsafe fn finish(_: Here<'_>) -> Self::Output {
        unreachable!("{} does not run tasklets in the frame form", B::NAME)
    }

    /// As [`finish`](Self::finish), if the output is there and nothing else.
    ///
    /// # Safety
    /// As [`finish`](Self::finish), which is called next if this gives nothing.
    #[doc(hidden)]
    #[inline(always)]
    unsafe fn finish_short(here: Here<'_>) -> Option<Self::Output> {
        // SAFETY: promised by the caller.
        Some(unsafe { Self::finish(here) })
    }

    /// What a frame suspended in this operation waits for.
    #[doc(hidden)]
    fn waits() -> Waits {
        Waits::Turn
    }

    /// Adds the frame types this operation may create to a list of loadable ones.
    #[doc(hidden)]
    fn frames(_: &mut crate::frame::FrameList) {}
}

/// A closure as an operation of a backend that runs the blocking form.
pub struct Block<F>(pub F);

impl<B: Backend, T: Send, F: FnOnce() -> T + Send> Operation<B> for Block<F> {
    type Output = T;

    #[inline(always)]
    fn wait(self) -> T {
        (self.0)()
    }
}

/// A future as an operation of a backend that runs the future form.
pub struct Poll<F>(pub F);

impl<B: Backend, T: Send, F: Future<Output = T> + Send> Operation<B> for Poll<F> {
    type Output = T;

    #[inline(always)]
    fn into_future(self) -> impl Future<Output = T> + Send {
        self.0
    }
}

/// An operation the backend does not offer: fails with [`Kind::Unsupported`](crate::Kind).
pub struct Refused<T>(&'static str, PhantomData<fn() -> T>);

impl<T> Refused<T> {
    /// Names what is not offered.
    #[must_use]
    pub fn new(what: &'static str) -> Self {
        Self(what, PhantomData)
    }
}

impl<B: Backend, T: Send> Operation<B> for Refused<T> {
    type Output = Result<T, Error>;

    fn wait(self) -> Self::Output {
        Err(unsupported::<B>(self.0))
    }

    async fn into_future(self) -> Self::Output {
        Err(unsupported::<B>(self.0))
    }

    unsafe fn awaited(self) -> impl Future<Output = Self::Output> + Send {
        Operation::<B>::into_future(self)
    }

    unsafe fn begin(self, _: Here<'_>) -> Begun<'_, Self::Output> {
        Begun::Done(Err(unsupported::<B>(self.0)))
    }
}

#[cold]
pub(crate) fn unsupported<B: Backend>(what: &str) -> Error {
    Error::with_detail(crate::Kind::Unsupported, format!("{what} on {}", B::NAME))
}

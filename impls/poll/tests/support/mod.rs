//! A future as a tasklet, for tests of this backend alone.

use std::marker::PhantomData;

use switchback::frame::{Frame, FrameList, Here, Outcome, Waits};
use switchback::pickle::{Reader, Writer};
use switchback::{Error, Kind, Operation, Tasklet, shape::Shapes};
use switchback_poll::Poll;

/// A tasklet that runs the future `0`.
pub struct Body<F>(pub F);

impl<T: Send, F: Future<Output = Result<T, Error>> + Send> Operation<Poll> for Body<F> {
    type Output = Result<T, Error>;

    fn into_future(self) -> impl Future<Output = Self::Output> + Send {
        self.0
    }
}

impl<T, F> Tasklet<Poll> for Body<F>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    const NAME: &'static str = "a future";
    type Return = T;
    type Frame = NoFrame<T>;

    fn into_frame(self) -> NoFrame<T> {
        NoFrame(PhantomData)
    }
}

/// Futures have no frame form.
pub struct NoFrame<T>(PhantomData<fn() -> T>);

impl<T> Clone for NoFrame<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<T: Send + 'static> Frame<Poll> for NoFrame<T> {
    type Return = T;
    const NAME: &'static str = "a future";
    const FINGERPRINT: u64 = 0;

    fn step<'k, O: Outcome<'k, T>>(&mut self, _: Here<'k>, outcome: O) -> O::Signal {
        outcome.returned(Err(Kind::Unsupported.into()))
    }

    fn dump(&self, _: &mut Writer) -> Result<(), Error> {
        Err(Kind::NotPicklable.into())
    }

    fn load(_: &mut Reader<'_>) -> Result<Self, Error> {
        Err(Kind::BadPickle.into())
    }

    fn waits(&self) -> Waits {
        Waits::Nothing
    }

    fn describe(_: &mut Shapes) {}

    fn callees(_: &mut FrameList) {}
}

/// The future form of an operation, short enough to stand in every line of a test.
pub fn on<O: Operation<Poll>>(operation: O) -> impl Future<Output = O::Output> + Send {
    operation.into_future()
}

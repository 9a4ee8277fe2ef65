//! A closure as a tasklet, for tests of this backend alone.

use std::marker::PhantomData;

use switchback::frame::{Frame, FrameList, Here, Outcome, Waits};
use switchback::pickle::{Reader, Writer};
use switchback::shape::Shapes;
use switchback::{Blocking, Error, Kind, Operation, Tasklet};
use switchback_threads::Threads;

/// A tasklet that runs `0`.
pub struct Body<F>(pub F);

impl<T: Send, F: FnOnce() -> Result<T, Error>> Operation<Threads> for Body<F> {
    type Output = Result<T, Error>;

    fn wait(self) -> Self::Output {
        (self.0)()
    }
}

impl<T, F> Tasklet<Threads> for Body<F>
where
    T: Send + 'static,
    F: FnOnce() -> Result<T, Error> + Send + 'static,
{
    const NAME: &'static str = "a closure";
    type Return = T;
    type Frame = NoFrame<T>;

    fn into_frame(self) -> NoFrame<T> {
        NoFrame(PhantomData)
    }
}

/// Closures have no frame form.
pub struct NoFrame<T>(PhantomData<fn() -> T>);

impl<T> Clone for NoFrame<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<T: Send + 'static> Frame<Threads> for NoFrame<T> {
    type Return = T;
    const NAME: &'static str = "a closure";
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

/// `Threads::wait`, short enough to stand in every line of a test.
pub fn wait<O: Operation<Threads>>(operation: O) -> O::Output {
    Threads::wait(operation)
}

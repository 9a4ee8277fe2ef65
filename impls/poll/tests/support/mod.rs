//! A future as a tasklet, for tests of this backend alone.

use switchback::frame::NoFrame;
use switchback::{Error, Operation, Tasklet};
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
        NoFrame::default()
    }
}

/// The future form of an operation, short enough to stand in every line of a test.
pub fn on<O: Operation<Poll>>(operation: O) -> impl Future<Output = O::Output> + Send {
    operation.into_future()
}

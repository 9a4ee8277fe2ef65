//! A closure as a tasklet, for tests of this backend alone.

use switchback::frame::NoFrame;
use switchback::{Blocking, Error, Operation, Tasklet};
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
        NoFrame::default()
    }
}

/// `Threads::wait`, short enough to stand in every line of a test.
pub fn wait<O: Operation<Threads>>(operation: O) -> O::Output {
    Threads::wait(operation)
}

//! The smallest driver, for tests of what only the kernel sees.

use super::Kernel;
use crate::{
    Capabilities, Error, Operation, Tasklet,
    frame::{Frame, FrameList, Here, Outcome, Waits},
    kernel::Driver,
    pickle::{Reader, Writer},
    shape::Shapes,
};

/// Runs main alone. All of them have one name.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alone<const N: usize>;

// SAFETY: no tasklet but main has a computation, and main never waits.
unsafe impl<const N: usize> Driver for Alone<N> {
    const NAME: &'static str = "alone";
    const CAPABILITIES: Capabilities = Capabilities::NONE;

    fn create<K: Tasklet<Self>>(_: &Kernel, tasklet: K) -> Result<usize, Error> {
        drop(tasklet);
        Ok(1)
    }

    fn run<K: Tasklet<Self>>(_: &Kernel, main: K) -> Result<K::Return, Error> {
        main.wait()
    }

    fn settle(_: &Kernel) {}

    unsafe fn abandon(_: usize) -> bool {
        true
    }
}

#[derive(Clone)]
pub(super) struct Main(pub(super) fn() -> Result<(), Error>);

impl<const N: usize> Operation<Alone<N>> for Main {
    type Output = Result<(), Error>;

    fn wait(self) -> Self::Output {
        (self.0)()
    }
}

impl<const N: usize> Tasklet<Alone<N>> for Main {
    const NAME: &'static str = "main";
    type Return = ();
    type Frame = Self;

    fn into_frame(self) -> Self {
        self
    }
}

impl<const N: usize> Frame<Alone<N>> for Main {
    type Return = ();
    const NAME: &'static str = "main";
    const FINGERPRINT: u64 = 0;

    fn step<'k, O: Outcome<'k, ()>>(&mut self, _: Here<'k>, outcome: O) -> O::Signal {
        outcome.returned(Ok(()))
    }

    fn dump(&self, _: &mut Writer) -> Result<(), Error> {
        Ok(())
    }

    fn load(_: &mut Reader<'_>) -> Result<Self, Error> {
        Err(crate::Kind::BadPickle.into())
    }

    fn waits(&self) -> Waits {
        Waits::Start
    }

    fn describe(_: &mut Shapes) {}

    fn callees(_: &mut FrameList) {}
}

//! The smallest driver, for tests of what only the kernel sees.

use crate::kernel::Kernel;
use crate::{Capabilities, Error, Operation, Tasklet, frame::NoFrame, kernel::Driver};

/// Runs main alone. All of them have one name.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::kernel) struct Alone<const N: usize>;

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
pub(in crate::kernel) struct Main(pub(in crate::kernel) fn() -> Result<(), Error>);

impl<const N: usize> Operation<Alone<N>> for Main {
    type Output = Result<(), Error>;

    fn wait(self) -> Self::Output {
        (self.0)()
    }
}

impl<const N: usize> Tasklet<Alone<N>> for Main {
    const NAME: &'static str = "main";
    type Return = ();
    type Frame = NoFrame<()>;

    fn into_frame(self) -> NoFrame<()> {
        NoFrame::default()
    }
}

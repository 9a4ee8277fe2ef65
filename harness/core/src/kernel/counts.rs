//! Counts of handles hold what no program can make; these put them near the ends of 32 bits.

use super::{Kernel, kernel_of_thread};
use crate::{
    Backend, Capabilities, Channel, Control, Error, Operation, Tasklet,
    frame::{Frame, FrameList, Here, Outcome, Waits},
    kernel::Driver,
    pickle::{Reader, Writer},
    shape::Shapes,
};

/// Runs main alone.
#[derive(Clone, Copy, Debug, Default)]
struct Alone;

// SAFETY: no tasklet but main has a computation, and main never waits.
unsafe impl Driver for Alone {
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
struct Main(fn() -> Result<(), Error>);

impl Operation<Alone> for Main {
    type Output = Result<(), Error>;

    fn wait(self) -> Self::Output {
        (self.0)()
    }
}

impl Tasklet<Alone> for Main {
    const NAME: &'static str = "main";
    type Return = ();
    type Frame = Self;

    fn into_frame(self) -> Self {
        self
    }
}

impl Frame<Alone> for Main {
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

const ALL: u64 = u32::MAX as u64;

#[test]
fn a_channel_outlives_more_forgotten_clones_than_32_bits_count() {
    let result = <Alone as Backend>::run(Main(|| {
        let numbers = Alone::channel::<u64>();
        let (kernel, block) = numbers.find()?;
        let in_use = kernel.channels.in_use();
        // As many clones as 32 bits count were forgotten.
        block.refs.set(ALL);
        std::mem::forget(numbers.clone());
        std::mem::forget(numbers.clone());
        drop(numbers.clone());
        assert_eq!(kernel.channels.in_use(), in_use);
        assert_ne!(Alone::channel::<u64>(), numbers);
        numbers.close()
    }));
    assert_eq!(result, Ok(()));
}

#[test]
fn a_tasklet_outlives_more_forgotten_clones_than_32_bits_count() {
    let result = <Alone as Backend>::run(Main(|| {
        let paused = Alone::spawn_paused(Main(|| Ok(())))?;
        let (kernel, t) = paused.find()?;
        let in_use = kernel.tasklets.in_use();
        t.cold().set_handles(ALL);
        std::mem::forget(paused.clone());
        std::mem::forget(paused.clone());
        drop(paused.clone());
        assert_eq!(kernel.tasklets.in_use(), in_use);
        let status = paused.status()?;
        assert!(status.alive && !status.main, "the flags lie beside the count");
        // Main's is never given back; a paused tasklet's is, once the last handle is gone.
        t.cold().set_handles(1);
        drop(paused);
        assert_eq!(kernel.tasklets.in_use(), in_use - 1);
        kernel_of_thread().map(drop)
    }));
    assert_eq!(result, Ok(()));
}

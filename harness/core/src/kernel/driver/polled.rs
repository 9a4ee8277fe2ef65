//! Futures of user code that hold operations of the kernel.
//!
//! ```text
//! tasklet a     polls its future     polls operation 1   --->  moved away: b is current
//!                                    polls operation 2   --->  refused: it would act for b
//!               Pending              until a is current again
//! ```
//!
//! An operation acts for the tasklet that is current. Between one that moves control away and the
//! end of the poll that tasklet is not the one that executes, so nothing else may begin, and what
//! waits may not go on. Operations that `#[tasklet]` code awaits directly need none of this.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use crate::kernel::{
    Kernel, POLLING, kernel_of_thread,
    memory::arena::Loose,
    tasklet::block::{Tasklet, TaskletBlock},
};
use crate::{Backend, Error, Kind};

/// The tasklet that has polled an operation inside of a future of user code.
pub(crate) struct Poller {
    block: Loose<TaskletBlock>,
    kernel: u64,
    number: u64,
}

// SAFETY: the address is compared and not followed.
unsafe impl Send for Poller {}

impl Kernel {
    /// Whether an operation may begin: not for a tasklet that is current and does not execute.
    pub(crate) fn may_begin(&self) -> Result<(), Error> {
        match self.polling.get() {
            Some(me) if me != self.here() => Err(refused(
                "an operation has moved control away in the same poll of a future: await one \
                 operation of the scheduler at a time",
            )),
            _ => Ok(()),
        }
    }

    /// The tasklet that polls a future of user code.
    pub(crate) fn poller(&self) -> Option<Poller> {
        let t = self.polling.get()?;
        Some(Poller { block: t.loose(), kernel: self.id, number: t.cold().number.get() })
    }

    /// The tasklet that executes, if it is current again; an error if it is not `poller`.
    pub(crate) fn resumed(&self, poller: &Poller) -> Result<Option<Tasklet>, Error> {
        let me = self.polling.get().unwrap_or_else(|| self.here());
        let same = me.loose() == poller.block && me.cold().number.get() == poller.number;
        if !same || self.id != poller.kernel {
            return Err(refused("another tasklet has begun the operation"));
        }
        Ok(Some(me).filter(|me| *me == self.here()))
    }
}

#[cold]
fn refused(cause: &str) -> Error {
    Error::with_detail(Kind::Unsupported, cause)
}

/// A future of user code, as a tasklet polls it: ready only while the tasklet is current.
pub(crate) async fn guarded<B: Backend, F: Future>(future: F) -> F::Output {
    if const { !B::ON_KERNEL } {
        return future.await;
    }
    let mut future = pin!(future);
    let (mut moved, mut output) = (false, None);
    poll_fn(|context| {
        let polls = |context: &mut Context<'_>, future: Pin<&mut F>| match future.poll(context) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        };
        let Ok(kernel) = kernel_of_thread() else {
            output = output.take().or_else(|| polls(context, future.as_mut()));
            return output.take().map_or(Poll::Pending, Poll::Ready);
        };
        let me = kernel.polling.get().unwrap_or_else(|| kernel.here());
        if output.is_none() {
            let _polling = Polling::begin(kernel, me);
            output = polls(context, future.as_mut());
        }
        if kernel.here() != me {
            moved = true;
            return Poll::Pending;
        }
        let output = output.take().map_or(Poll::Pending, Poll::Ready);
        if moved && output.is_ready() {
            // What an operation that the future gave up has got.
            let _ = kernel.empty(me.slot.take_all());
        }
        output
    })
    .await
}

/// The time of a poll.
struct Polling<'a>(&'a Kernel, Option<Tasklet>);

impl<'a> Polling<'a> {
    fn begin(kernel: &'a Kernel, me: Tasklet) -> Self {
        let before = kernel.polling.replace(Some(me));
        kernel.set_special(POLLING, true);
        Self(kernel, before)
    }
}

impl Drop for Polling<'_> {
    fn drop(&mut self) {
        self.0.polling.set(self.1);
        self.0.set_special(POLLING, self.1.is_some());
    }
}

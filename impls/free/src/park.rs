//! A future completed by a thread of the operating system.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

/// Polls until there is a result, and parks the thread meanwhile. It keeps nothing for the thread,
/// so it works in one that is ending.
///
/// ```
/// assert_eq!(switchback_free::park_until_ready(async { 1 + 1 }), 2);
/// ```
pub fn park_until_ready<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Ends the parking of a thread, also of one that is about to park.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

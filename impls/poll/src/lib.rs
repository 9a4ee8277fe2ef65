//! Futures: a tasklet is what the compiler makes of an `async` body, polled in the kernel's order.
//!
//! ```text
//! kernel's body ---> Task { header | future }     one allocation; the body is its address
//!
//! settle: loop { poll the future of the current tasklet }
//!           Pending    the operation moved `current` on; go on with them
//!           Ready      the tasklet has ended; the kernel chooses the next
//! ```
//!
//! Operations of the kernel never use the waker they are given: the run queue decides which tasklet
//! is polled, a wake-up never does. Futures of other libraries do use theirs; [`foreign`] makes
//! operations of them.

mod foreign;
mod outside;
mod pool;
mod task;

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    task::{Context, Poll as Polled, Waker},
};

use switchback::{
    Capabilities, Error, Kind, Tasklet,
    frame::future_of,
    give_up,
    kernel::{Driver, Form, Kernel},
    panicked,
};

pub use foreign::foreign;
use outside::Outside;
use task::{Outcome, Task};

/// The backend. See the crate documentation for how it works and its README for costs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poll;

// SAFETY: a body is the address of a task, which the loop frees when the tasklet has ended, and
// `abandon` if it has not begun. The loop polls the task of the current tasklet, and looks into the
// slot before the first time. `Outside` is the one state; the kernel is not lent.
unsafe impl Driver for Poll {
    const NAME: &'static str = "poll";
    const CAPABILITIES: Capabilities = Capabilities::NONE;
    const FORM: Form = Form::Polled;

    #[inline(always)]
    fn create<K: Tasklet<Self>>(_: &Kernel, tasklet: K) -> Result<usize, Error> {
        let future = future_of::<Self, K>(tasklet);
        // SAFETY: the future borrows nothing.
        Ok(unsafe { Task::new(K::NAME, false, future) }.body())
    }

    fn run<K: Tasklet<Self>>(kernel: &Kernel, main: K) -> Result<K::Return, Error> {
        let mut result = None;
        let place = &mut result;
        let future = future_of::<Self, K>(main);
        let whole = async move {
            *place = Some(future.await);
            Ok(())
        };
        // SAFETY: the loop returns, or panics, after it has dropped the future.
        let task = unsafe { Task::new(K::NAME, true, whole) };
        kernel.set_body(task.body());
        let outcome = run_tasks(kernel);
        match (result, outcome) {
            (Some(result), _) => result,
            (None, Err(error)) => Err(error),
            (None, Ok(())) => unreachable!("a future that ended well has left its result"),
        }
    }

    fn settle(kernel: &Kernel) {
        // Main has no body any more, so there is no outcome of it.
        let _ = run_tasks(kernel);
    }

    fn admit(kernel: &Kernel, wait: bool) {
        kernel.state::<Outside>().admit(wait);
    }

    unsafe fn abandon(body: usize) -> bool {
        // SAFETY: promised by the caller.
        match unsafe { Task::of_body(body) } {
            Some(task) if task.started() => false,
            Some(task) => {
                task.free();
                true
            }
            None => true,
        }
    }
}

/// Polls until main is current and has ended; gives how.
fn run_tasks(kernel: &Kernel) -> Outcome {
    let polling = Cell::new(None);
    loop {
        let panic = match catch_unwind(AssertUnwindSafe(|| poll_tasks(kernel, &polling))) {
            Ok(outcome) => return outcome,
            Err(panic) => panic,
        };
        let away = polling.get().filter(|task| kernel.body() != task.body());
        if let Some(task) = away {
            polling.set(None);
            // An operation that it has begun by hand has moved control away: the one that is
            // current now has not panicked.
            task.panic_later(kernel, panic);
            continue;
        }
        // The tasklet has no body from now on: its destructors must not find it.
        kernel.set_body(0);
        let name = polling.take().map_or("a tasklet that has ended", |task: Task| {
            let name = task.name();
            // The hook has reported further panics; the tasklet ends by the first one.
            let _ = kernel.without_switches(|| task.discard());
            name
        });
        if kernel.at_main() {
            resume_unwind(panic);
        }
        // What it was caused with has a destructor, too.
        let error = kernel.without_switches(|| panicked(name, panic));
        kernel.end(Err(error));
    }
}

/// Two polling sites in turn: with a single one, processors predict from its address where it
/// will jump, and guess wrong whenever two tasklets alternate. That is a quarter of a `schedule`.
fn poll_tasks(kernel: &Kernel, polling: &Cell<Option<Task>>) -> Outcome {
    let context = &mut Context::from_waker(Waker::noop());
    loop {
        if let Some(outcome) = poll_current(kernel, polling, context) {
            return outcome;
        }
        if let Some(outcome) = poll_current(kernel, polling, context) {
            return outcome;
        }
    }
}

/// Polls the current tasklet; gives how main ended.
#[inline(always)]
fn poll_current(
    kernel: &Kernel,
    polling: &Cell<Option<Task>>,
    context: &mut Context<'_>,
) -> Option<Outcome> {
    // SAFETY: a body of this driver is that of a task, kept until the tasklet ends.
    let Some(task) = (unsafe { Task::of_body(kernel.body()) }) else {
        if kernel.at_main() {
            return Some(Ok(()));
        }
        // A tasklet without a future: its slot says why.
        kernel.end(kernel.start());
        return None;
    };
    polling.set(Some(task));
    let outcome = match task.poll(kernel, context) {
        Polled::Pending if kernel.body() != task.body() => return None,
        Polled::Pending => Err(no_operation()),
        Polled::Ready(outcome) => outcome,
    };
    polling.set(None);
    if kernel.body() != task.body() {
        // It is still where the operation that it gave up has put it.
        task.end_later();
        return None;
    }
    let outcome = match outcome {
        Ok(()) => {
            // Nothing that begins an operation is left in it: see `Operation::awaited`.
            task.free();
            Ok(())
        }
        // One that has not begun holds its arguments, one that waits for nothing what it keeps.
        Err(error) => {
            kernel.set_body(0);
            give_up(error, || kernel.without_switches(|| task.free()))
        }
    };
    if kernel.at_main() {
        kernel.set_body(0);
        return Some(outcome);
    }
    kernel.end(outcome);
    None
}

/// For a future that is pending while its tasklet is still the one to run: it waits for no
/// operation.
#[cold]
fn no_operation() -> Error {
    let cause = "a future of another library is awaited through `switchback_poll::foreign`";
    Error::with_detail(Kind::Unsupported, cause)
}

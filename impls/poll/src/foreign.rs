//! Futures of other libraries as operations.

use std::{
    future::poll_fn,
    pin::pin,
    task::{Context, Poll as Polled},
};

use switchback::{Backend, Error, Kind, Operation, Value, operation};

use crate::{Poll, outside::Call};

/// Waits for a future of another library, whose waker may be called from any thread.
///
/// The tasklet leaves the run queue while the future is pending and is appended to it again
/// when its waker is called; the others run meanwhile. If no tasklet is runnable, the thread sleeps
/// until a waker is called, also on behalf of `run_others`: that is no deadlock as long as some
/// waker is kept somewhere.
///
/// ```
/// # use std::future::ready;
/// use switchback::{Backend, Error, Operation, tasklet};
/// use switchback_poll::{Poll, foreign};
///
/// trait Clock: Backend {
///     fn today() -> impl Operation<Self, Output = Result<u32, Error>> + Send;
/// }
///
/// impl Clock for Poll {
///     fn today() -> impl Operation<Self, Output = Result<u32, Error>> + Send {
///         foreign(ready(20_261_121))
///     }
/// }
///
/// #[tasklet]
/// async fn year<B: Backend + Clock>() -> Result<u32, Error> {
///     let date: u32 = B::today().await?;
///     Ok(date / 10_000)
/// }
///
/// # #[allow(clippy::needless_doctest_main)]
/// fn main() {
///     assert_eq!(Poll::run(year()), Ok(2026));
/// }
/// ```
///
/// # Errors
/// What is thrown at the tasklet while it waits; the future is dropped then, or polled again if
/// the tasklet was only inserted early. [`Kind::Deadlock`] if every clone of the waker is gone and
/// no other tasklet is runnable. [`Kind::SwitchTrap`] as for every operation that has to switch.
pub fn foreign<F>(
    future: F,
) -> impl Operation<Poll, Output = Result<<F as IntoFuture>::Output, Error>> + Send
where
    F: IntoFuture,
    F::IntoFuture: Send,
    F::Output: Send,
{
    operation::Poll(complete(future.into_future()))
}

async fn complete<F: Future + Send>(future: F) -> Result<F::Output, Error> {
    let mut future = pin!(future);
    loop {
        let call = Call::open()?;
        let polled = future.as_mut().poll(&mut Context::from_waker(&call.waker()));
        if let Polled::Ready(output) = polled {
            return Ok(output);
        }
        if call.is_current() {
            sleep(&call).await?;
        } else {
            // It waits in an operation of the kernel, which has already moved control.
            drop(call);
            suspend_once().await;
        }
    }
}

/// Leaves the run queue until the tasklet is inserted, by another one or by its waker.
async fn sleep(call: &Call) -> Result<(), Error> {
    let mut leave = pin!(Poll::schedule_remove(Value::Empty).into_future());
    let mut suspended = false;
    let result = poll_fn(|context| {
        let polled = leave.as_mut().poll(context);
        suspended |= polled.is_pending();
        polled
    })
    .await;
    if !suspended && result.is_ok() && call.is_unreachable() {
        // No other tasklet can run, and no waker is left.
        return Err(Kind::Deadlock.into());
    }
    result.map(drop)
}

async fn suspend_once() {
    let mut suspended = false;
    poll_fn(|_| {
        if std::mem::replace(&mut suspended, true) { Polled::Ready(()) } else { Polled::Pending }
    })
    .await;
}
